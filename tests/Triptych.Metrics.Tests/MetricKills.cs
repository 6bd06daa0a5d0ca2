using System.Globalization;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Samples;
using Triptych.Columnar.Symbols;
using Triptych.Metrics.Block;
using Triptych.Metrics.Compaction;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Storage.Heads;
using Triptych.Storage.ObjectStore;
using Triptych.Testing.Kills;

namespace Triptych.Metrics.Tests;

/// <summary>Rows as samples: the value is the key, and a few series have all of them.</summary>
internal sealed class MetricKills(int maxActiveSeries = 1000) : IKillSignal
{
    private const int SeriesPerApp = 3;
    private static readonly TimeSpan AnyAge = TimeSpan.FromDays(1000);

    public Signal Signal => Signal.Metrics;

    public IBlockMerger Merger { get; } = new MetricBlockMerger();

    public IKillStore Open(HeadOptions heads, StorageServices services) =>
        new Store(new MetricStore(new MetricStoreOptions { MaxAge = AnyAge, MaxFuture = AnyAge, MaxActiveSeries = maxActiveSeries }, heads, services));

    public async ValueTask<long> CountAsync(IObjectStore objects, BlockMeta block, CancellationToken cancellationToken)
    {
        // A row of the file is a series.
        var file = await ParquetFile.OpenAsync(
            new ObjectInput(objects, block.ObjectKey, block.SizeBytes), ParquetReaderOptions.Default, cancellationToken);
        var count = 0L;
        foreach (var group in file.RowGroups)
        {
            using var samples = await group.ReadColumnAsync(file.Schema.Column(MetricBlockSchema.Samples), cancellationToken: cancellationToken);
            foreach (var ofSeries in samples.Int64s)
                count += ofSeries;
        }

        return count;
    }

    // A third of the rows say none, and neighbours often say the same.
    private static long StartOf(int key) => key % 3 == 0 ? 0 : 1000 + (key / 16);

    private static byte[] LabelsOf(KillRow row) => LabelSet.Encode(
    [
        new(LabelNames.MetricName, "rows"),
        new(KillRow.AppLabel, row.App),
        new("part", (row.Key / 4 % SeriesPerApp).ToString(CultureInfo.InvariantCulture)),
    ]);

    private sealed class Store(MetricStore store) : IKillStore
    {
        public Task RecoverAsync(CancellationToken cancellationToken) => store.RecoverAsync(cancellationToken);

        public async ValueTask<AppendResult> AppendAsync(AppendContext context, IReadOnlyList<KillRow> rows, CancellationToken cancellationToken)
        {
            using var batch = new MetricBatch(MemoryBudget.Unlimited("test"));
            foreach (var row in rows)
            {
                batch.AddSeries(LabelsOf(row));
                batch.AddSampleSince(StartOf(row.Key), row.TimeMs, row.Key);
            }

            return await store.AppendAsync(context, batch, cancellationToken);
        }

        public Task FlushAllAsync(CancellationToken cancellationToken) => store.FlushAllAsync(cancellationToken);

        public async Task<IReadOnlyList<KillRow>> ReadAsync(CancellationToken cancellationToken)
        {
            var symbols = new SymbolTable();
            var request = new SampleScanRequest
            {
                Tenant = TenantId.Default,
                Matchers = [],
                MinTimeMs = long.MinValue,
                MaxTimeMs = long.MaxValue,
                Symbols = symbols,
                WithStartTimes = true,
            };
            await using var scan = await store.OpenAsync(request, cancellationToken);
            var rows = new List<KillRow>();
            while (await scan.NextAsync(cancellationToken) is { } batch)
            {
                for (var series = 0; series < batch.SeriesCount; series++)
                {
                    var app = "";
                    foreach (var label in batch.LabelsOf(series))
                        app = symbols.GetString(label.Name) == KillRow.AppLabel ? symbols.GetString(label.Value) : app;
                    var times = batch.TimestampsMsOf(series);
                    var values = batch.ValuesOf(series);
                    var starts = batch.StartTimesMsOf(series);
                    for (var i = 0; i < times.Length; i++)
                    {
                        rows.Add(new KillRow(times[i], (int)values[i]));
                        rows[^1].App.ShouldBe(app);
                        (starts.IsEmpty ? 0 : starts[i]).ShouldBe(StartOf(rows[^1].Key));
                    }
                }
            }

            scan.Statistics.Warnings.ShouldBeEmpty();
            return rows;
        }

        public ValueTask DisposeAsync() => store.DisposeAsync();
    }
}
