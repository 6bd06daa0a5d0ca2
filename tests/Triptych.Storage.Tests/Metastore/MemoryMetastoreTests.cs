using Triptych.Storage.Metastore;
using Triptych.Testing;

namespace Triptych.Storage.Tests.Metastore;

/// <summary>The fake that other tests stand on keeps the same promises.</summary>
public sealed class MemoryMetastoreTests : MetastoreContractTests
{
    private readonly MemoryMetastore _store = new();

    protected override ValueTask<IMetastore> OpenAsync() => ValueTask.FromResult<IMetastore>(_store);
}
