using Triptych.Columnar;

namespace Triptych.Query.Budgets;

/// <summary>How far a query is.</summary>
/// <param name="BytesRead">Bytes read from blocks, as they are stored, and from heads.</param>
/// <param name="RowsRead">Rows or samples looked at.</param>
public readonly record struct QueryProgress(long BytesRead, long RowsRead);

/// <summary>A scan whose cost is counted while it goes on, until this is disposed of.</summary>
public readonly struct FollowedScan : IDisposable
{
    private readonly QueryContext _context;
    private readonly ScanStatistics _scan;

    internal FollowedScan(QueryContext context, ScanStatistics scan) => (_context, _scan) = (context, scan);

    /// <inheritdoc/>
    public void Dispose() => _context.Unfollow(_scan);
}
