using Triptych.Columnar.Parquet.Reading;

namespace Triptych.Logs.Block;

/// <summary>
/// Which streams the rows of a row group are of, as runs: rows are sorted by stream, so that there are few. Immutable.
/// </summary>
internal sealed class StreamRuns
{
    private readonly int[] _streams;
    private readonly int[] _ends;

    private StreamRuns(int[] streams, int[] ends)
    {
        _streams = streams;
        _ends = ends;
    }

    /// <summary>How many runs there are.</summary>
    public int Count => _ends.Length;

    /// <summary>The runs out of the streams of all rows.</summary>
    public static StreamRuns Of(ReadOnlySpan<int> streams)
    {
        var (numbers, ends) = (new List<int>(), new List<int>());
        for (var row = 0; row < streams.Length;)
        {
            var stream = streams[row];
            var length = streams[row..].IndexOfAnyExcept(stream);
            row = length < 0 ? streams.Length : row + length;
            numbers.Add(stream);
            ends.Add(row);
        }

        return new StreamRuns([.. numbers], [.. ends]);
    }

    /// <summary>The stream of a run.</summary>
    public int StreamOf(int run) => _streams[run];

    /// <summary>The first row of a run.</summary>
    public int StartOf(int run) => run == 0 ? 0 : _ends[run - 1];

    /// <summary>The row behind the last of a run.</summary>
    public int EndOf(int run) => _ends[run];

    /// <summary>The run that a row is in.</summary>
    public int RunOf(int row)
    {
        var found = Array.BinarySearch(_ends, row + 1);
        return found >= 0 ? found : ~found;
    }

    /// <summary>The rows of wanted streams.</summary>
    public RowRange[] Select(Func<int, bool> isWanted)
    {
        var rows = new List<RowRange>();
        for (var run = 0; run < Count; run++)
        {
            if (!isWanted(_streams[run])) continue;
            var (start, end) = (StartOf(run), _ends[run]);
            if (rows.Count > 0 && rows[^1].End == start) rows[^1] = rows[^1] with { Count = end - rows[^1].Start };
            else rows.Add(new RowRange(start, end - start));
        }

        return [.. rows];
    }
}
