using Triptych.Columnar.Parquet;
using Triptych.Primitives.Memory;
using Triptych.Traces.Block;

namespace Triptych.Traces.Scan;

/// <summary>
/// Marks the units of a scan whose spans certainly come once: those of blocks without repeats whose starts meet no other source's. A span that
/// is sent again has the start that it had, so it cannot hide in a source of other times.
/// </summary>
internal static class RepeatMarks
{
    // Of a larger block the ids are not read for one question.
    private const long MaxSurveyedRows = 16_000_000;

    /// <summary>Sets <see cref="SpanUnit.MayRepeat"/>.</summary>
    public static async ValueTask SetAsync(IReadOnlyList<SpanUnit> units, ScanPlan plan, CancellationToken cancellationToken)
    {
        var unmet = Unmet(units);
        foreach (var source in unmet.OfType<BlockUnit>().GroupBy(static unit => unit.Source))
        {
            // A question about a small part of a block does not pay for looking through all of it.
            var block = (TraceBlock)source.Key;
            var isAsked = source.Count() * 2 >= block.File.RowGroups.Length && block.Meta.Rows <= MaxSurveyedRows;
            if (block.KnownRepeats is null && isAsked) await SurveyAsync(block, plan, cancellationToken);
            if (block.KnownRepeats is not false) continue;
            foreach (var unit in source) unit.MayRepeat = false;
        }
    }

    private static async ValueTask SurveyAsync(TraceBlock block, ScanPlan plan, CancellationToken cancellationToken)
    {
        using var repeats = new BlockRepeats(block, plan.Budget, plan.Statistics);
        try
        {
            block.KnownRepeats = await repeats.FindAsync(cancellationToken);
        }
        catch (CorruptFileException)
        {
            // The scan meets the damage where it reads the rows, and tells it; until the block is replaced its spans are compared.
            block.KnownRepeats = true;
        }
        catch (MemoryBudgetExceededException)
        {
            // This question has no memory for it and compares spans; the next one may have.
        }
    }

    /// <summary>
    /// The units whose starts meet those of no unit of another source. Two sweeps: one knows the latest end so far, the other the nearest start to come.
    /// </summary>
    private static List<SpanUnit> Unmet(IReadOnlyList<SpanUnit> units)
    {
        var byStart = units.OrderBy(static u => u.MinStart).ToArray();
        var met = new HashSet<SpanUnit>();
        SpanUnit? latest = null, latestOther = null;
        foreach (var unit in byStart)
        {
            var before = latest?.Source == unit.Source ? latestOther : latest;
            if (before is not null && before.MaxStart >= unit.MinStart) met.Add(unit);
            if (latest is null || unit.MaxStart >= latest.MaxStart)
            {
                if (latest?.Source != unit.Source) latestOther = latest;
                latest = unit;
            }
            else if (unit.Source != latest.Source && (latestOther is null || unit.MaxStart > latestOther.MaxStart))
            {
                latestOther = unit;
            }
        }

        SpanUnit? next = null, nextOther = null;
        for (var i = byStart.Length - 1; i >= 0; i--)
        {
            var unit = byStart[i];
            var after = next?.Source == unit.Source ? nextOther : next;
            if (after is not null && after.MinStart <= unit.MaxStart) met.Add(unit);
            if (next?.Source != unit.Source) nextOther = next;
            next = unit;
        }

        return [.. byStart.Where(unit => !met.Contains(unit))];
    }
}
