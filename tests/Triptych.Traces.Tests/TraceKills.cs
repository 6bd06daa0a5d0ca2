using System.Buffers.Binary;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Storage.Heads;
using Triptych.Storage.ObjectStore;
using Triptych.Testing.Kills;
using Triptych.Traces.Compaction;

namespace Triptych.Traces.Tests;

/// <summary>Rows as spans: the span's id is the key, the app an attribute of the resource; a trace has spans of all apps and comes in several blocks.</summary>
internal sealed class TraceKills : IKillSignal
{
    private const long NanosPerMs = 1_000_000;
    private static readonly TimeSpan AnyAge = TimeSpan.FromDays(1000);

    public Signal Signal => Signal.Traces;

    public IBlockMerger Merger { get; } = new TraceBlockMerger();

    public IKillStore Open(HeadOptions heads, StorageServices services) =>
        new Store(new TraceStore(new TraceStoreOptions { MaxAge = AnyAge, MaxFuture = AnyAge }, heads, services));

    public ValueTask<long> CountAsync(IObjectStore objects, BlockMeta block, CancellationToken cancellationToken) => ValueTask.FromResult(block.Rows);

    // From 1: an id of zeros is none.
    private static TestSpan SpanOf(KillRow row) => new((int)row.Trace, row.Key + 1)
    {
        StartUnixNanos = row.TimeMs * NanosPerMs,
        ResourceExtra = TestSpan.Set((KillRow.AppLabel, row.App)),
    };

    private sealed class Store(TraceStore store) : IKillStore
    {
        public Task RecoverAsync(CancellationToken cancellationToken) => store.RecoverAsync(cancellationToken);

        public async ValueTask<AppendResult> AppendAsync(AppendContext context, IReadOnlyList<KillRow> rows, CancellationToken cancellationToken)
        {
            using var batch = TestSpan.Batch(rows.Select(SpanOf));
            return await store.AppendAsync(context, batch, cancellationToken);
        }

        public Task FlushAllAsync(CancellationToken cancellationToken) => store.FlushAllAsync(cancellationToken);

        public async Task<IReadOnlyList<KillRow>> ReadAsync(CancellationToken cancellationToken)
        {
            var request = StoreFixture.Request(null, SpanColumns.SpanId, SpanColumns.StartUnixNanos, SpanColumns.ResourceAttribute(KillRow.AppLabel));
            await using var scan = await store.OpenAsync(request, cancellationToken);
            var rows = new List<KillRow>();
            while (await scan.NextAsync(cancellationToken) is { } batch)
            {
                for (var i = 0; i < batch.RowCount; i++)
                {
                    var key = BinaryPrimitives.ReadInt32BigEndian(batch.Column<FixedBytesColumn>(0)[i][4..]) - 1;
                    rows.Add(new KillRow(batch.Column<Int64Column>(1)[i] / NanosPerMs, key));
                    System.Text.Encoding.UTF8.GetString(((AttributeColumn)batch.Columns[2]).BytesOf(i)).ShouldBe(rows[^1].App);
                }
            }

            scan.Statistics.Warnings.ShouldBeEmpty();
            return rows;
        }

        public ValueTask DisposeAsync() => store.DisposeAsync();
    }
}
