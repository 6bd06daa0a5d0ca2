using Triptych.Storage.Catalog;

namespace Triptych.Api.SelfMetrics;

/// <summary>What is stored of a signal in blocks.</summary>
/// <param name="Signal"><c>metrics</c>, <c>logs</c> or <c>traces</c>.</param>
/// <param name="Blocks">How many blocks.</param>
/// <param name="Rows">Rows in them: log records, spans, or the series of each block.</param>
/// <param name="Bytes">Their bytes.</param>
public sealed record StoredSignal(string Signal, long Blocks, long Rows, long Bytes)
{
    /// <summary>Adds up the blocks of a catalog, each looked at once: this is asked at every scrape.</summary>
    public static IEnumerable<StoredSignal> Of(CatalogVersion catalog)
    {
        var sums = SignalTime.Signals.ToDictionary(static s => s, static _ => (Blocks: 0L, Rows: 0L, Bytes: 0L));
        foreach (var block in catalog.All)
        {
            var (blocks, rows, bytes) = sums[block.Signal];
            sums[block.Signal] = (blocks + 1, rows + block.Rows, bytes + block.SizeBytes);
        }

        return SignalTime.Signals.Select(s => new StoredSignal(s.ToString().ToLowerInvariant(), sums[s].Blocks, sums[s].Rows, sums[s].Bytes));
    }
}
