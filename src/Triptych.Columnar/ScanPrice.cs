namespace Triptych.Columnar;

/// <summary>
/// What a scan would read at most, told by the catalog, by the footers and indexes of blocks and by what is in memory: no values are read for it.
/// </summary>
public sealed record ScanPrice
{
    /// <summary>Blocks of the range that have something that the scan wants.</summary>
    public int Blocks { get; init; }

    /// <summary>Bytes of these blocks as they are stored.</summary>
    public long BlockBytes { get; init; }

    /// <summary>Bytes that would be read of them at most.</summary>
    public long ReadBytes { get; init; }

    /// <summary>
    /// Series or streams, each counted in every block and head that has it; 0 for spans, which have none.
    /// </summary>
    public long Series { get; init; }

    /// <summary>Samples, lines or spans of blocks at most.</summary>
    public long Rows { get; init; }

    /// <summary>Series or streams in memory; they are among <see cref="Series"/>.</summary>
    public long MemorySeries { get; init; }

    /// <summary>Samples, lines or spans in memory at most.</summary>
    public long MemoryRows { get; init; }

    /// <summary>Of the blocks, those that were not opened for it, or could not be: all of them counts.</summary>
    public int UnopenedBlocks { get; init; }

    /// <summary>Both together.</summary>
    public static ScanPrice operator +(ScanPrice a, ScanPrice b) => new()
    {
        Blocks = a.Blocks + b.Blocks,
        BlockBytes = a.BlockBytes + b.BlockBytes,
        ReadBytes = a.ReadBytes + b.ReadBytes,
        Series = a.Series + b.Series,
        Rows = a.Rows + b.Rows,
        MemorySeries = a.MemorySeries + b.MemorySeries,
        MemoryRows = a.MemoryRows + b.MemoryRows,
        UnopenedBlocks = a.UnopenedBlocks + b.UnopenedBlocks,
    };

    /// <summary>Of a block of which only the catalog is asked.</summary>
    /// <param name="sizeBytes">Bytes of its file.</param>
    /// <param name="rows">Rows in it.</param>
    public static ScanPrice Unopened(long sizeBytes, long rows) =>
        new() { Blocks = 1, BlockBytes = sizeBytes, ReadBytes = sizeBytes, Rows = rows, UnopenedBlocks = 1 };
}
