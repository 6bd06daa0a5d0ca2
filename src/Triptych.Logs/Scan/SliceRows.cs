using Triptych.Columnar.Rows;

namespace Triptych.Logs.Scan;

/// <summary>
/// The rows of one slice that are in the time range and of a wanted stream, as a starting point: their times and streams are known, other
/// columns are read when they are needed.
/// One scan's; the owner disposes it.
/// </summary>
internal abstract class SliceRows : IDisposable
{
    /// <summary>The rows within the slice, ascending.</summary>
    public List<int> Rows { get; } = [];

    /// <summary>Their times, Unix nanoseconds.</summary>
    public List<long> Times { get; } = [];

    /// <summary>Their streams, as the source numbers them.</summary>
    public List<int> Streams { get; } = [];

    /// <summary>Bytes read from storage so far.</summary>
    public long BytesRead { get; protected set; }

    /// <summary>Pages decoded so far.</summary>
    public long PagesRead { get; protected set; }

    /// <summary>Bytes of memory that the lists hold.</summary>
    public long SizeBytes => (Rows.Capacity * 4L) + (Times.Capacity * 8L) + (Streams.Capacity * 4L);

    /// <summary>One column for some of the rows; <paramref name="picked"/> are places in <see cref="Rows"/>, ascending.</summary>
    public abstract ValueTask<Column> ReadAsync(ColumnRef column, int[] picked, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Adds a row.</summary>
    protected void Add(int row, long timeUnixNanos, int stream)
    {
        Rows.Add(row);
        Times.Add(timeUnixNanos);
        Streams.Add(stream);
    }

    /// <summary>The error for a column that no log has.</summary>
    protected static ArgumentException Unknown(ColumnRef column) => new($"logs have no column {column}", nameof(column));
}
