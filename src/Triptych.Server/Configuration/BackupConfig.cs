using System.ComponentModel;

namespace Triptych.Server.Configuration;

/// <summary>
/// The service that holds backups in buckets, for <c>triptych backup --to s3://BUCKET/PREFIX</c> and <c>restore --from</c>; in the terms of
/// <see cref="ObjectStoreConfig"/>. The server itself does not use it.
/// </summary>
public sealed class BackupConfig
{
    /// <summary>The service.</summary>
    [Description("The service that holds buckets with backups, such as https://s3.eu-central-1.amazonaws.com. Without one that of storage.object_store, and its credentials.")]
    public string Endpoint { get; set; } = "";

    /// <summary>The region.</summary>
    [Description("The region that requests are signed for.")]
    public string Region { get; set; } = "us-east-1";

    /// <summary>The access key.</summary>
    [Description("The access key.")]
    public string? AccessKey { get; set; }

    /// <summary>The secret key.</summary>
    [Description("The secret key. Better in secret_key_file or the environment (TRIPTYCH_BACKUP_SECRET_KEY).")]
    public string? SecretKey { get; set; }

    /// <summary>A file with the secret key.</summary>
    [Description("A file with the secret key.")]
    public string? SecretKeyFile { get; set; }

    /// <summary>Whether the bucket stands in the path.</summary>
    [Description("Whether the bucket stands in the path of requests; false puts it into the host name.")]
    public bool PathStyle { get; set; } = true;

    /// <summary>Longest time of one request.</summary>
    [Description("The longest that one request may take.")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Repetitions of a request.</summary>
    [Description("How often a request is made again that failed for a passing reason.")]
    public int MaxRetries { get; set; } = 5;

    /// <summary>Bytes of a part of an upload.</summary>
    [Description("A block larger than this is sent in parts of this size.")]
    public ByteSize PartSize { get; set; } = ByteSize.MiB(8);

    /// <summary>The bucket of a command, in the terms of an object store.</summary>
    public ObjectStoreConfig ToObjectStore(string bucket, string prefix) => new()
    {
        Type = ObjectStoreType.S3,
        Endpoint = Endpoint,
        Region = Region,
        Bucket = bucket,
        Prefix = prefix,
        AccessKey = AccessKey,
        SecretKey = SecretKey,
        SecretKeyFile = SecretKeyFile,
        PathStyle = PathStyle,
        Timeout = Timeout,
        MaxRetries = MaxRetries,
        PartSize = PartSize,
    };
}
