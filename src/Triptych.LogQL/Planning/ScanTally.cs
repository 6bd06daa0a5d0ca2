using Triptych.Columnar;
using Triptych.Query.Budgets;

namespace Triptych.LogQL.Planning;

/// <summary>Adds up what the scans of a query have cost and hands their warnings on.</summary>
internal sealed class ScanTally(QueryContext context)
{
    private long _lines;
    private long _sizeBytes;
    private int _blocks;

    public void Add(ScanStatistics scan)
    {
        _lines += scan.RowsRead;
        _sizeBytes += scan.BytesRead;
        _blocks += scan.BlocksRead;
        context.BytesRead += scan.BytesRead;
        foreach (var warning in scan.Warnings) context.Warn(warning);
    }

    public LogQLStatistics ToStatistics() => new(_lines, _sizeBytes, _blocks);
}
