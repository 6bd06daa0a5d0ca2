namespace Triptych.Columnar;

/// <summary>What a scan has cost and whether it is complete. Counted by the scan, read by the query when it ends.</summary>
public sealed class ScanStatistics
{
    /// <summary>Bytes read from blocks (pages, as they are stored) and heads.</summary>
    public long BytesRead { get; set; }

    /// <summary>Pages of blocks that were decoded.</summary>
    public long PagesRead { get; set; }

    /// <summary>Rows or samples looked at.</summary>
    public long RowsRead { get; set; }

    /// <summary>Blocks opened.</summary>
    public int BlocksRead { get; set; }

    /// <summary>What may be worth knowing about an answer that is complete.</summary>
    public IList<string> Infos { get; } = new List<string>();

    /// <summary>Why the answer may lack something (a damaged block); empty when it is complete.</summary>
    public IList<string> Warnings { get; } = new List<string>();
}
