using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Logs.Block;
using Triptych.Primitives.Memory;
using Triptych.Storage.Compaction;

namespace Triptych.Logs.Compaction;

/// <summary>A row of a step in the order of the output: stream, then time, then as it was acknowledged, which is what scans return too.</summary>
internal readonly record struct LogMergeRow(int StreamRank, int Source, long Time, int Row) : IComparable<LogMergeRow>
{
    /// <inheritdoc/>
    public int CompareTo(LogMergeRow other)
    {
        if (StreamRank != other.StreamRank) return StreamRank.CompareTo(other.StreamRank);
        if (Time != other.Time) return Time.CompareTo(other.Time);
        return Source != other.Source ? Source.CompareTo(other.Source) : Row.CompareTo(other.Row);
    }
}

/// <summary>
/// The rows of one step, sorted, and which of them stay. Where a step has more rows than there is memory for, those that come first by time, stream
/// and place, and where to go on. Owned by the merge that loaded it.
/// </summary>
internal sealed class LogMergeRows : ISliceRows
{
    private readonly NativeList<LogMergeRow> _rows;
    private readonly NativeList<bool> _dropped;
    private readonly MemoryBudget _budget;
    private readonly LogMergeRow? _after;
    private readonly int _mostRows;
    private LogMergeRow? _before;

    private LogMergeRows(SliceStep step, LogMergeRow? after, IReadOnlyList<LogMergeInput> inputs, MemoryBudget budget)
    {
        Step = step;
        _after = after;
        Inputs = [.. step.Sources.Select(s => inputs[s.Input])];
        Groups = [.. step.Sources.Select(s => inputs[s.Input].File.RowGroups[s.RowGroup])];
        _budget = budget;
        _mostRows = MergeScale.MostRows(step, budget);
        _rows = new NativeList<LogMergeRow>(budget);
        _dropped = new NativeList<bool>(budget);
    }

    /// <summary>The step.</summary>
    public SliceStep Step { get; }

    /// <summary>The last row of the step that was loaded before these.</summary>
    public LogMergeRow? After => _after;

    /// <summary>What these rows leave of their step; null for nothing.</summary>
    public Rest? Left { get; private set; }

    /// <summary>The row groups that the rows come from.</summary>
    public IReadOnlyList<RowGroupReader> Groups { get; }

    /// <summary>By row group, its input.</summary>
    public IReadOnlyList<LogMergeInput> Inputs { get; }

    /// <summary>All rows, in order.</summary>
    public ReadOnlySpan<LogMergeRow> Rows => _rows.Span;

    /// <summary>Whether a row is left out.</summary>
    public bool IsDropped(int index) => _dropped[index];

    /// <summary>Leaves a row out.</summary>
    public void Drop(int index) => _dropped[index] = true;

    /// <summary>Rows that stay.</summary>
    public int KeptCount => _dropped.Span.Count(false);

    /// <summary>Whether there is nothing to write.</summary>
    public bool IsEmpty => !Step.IsCopy && KeptCount == 0;

    /// <summary>Reads and sorts rows of a step: all of them, or as many as there is memory for. Of a row group that is to be copied it reads none.</summary>
    /// <param name="step">Which.</param>
    /// <param name="after">The last row of the step that was loaded before; null at its begin.</param>
    /// <param name="inputs">All inputs of the merge.</param>
    /// <param name="streams">Their streams.</param>
    /// <param name="budget">Charged.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async ValueTask<LogMergeRows> LoadAsync(
        SliceStep step, LogMergeRow? after, IReadOnlyList<LogMergeInput> inputs, LogMergeStreams streams, MemoryBudget budget,
        CancellationToken cancellationToken)
    {
        var rows = new LogMergeRows(step, after, inputs, budget);
        if (step.IsCopy) return rows;
        try
        {
            for (var source = 0; source < rows.Groups.Count; source++)
            {
                var number = source;
                await rows.Inputs[source].WalkAsync(
                    step.Sources[source].RowGroup, (first, times, numbers) => rows.Add(number, first, times, numbers, streams), budget, cancellationToken);
            }

            rows.Settle();
            if (!rows._dropped.TryResize(rows._rows.Count)) throw new MemoryBudgetExceededException(budget, rows._rows.Count);
            return rows;
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    /// <summary>The error about a number that stands for no stream.</summary>
    public static CorruptFileException UnknownStream(RowGroupReader group, int stream) =>
        new(group.FileName, 0, $"a row names stream {stream}, which the file does not have");

    /// <inheritdoc/>
    public void Dispose()
    {
        _rows.Dispose();
        _dropped.Dispose();
    }

    /// <summary>Whether two rows could be one: the same stream and time.</summary>
    public static bool IsSameInstant(in LogMergeRow a, in LogMergeRow b) => a.StreamRank == b.StreamRank && a.Time == b.Time;

    private void Add(int source, int firstRow, ReadOnlySpan<long> times, ReadOnlySpan<int> numbers, LogMergeStreams streams)
    {
        for (var i = 0; i < times.Length; i++)
        {
            if (times[i] < Step.From || times[i] > Step.To) continue;
            var row = new LogMergeRow(streams.RankOf(Inputs[source].StreamOf(Groups[source], numbers[i])), source, times[i], firstRow + i);
            if ((_after is { } after && CompareInCut(row, after) <= 0) || (_before is { } before && CompareInCut(row, before) >= 0)) continue;
            _rows.Add(row);
            if (_rows.Count >= _mostRows + (_mostRows / 2)) KeepFirst();
        }
    }

    /// <summary>Cuts the rows down to those that come first; what comes behind them is not taken any more.</summary>
    private void KeepFirst()
    {
        _rows.Span.Sort(CompareInCut);
        _before = _rows[_mostRows];
        _rows.TryResize(_mostRows);
    }

    private void Settle()
    {
        if (_rows.Count > _mostRows) KeepFirst();
        if (_before is not null)
        {
            // Rows that could be one stay together, unless there are too many of them.
            _rows.Span.Sort(CompareInCut);
            var count = _rows.Count;
            while (count > 0 && IsSameInstant(_rows[count - 1], _before.Value)) count--;
            if (count > 0) _rows.TryResize(count);
            Left = new Rest(Step, _rows[_rows.Count - 1]);
        }

        _rows.Span.Sort();
    }

    /// <summary>The order in which a step is cut: by time first, so that what is cut off are slices of time again.</summary>
    private static int CompareInCut(LogMergeRow a, LogMergeRow b) => a.Time != b.Time ? a.Time.CompareTo(b.Time) : a.CompareTo(b);

    /// <summary>What is left of a step.</summary>
    /// <param name="Step">Which.</param>
    /// <param name="After">The last row that was loaded, in the order of time, stream and place.</param>
    internal sealed record Rest(SliceStep Step, LogMergeRow After);
}
