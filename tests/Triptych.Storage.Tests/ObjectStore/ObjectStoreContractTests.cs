using Triptych.Storage.ObjectStore;
using Triptych.Storage.ObjectStore.Cache;
using Triptych.Storage.ObjectStore.S3;
using Triptych.Testing;

namespace Triptych.Storage.Tests.ObjectStore;

/// <summary>Files, on a disk in memory.</summary>
public sealed class LocalContractTests : ObjectStoreContract, IDisposable
{
    private readonly LocalObjectStore _store = new(new FaultyDisk(), "/d");

    protected override int LargeBytes => 300_000;

    protected override IObjectStore Store => _store;

    public void Dispose() => _store.Dispose();
}

/// <summary>The S3 store with all its layers, over a bucket in memory.</summary>
public sealed class MemoryBucketContractTests : ObjectStoreContract, IDisposable
{
    private readonly S3ObjectStore _store = TestS3.Open(new MemoryBucket(TimeProvider.System));

    protected override int LargeBytes => 9 << 20;

    protected override IObjectStore Store => _store;

    public void Dispose() => _store.Dispose();
}

/// <summary>The cache, with pages so small that reads span many, and so few that they replace one another.</summary>
public sealed class CachedContractTests : ObjectStoreContract, IDisposable
{
    private readonly S3ObjectStore _inner = TestS3.Open(new MemoryBucket(TimeProvider.System));
    private readonly RangeCache _cache;
    private readonly CachedObjectStore _store;

    public CachedContractTests()
    {
        _cache = RangeCache.Open(
            new FaultyDisk(), new RangeCacheOptions { Directory = "/c", CapacityBytes = 64 * 4096, DataSet = Guid.NewGuid(), PageBytes = 4096 });
        _store = new CachedObjectStore(_inner, _cache, static _ => true);
    }

    protected override int LargeBytes => 2 << 20;

    protected override IObjectStore Store => _store;

    public void Dispose()
    {
        _cache.Dispose();
        _inner.Dispose();
    }
}

/// <summary>The layers of the real store over a bucket of a test.</summary>
internal static class TestS3
{
    public static readonly S3Options Options = new()
    {
        Endpoint = new Uri("http://s3.test:9000"),
        Bucket = "triptych",
        AccessKey = "access",
        SecretKey = "secret-secret",
        PartSizeBytes = 1 << 20,
        MaxPartsInMemory = 4,
        RetryDelay = TimeSpan.FromMilliseconds(1),
    };

    public static S3ObjectStore Open(IBucket bucket, S3Options? options = null, TimeProvider? time = null)
    {
        var clock = time ?? TimeProvider.System;
        options ??= Options;
        return new S3ObjectStore(new RetryingBucket(new TimeLimitedBucket(new CountingBucket(bucket, clock), options, clock), options, clock), options, clock);
    }
}
