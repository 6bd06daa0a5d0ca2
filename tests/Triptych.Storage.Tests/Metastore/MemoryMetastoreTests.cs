using Triptych.Storage.Metastore;
using Triptych.Testing;

namespace Triptych.Storage.Tests.Metastore;

/// <summary>The fake that other tests stand on keeps the same promises.</summary>
public sealed class MemoryMetastoreTests : MetastoreContractTests, IAsyncDisposable
{
    private readonly MemoryMetastore _store = new();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    protected override ValueTask<IMetastore> OpenAsync() => ValueTask.FromResult<IMetastore>(_store);
}
