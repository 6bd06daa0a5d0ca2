using Triptych.Columnar.Parquet.Reading;
using Triptych.Primitives.Memory;

namespace Triptych.Storage.Compaction;

/// <summary>How large the parts of a merge are, by its memory: with less of it there are more and smaller steps, and shorter reads.</summary>
public static class MergeScale
{
    // Two slices in one step, and something for what samples miss.
    private const double MostStepRows = 1.9 * SlicePlan.SliceRows;

    // A row that is being sorted, its place in the output and in its source, in lists that grow by doubling.
    private const int RowBytes = 128;
    private const int FewestRows = 64;
    private const double Slack = 1.25;

    /// <summary>Rows of a step that are aimed for.</summary>
    public static double StepRows(MemoryBudget memory) => Math.Clamp(memory.Limit / 4.0 / RowBytes, FewestRows, MostStepRows);

    /// <summary>
    /// Rows of a step that are loaded at once at the most. Samples may mislead, and what has one time cannot be cut by time; what is left over is loaded
    /// next.
    /// </summary>
    public static int MostRows(SliceStep step, MemoryBudget memory)
    {
        var rowBytes = step.Sources.Max(static s => s.LargestColumnBytes / Math.Max(1.0, s.Rows));
        return (int)Math.Max(FewestRows, Slack * Math.Min(StepRows(memory), StepBytes(memory) / Math.Max(1, rowBytes)));
    }

    /// <summary>The most bytes of one column in a step: it is in memory decoded, and at the worst once more as pages that wait.</summary>
    public static long StepBytes(MemoryBudget memory) => memory.Limit / 4;

    /// <summary>A row group with a column of this size is as large as a merge makes them, whatever its rows.</summary>
    public static long ProperBytes(MemoryBudget memory) => StepBytes(memory) / 2;

    /// <summary>Rows from which on a row group is left as it is.</summary>
    public static double ProperRows(MemoryBudget memory) => StepRows(memory) / MostStepRows * SlicePlan.ProperRows;

    /// <summary>Bytes that are read at once of a column that is walked through.</summary>
    public static int ReadAheadBytes(MemoryBudget memory) => (int)Math.Clamp(memory.Limit / 128, 16 * 1024, 256 * 1024);

    /// <summary>How inputs are read.</summary>
    public static ParquetReaderOptions Reading(MemoryBudget memory) => new()
    {
        Budget = memory,
        ReadBytes = (int)Math.Clamp(memory.Limit / 16, 64 * 1024, ParquetReaderOptions.Default.ReadBytes),
    };
}
