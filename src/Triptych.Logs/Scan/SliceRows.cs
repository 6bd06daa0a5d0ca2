using System.Runtime.InteropServices;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Logs.Block;

namespace Triptych.Logs.Scan;

/// <summary>
/// The rows of one slice that are in the time range and of a wanted stream, as a starting point: their streams are known, columns are read
/// when they are needed. One scan's; the owner disposes it.
/// </summary>
internal abstract class SliceRows : IDisposable
{
    /// <summary>The rows within the slice, ascending.</summary>
    public List<int> Rows { get; } = [];

    /// <summary>Their streams, as the source numbers them.</summary>
    public List<int> Streams { get; } = [];

    /// <summary>The query's symbols; one thread at a time may make new ones.</summary>
    public SymbolTable Symbols { get; protected init; } = new();

    /// <summary>What reading has cost so far.</summary>
    public ReadCount Read { get; } = new();

    /// <summary>Bytes of memory that the lists hold.</summary>
    public long SizeBytes => (Rows.Capacity * 4L) + (Streams.Capacity * 4L);

    /// <summary>One column for some of the rows; <paramref name="picked"/> are places in <see cref="Rows"/>, ascending.</summary>
    public abstract ValueTask<Column> ReadAsync(ColumnRef column, int[] picked, CancellationToken cancellationToken);

    /// <summary>Adds the lines of some rows to a column. Several threads may call at once, each with a column of its own.</summary>
    public abstract ValueTask ReadLinesAsync(ReadOnlyMemory<int> picked, BytesColumn into, CancellationToken cancellationToken);

    /// <summary>
    /// Unmarks the rows whose line lacks one of the needles, looking at lines where they lie; false, and nothing is told, where lines are to be read first.
    /// Several threads may call at once.
    /// </summary>
    public virtual bool TryRuleOut(ReadOnlySpan<int> picked, IReadOnlyList<ReadOnlyMemory<byte>> needles, Span<bool> isKept) => false;

    /// <summary>
    /// Whether each of some rows satisfies a predicate that asks for one column alone; false, and nothing is told, where the column is to be read.
    /// </summary>
    public virtual ValueTask<bool> TryDecideAsync(
        ColumnRef column, RowPredicate predicate, int[] picked, PredicateEvaluator evaluator, bool[] isKept, CancellationToken cancellationToken) =>
        ValueTask.FromResult(false);

    /// <summary>What is known of fields of the rows' lines; null where the lines are to be read.</summary>
    public virtual ValueTask<BlockFields?> FieldsAsync(FieldRequest request, CancellationToken cancellationToken) => ValueTask.FromResult<BlockFields?>(null);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Adds a row.</summary>
    protected void Add(int row, int stream)
    {
        Rows.Add(row);
        Streams.Add(stream);
    }

    /// <summary>Adds rows of one stream that follow each other.</summary>
    protected void AddRange(int firstRow, int endRow, int stream)
    {
        var start = Rows.Count;
        CollectionsMarshal.SetCount(Rows, start + endRow - firstRow);
        CollectionsMarshal.SetCount(Streams, start + endRow - firstRow);
        var rows = CollectionsMarshal.AsSpan(Rows)[start..];
        for (var i = 0; i < rows.Length; i++) rows[i] = firstRow + i;
        CollectionsMarshal.AsSpan(Streams)[start..].Fill(stream);
    }

    /// <summary>Drops all rows but those of which <paramref name="isKept"/> says so.</summary>
    protected void Keep(Func<int, bool> isKept)
    {
        var kept = 0;
        for (var i = 0; i < Rows.Count; i++)
        {
            if (!isKept(i)) continue;
            Rows[kept] = Rows[i];
            Streams[kept++] = Streams[i];
        }

        Rows.RemoveRange(kept, Rows.Count - kept);
        Streams.RemoveRange(kept, Streams.Count - kept);
    }

    /// <summary>The error for a column that no log has.</summary>
    protected static ArgumentException Unknown(ColumnRef column) => new($"logs have no column {column}", nameof(column));
}
