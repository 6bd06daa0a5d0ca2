using Triptych.Columnar;
using Triptych.Query.Budgets;

namespace Triptych.LogQL.Planning;

/// <summary>Adds up what the scans of a query have cost and hands their warnings on.</summary>
internal sealed class ScanTally(QueryContext context)
{
    private long _lines;
    private long _sizeBytes;
    private int _blocks;
    private long _pages;
    private long _passed;
    private long _symbolBytes;

    public void Add(ScanStatistics scan)
    {
        _lines += scan.RowsRead;
        _sizeBytes += scan.BytesRead;
        _blocks += scan.BlocksRead;
        _pages += scan.PagesRead;
        context.BytesRead += scan.BytesRead;
        foreach (var warning in scan.Warnings) context.Warn(warning);
    }

    /// <summary>Counts lines that passed all filters.</summary>
    public void CountPassed(long lines) => _passed += lines;

    /// <summary>
    /// Charges what the query's symbols have grown by, with as much again for the tables that stages keep by symbol. To be called for
    /// each batch:
    /// label names and values come from outside.
    /// </summary>
    public void ChargeSymbols()
    {
        var sizeBytes = 2 * context.Symbols.SizeBytes;
        context.Charge(sizeBytes - _symbolBytes);
        _symbolBytes = sizeBytes;
    }

    public LogQLStatistics ToStatistics() => new(_lines, _sizeBytes, _blocks, _pages, _passed);
}
