using Triptych.Storage.ObjectStore;
using Triptych.Storage.ObjectStore.S3;
using Triptych.Storage.Tests.ObjectStore;

namespace Triptych.S3.Tests;

/// <summary>The real gateway, below a prefix in a bucket of its own for each test.</summary>
[Collection(OneAtATime.Name)]
public sealed class CephContractTests(SmallCeph ceph) : ObjectStoreContract, IAsyncLifetime
{
    private S3ObjectStore _store = null!;

    protected override int LargeBytes => 12 << 20;

    protected override IObjectStore Store => _store;

    public async ValueTask InitializeAsync() =>
        _store = S3ObjectStore.Open(await ceph.NewBucketAsync() with { Prefix = "below/this" }, TimeProvider.System);

    public ValueTask DisposeAsync()
    {
        _store.Dispose();
        return ValueTask.CompletedTask;
    }
}
