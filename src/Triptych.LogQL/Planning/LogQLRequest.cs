using Triptych.Columnar.Symbols;
using Triptych.Primitives.Checksums;
using Triptych.Query.Operators;
using Triptych.Query.Steps;

namespace Triptych.LogQL.Planning;

/// <summary>In which order a log query returns its lines.</summary>
public enum LogDirection
{
    /// <summary>Newest first.</summary>
    Backward,

    /// <summary>Oldest first.</summary>
    Forward,
}

/// <summary>A query and the times it is asked for.</summary>
public sealed record LogQLRequest
{
    /// <summary>The query's text.</summary>
    public required string Query { get; init; }

    /// <summary>The steps at which a metric query is evaluated, Unix nanoseconds. Ignored by log queries.</summary>
    public required StepGrid Grid { get; init; }

    /// <summary>The first time of a log query, Unix nanoseconds, inclusive.</summary>
    public long StartUnixNanos { get; init; }

    /// <summary>The end of a log query, Unix nanoseconds, exclusive.</summary>
    public long EndUnixNanos { get; init; }

    /// <summary>The most lines of a log query.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>The order of the lines of a log query.</summary>
    public LogDirection Direction { get; init; }

    /// <summary>Lines nearer than this to the one before are left out; 0 leaves none out.</summary>
    public long IntervalNanos { get; init; }

    /// <summary>Receives the identity of the record behind each line of the answer to a log query; null where nobody asks.</summary>
    public ISet<Hash128>? Records { get; init; }

    /// <summary>True for the endpoint that evaluates at one time; it takes metric queries only.</summary>
    public bool IsInstant { get; init; }
}

/// <summary>One line of an answer. Labels are numbers of the query's symbol table, ordered by number of the name.</summary>
/// <param name="TimeUnixNanos">The record's time.</param>
/// <param name="Line">The line after all stages, UTF-8.</param>
/// <param name="Stream">Labels of the stream that the stages left.</param>
/// <param name="Metadata">Structured metadata, the detected level among it.</param>
/// <param name="Parsed">Labels that stages made, errors among them.</param>
public sealed record LogLine(long TimeUnixNanos, ReadOnlyMemory<byte> Line, LabelId[] Stream, LabelId[] Metadata, LabelId[] Parsed);

/// <summary>The lines that share a label set, in the order of the answer.</summary>
public sealed record LogStream(LabelId[] Labels, IReadOnlyList<LogLine> Lines);

/// <summary>What a query has read.</summary>
/// <param name="Lines">Rows that scans looked at.</param>
/// <param name="SizeBytes">Bytes that scans read.</param>
/// <param name="Blocks">Blocks that scans opened.</param>
/// <param name="Pages">Pages of blocks that were decoded.</param>
/// <param name="PassedLines">Lines that passed all filters; where a limit ends a query early, those until then.</param>
public sealed record LogQLStatistics(long Lines, long SizeBytes, int Blocks, long Pages, long PassedLines);

/// <summary>A query's answer: exactly one of lines, matrix and scalar. Symbols are those of the query's context.</summary>
public sealed record LogQLAnswer(LogQLStatistics Statistics)
{
    /// <summary>The lines of a log query in its order over all streams; null for metric queries.</summary>
    public IReadOnlyList<LogLine>? Lines { get; init; }

    /// <summary>The series of a metric query; at one step an instant vector.</summary>
    public StepMatrix? Matrix { get; init; }

    /// <summary>The value of a query that is a number without series.</summary>
    public double? Scalar { get; init; }

    /// <summary>The lines by stream, streams in order of their first line.</summary>
    /// <param name="categorize">True: index labels make a stream and each line keeps the rest; false: all labels together make it.</param>
    public IReadOnlyList<LogStream> GroupLines(bool categorize) => GroupLines(Lines ?? [], categorize);

    /// <summary>Lines by stream, streams in order of their first line.</summary>
    /// <param name="all">The lines; their labels have symbols of one table.</param>
    /// <param name="categorize">True: index labels make a stream and each line keeps the rest; false: all labels together make it.</param>
    public static IReadOnlyList<LogStream> GroupLines(IReadOnlyList<LogLine> all, bool categorize)
    {
        var index = new LabelSetIndex();
        var lines = new List<List<LogLine>>();
        foreach (var line in all)
        {
            var labels = categorize ? line.Stream : Merge(line);
            var stream = index.GetOrAdd(labels, out var added);
            if (added) lines.Add([]);
            lines[stream].Add(line);
        }

        return [.. lines.Select((entries, stream) => new LogStream(index[stream].ToArray(), entries))];
    }

    private static LabelId[] Merge(LogLine line)
    {
        LabelId[] all = [.. line.Stream, .. line.Metadata, .. line.Parsed];
        Array.Sort(all, (a, b) => a.Name.CompareTo(b.Name));
        return all;
    }
}
