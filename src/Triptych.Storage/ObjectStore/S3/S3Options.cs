namespace Triptych.Storage.ObjectStore.S3;

/// <summary>Where a bucket is and how it is used. The names are those of the configuration sections <c>storage.object_store</c> and <c>backup</c>.</summary>
public sealed record S3Options
{
    /// <summary>Root of the service, such as <c>https://s3.eu-central-1.amazonaws.com</c>.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>The region that requests are signed for.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>The bucket; it has to exist.</summary>
    public required string Bucket { get; init; }

    /// <summary>What stands before every key: empty, or a key without a slash at its end.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>The configuration's section that messages refer to.</summary>
    public string Section { get; init; } = "storage.object_store";

    /// <summary>The access key.</summary>
    public required string AccessKey { get; init; }

    /// <summary>The secret key. Never part of a message, of <see cref="ToString"/> neither.</summary>
    public required string SecretKey { get; init; }

    /// <summary>Whether the bucket stands in the path of requests; else in the host name.</summary>
    public bool PathStyle { get; init; } = true;

    /// <summary>Longest time of one request.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a request is made again that failed for a passing reason.</summary>
    public int MaxRetries { get; init; } = 5;

    /// <summary>Wait before the first repetition; it doubles with each, spread at random.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Connections at one time.</summary>
    public int MaxConnections { get; init; } = 64;

    /// <summary>Bytes of a part of an upload, 5 MiB at least; an object has at most 10,000 parts.</summary>
    public int PartSizeBytes { get; init; } = 8 << 20;

    /// <summary>Parts in memory at one time, over all puts.</summary>
    public int MaxPartsInMemory { get; init; } = 8;

    /// <summary>Age at which an upload that was never completed is what a crash left behind.</summary>
    public TimeSpan AbandonedUploadAge { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Endpoint and bucket, as they stand in messages.</summary>
    public override string ToString() => $"{Endpoint.OriginalString.TrimEnd('/')} bucket {Bucket}";
}
