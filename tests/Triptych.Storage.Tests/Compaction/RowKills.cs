using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Storage.Heads;
using Triptych.Storage.ObjectStore;
using Triptych.Testing.Kills;

namespace Triptych.Storage.Tests.Compaction;

/// <summary>The smallest signal to walk with: what it reads is all that is stored, without the mercy of a scan that leaves out what is there twice.</summary>
internal sealed class RowKills : IKillSignal
{
    private readonly RowSignal _rows = new(Signal.Metrics);

    public Signal Signal => Signal.Metrics;

    public IBlockMerger Merger => _rows;

    public IKillStore Open(HeadOptions heads, StorageServices services) => new Store(new HeadKeeper<RowHead>(heads, _rows, services), services.Objects);

    public async ValueTask<long> CountAsync(IObjectStore objects, BlockMeta block, CancellationToken cancellationToken) =>
        (await RowSignal.ReadAsync(objects, block, cancellationToken)).Count;

    private sealed class Store(HeadKeeper<RowHead> keeper, IObjectStore objects) : IKillStore
    {
        public Task RecoverAsync(CancellationToken cancellationToken) => keeper.RecoverAsync(cancellationToken);

        public ValueTask<AppendResult> AppendAsync(AppendContext context, IReadOnlyList<KillRow> rows, CancellationToken cancellationToken) =>
            keeper.AppendAsync<RowStep, IReadOnlyList<Row>>(
                context, [.. rows.Select(static r => new Row(r.TimeMs, r.Key, 0))], new RowStep(), cancellationToken);

        public Task FlushAllAsync(CancellationToken cancellationToken) => keeper.FlushAllAsync(cancellationToken);

        public async Task<IReadOnlyList<KillRow>> ReadAsync(CancellationToken cancellationToken)
        {
            using var view = keeper.Pin();
            var rows = new List<Row>();
            foreach (var block in view.Catalog.Blocks(TenantId.Default, Signal.Metrics))
                rows.AddRange(await RowSignal.ReadAsync(objects, block, cancellationToken));
            foreach (var generation in view.Generations.ToArray())
                rows.AddRange(generation.Head.Rows(TenantId.Default));
            return [.. rows.Select(static r => new KillRow(r.Time, (int)r.Key))];
        }

        public ValueTask DisposeAsync() => keeper.DisposeAsync();
    }
}
