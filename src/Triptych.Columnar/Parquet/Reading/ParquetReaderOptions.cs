using Triptych.Primitives.Memory;

namespace Triptych.Columnar.Parquet.Reading;

/// <summary>Limits on what a file can make the reader allocate. A file that passes one is refused with <see cref="UnsupportedFileException"/>.</summary>
public sealed record ParquetReaderOptions
{
    public static ParquetReaderOptions Default { get; } = new();

    /// <summary>Most bytes of the footer.</summary>
    public int MaxFooterBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Most bytes of a page, compressed or not.</summary>
    public int MaxPageBytes { get; init; } = 256 * 1024 * 1024;

    /// <summary>Most bytes that one decoded column may take.</summary>
    public long MaxColumnBytes { get; init; } = 1024 * 1024 * 1024;

    /// <summary>Most bytes of a section, a page index or a bloom filter.</summary>
    public int MaxSectionBytes { get; init; } = 512 * 1024 * 1024;

    /// <summary>
    /// Bytes of the end of a file that are read at once when it is opened: a footer that fits costs one read.
    /// </summary>
    public int TailBytes { get; init; } = 64 * 1024;

    /// <summary>Bytes that are read at once from a long column chunk.</summary>
    public int ReadBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Charged for read and decoded bytes; null charges nothing. When it refuses, <see cref="MemoryBudgetExceededException"/> is thrown.</summary>
    public MemoryBudget? Budget { get; init; }
}

/// <summary>Rows of a row group, counted from its first.</summary>
/// <param name="Start">First row.</param>
/// <param name="Count">How many; may be 0.</param>
public readonly record struct RowRange(long Start, long Count)
{
    public long End => Start + Count;
}

/// <summary>How decoded values are wanted.</summary>
public enum ColumnForm
{
    /// <summary>Each slot's value.</summary>
    Values,

    /// <summary>Codes and the dictionary, where the whole selection is coded; else as <see cref="Values"/>.</summary>
    Codes,
}
