using System.Globalization;
using System.Text;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Logs.Compaction;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Labels;
using Triptych.Model.Logs;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Storage.Heads;
using Triptych.Storage.ObjectStore;
using Triptych.Testing.Kills;

namespace Triptych.Logs.Tests;

/// <summary>Rows as log records: the line is the key, each app a stream.</summary>
internal sealed class LogKills : IKillSignal
{
    private const long NanosPerMs = 1_000_000;
    private static readonly TimeSpan AnyAge = TimeSpan.FromDays(1000);

    public Signal Signal => Signal.Logs;

    public IBlockMerger Merger { get; } = new LogBlockMerger();

    public IKillStore Open(HeadOptions heads, StorageServices services) =>
        new Store(new LogStore(new LogStoreOptions { MaxAge = AnyAge, MaxFuture = AnyAge }, heads, services));

    public ValueTask<long> CountAsync(IObjectStore objects, BlockMeta block, CancellationToken cancellationToken) => ValueTask.FromResult(block.Rows);

    private sealed class Store(LogStore store) : IKillStore
    {
        public Task RecoverAsync(CancellationToken cancellationToken) => store.RecoverAsync(cancellationToken);

        public async ValueTask<AppendResult> AppendAsync(AppendContext context, IReadOnlyList<KillRow> rows, CancellationToken cancellationToken)
        {
            using var batch = new LogBatch(MemoryBudget.Unlimited("test"));
            foreach (var row in rows)
            {
                batch.AddStream(LabelSet.Encode([new(KillRow.AppLabel, row.App)]));
                batch.AddEntry(
                    row.TimeMs * NanosPerMs, LogLevel.Info, Encoding.UTF8.GetBytes(row.Key.ToString(CultureInfo.InvariantCulture)), LabelSet.Encode([]));
            }

            return await store.AppendAsync(context, batch, cancellationToken);
        }

        public Task FlushAllAsync(CancellationToken cancellationToken) => store.FlushAllAsync(cancellationToken);

        public async Task<IReadOnlyList<KillRow>> ReadAsync(CancellationToken cancellationToken)
        {
            var symbols = new SymbolTable();
            var request = new RowScanRequest
            {
                Tenant = TenantId.Default,
                MinTimeUnixNanos = long.MinValue,
                MaxTimeUnixNanos = long.MaxValue,
                Symbols = symbols,
                Projection = [LogColumns.TimeUnixNanos, LogColumns.Line, LogColumns.Stream],
            };
            await using var scan = await store.OpenAsync(request, cancellationToken);
            var rows = new List<KillRow>();
            while (await scan.NextAsync(cancellationToken) is { } batch)
            {
                for (var i = 0; i < batch.RowCount; i++)
                {
                    var line = int.Parse(batch.Column<BytesColumn>(1)[i], CultureInfo.InvariantCulture);
                    rows.Add(new KillRow(batch.Column<Int64Column>(0)[i] / NanosPerMs, line));
                    symbols.GetString(scan.Streams.LabelsOf((int)batch.Column<Int64Column>(2)[i])[0].Value).ShouldBe(rows[^1].App);
                }
            }

            scan.Statistics.Warnings.ShouldBeEmpty();
            return rows;
        }

        public ValueTask DisposeAsync() => store.DisposeAsync();
    }
}
