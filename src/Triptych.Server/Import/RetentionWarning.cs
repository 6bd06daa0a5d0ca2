using System.Globalization;
using Triptych.Ingest.PrometheusTsdb;
using Triptych.Primitives.Text;
using Triptych.Server.Configuration;

namespace Triptych.Server.Import;

/// <summary>Says before an import what of it the server would delete again.</summary>
internal static class RetentionWarning
{
    /// <summary>What there is to say, by the descriptions of the blocks.</summary>
    public static IEnumerable<string> Of(IReadOnlyList<BlockDescription> blocks, SignalRetentionConfig retention, ImportScope scope, DateTimeOffset now)
    {
        if (retention.Size.Bytes > 0) yield return $"storage.retention.metrics.size keeps at most {retention.Size} of blocks: if there are more with the import, the oldest go";
        if (retention.Time <= TimeSpan.Zero) yield break;
        var cutoff = (now - retention.Time).ToUnixTimeMilliseconds();
        long all = 0, old = 0;
        foreach (var block in blocks)
        {
            all += SamplesIn(block, scope.MinTimeMs, scope.MaxTimeMs);
            old += SamplesIn(block, scope.MinTimeMs, Math.Min(cutoff, scope.MaxTimeMs));
        }

        if (old == 0) yield break;
        var rules = retention.Rules.Count == 0 ? "" : ", but for what its rules keep longer";
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"about {ImportReport.Number(old)} of {ImportReport.Number(all)} samples in blocks are from before {DateTimeOffset.FromUnixTimeMilliseconds(cutoff):u}, which storage.retention.metrics.time ({Durations.FormatPrometheus(retention.Time.Ticks * 100)}) does not keep{rules}: the server deletes them after its start. Raise it, or leave them out with --from-time");
    }

    /// <summary>Samples of a block in a closed range, as if they lay evenly in its time.</summary>
    private static long SamplesIn(BlockDescription block, long minTimeMs, long maxTimeMs)
    {
        var (start, end) = (Int128.Max(block.MinTimeMs, minTimeMs), Int128.Min(block.MaxTimeMs, (Int128)maxTimeMs + 1));
        var length = (Int128)block.MaxTimeMs - block.MinTimeMs;
        return end <= start || length <= 0 ? 0 : (long)(block.Samples * (end - start) / length);
    }
}
