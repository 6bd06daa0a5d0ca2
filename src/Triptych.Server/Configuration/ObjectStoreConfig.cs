using System.ComponentModel;

namespace Triptych.Server.Configuration;

/// <summary>What keeps the blocks.</summary>
public enum ObjectStoreType
{
    /// <summary>Files below the data directory.</summary>
    Local,

    /// <summary>A bucket of S3, or of what speaks its protocol.</summary>
    S3,
}

/// <summary>Where blocks lie. All but <see cref="Type"/> is for S3.</summary>
public sealed class ObjectStoreConfig
{
    /// <summary>What keeps the blocks.</summary>
    [Description("local: blocks are files below the data directory. s3: they are objects in a bucket; the write-ahead log and the catalog stay in the data directory.")]
    public ObjectStoreType Type { get; set; } = ObjectStoreType.Local;

    /// <summary>The service.</summary>
    [Description("s3: the service, such as https://s3.eu-central-1.amazonaws.com.")]
    public string Endpoint { get; set; } = "";

    /// <summary>The region.</summary>
    [Description("s3: the region that requests are signed for.")]
    public string Region { get; set; } = "us-east-1";

    /// <summary>The bucket.</summary>
    [Description("s3: the bucket; it has to exist.")]
    public string Bucket { get; set; } = "";

    /// <summary>What stands before every key.</summary>
    [Description("s3: what stands before every key, such as telemetry/one. Bucket and prefix belong to one data directory.")]
    public string Prefix { get; set; } = "";

    /// <summary>The access key.</summary>
    [Description("s3: the access key.")]
    public string? AccessKey { get; set; }

    /// <summary>The secret key.</summary>
    [Description("s3: the secret key. Better in secret_key_file or the environment (TRIPTYCH_STORAGE_OBJECT_STORE_SECRET_KEY).")]
    public string? SecretKey { get; set; }

    /// <summary>A file with the secret key.</summary>
    [Description("s3: a file with the secret key.")]
    public string? SecretKeyFile { get; set; }

    /// <summary>Whether the bucket stands in the path.</summary>
    [Description("s3: whether the bucket stands in the path of requests; false puts it into the host name.")]
    public bool PathStyle { get; set; } = true;

    /// <summary>Longest time of one request.</summary>
    [Description("s3: the longest that one request may take.")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Repetitions of a request.</summary>
    [Description("s3: how often a request is made again that failed for a passing reason, such as throttling or a broken connection.")]
    public int MaxRetries { get; set; } = 5;

    /// <summary>Connections at one time.</summary>
    [Description("s3: connections at one time.")]
    public int MaxConnections { get; set; } = 64;

    /// <summary>Bytes of a part of an upload.</summary>
    [Description("s3: a block larger than this is sent in parts of this size; up to eight are in memory at one time, and a block has at most 10,000.")]
    public ByteSize PartSize { get; set; } = ByteSize.MiB(8);

    /// <summary>Disk for the cache.</summary>
    [Description("s3: disk that may be used to keep what was read from blocks; 0 for none.")]
    public ByteSize CacheSize { get; set; } = ByteSize.MiB(2048);

    /// <summary>Where the cache lies.</summary>
    [Description("s3: the directory of what was read; without one, object-cache in the data directory.")]
    public string? CacheDir { get; set; }
}
