using Triptych.Columnar.Predicates;
using Triptych.Columnar.Symbols;
using Triptych.Model;
using Triptych.Model.Labels;
using Triptych.Primitives.Memory;

namespace Triptych.Columnar.Rows;

/// <summary>
/// Where queries for rows meet the logs and the traces store: the scan contract for rows (docs/adr/0001). Any thread may call. While the store
/// replays its write-ahead log, a range that the rest of it may reach into is a <see cref="SourceNotReadyException"/>.
/// </summary>
public interface IRowSource
{
    /// <summary>
    /// Pins what the store holds now (head segments and one catalog version) and opens a scan over it. The scan sees every row acknowledged before
    /// the call, whatever is flushed or compacted meanwhile.
    /// </summary>
    ValueTask<IRowScan> OpenAsync(RowScanRequest request, CancellationToken cancellationToken);
}

/// <summary>The logs store as LogQL sees it.</summary>
public interface ILogSource : IRowSource
{
    /// <summary>
    /// Streams that have a record in [MinTimeUnixNanos, MaxTimeUnixNanos) and satisfy one of the selectors, as canonical label sets, sorted by them.
    /// </summary>
    /// <param name="lookup">What to look for.</param>
    /// <param name="statistics">Receives what it costs, and a warning for each part that could not be read and is missing from the answer.</param>
    /// <param name="cancellationToken">Ends the look-up.</param>
    ValueTask<IReadOnlyList<byte[]>> StreamsAsync(StreamLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken);

    /// <summary>What lines have in common, most frequent first, and how many of them there are in each step. Each line counts once.</summary>
    /// <param name="lookup">What to look at.</param>
    /// <param name="statistics">Receives what it costs, and a warning for each part that could not be read and is missing from the answer.</param>
    /// <param name="cancellationToken">Ends the look-up.</param>
    ValueTask<IReadOnlyList<LogPattern>> PatternsAsync(PatternLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken);
}

/// <summary>The traces store as TraceQL sees it.</summary>
public interface ISpanSource : IRowSource
{
    /// <summary>
    /// Names of the attributes of a scope that occur on spans that started in [MinUnixNanos, MaxUnixNanos), sorted. The statistics receive what it
    /// costs, and a warning for each part that could not be read and is missing from the answer.
    /// </summary>
    ValueTask<IReadOnlyList<string>> AttributeNamesAsync(AttributeLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken);
}

/// <summary>What an attribute is attached to.</summary>
public enum AttributeScope
{
    /// <summary>The span.</summary>
    Span,

    /// <summary>The resource.</summary>
    Resource,

    /// <summary>The instrumentation scope.</summary>
    Instrumentation,

    /// <summary>An event of the span.</summary>
    Event,

    /// <summary>A link of the span.</summary>
    Link,
}

/// <summary>A scope and a time range to look attribute names up in.</summary>
public sealed record AttributeLookup(TenantId Tenant, AttributeScope Scope, long MinUnixNanos, long MaxUnixNanos)
{
    /// <summary>Charged for what the look-up and the scan behind it hold, given back when the look-up is over; null charges nothing.</summary>
    public MemoryBudget? Budget { get; init; }
}

/// <summary>Streams and a time range to look labels up in; no selectors means all streams.</summary>
public sealed record StreamLookup(
    TenantId Tenant, IReadOnlyList<IReadOnlyList<LabelMatcher>> Selectors, long MinTimeUnixNanos, long MaxTimeUnixNanos)
{
    /// <summary>Charged for what the look-up and the scans behind it hold, given back when the look-up is over; null charges nothing.</summary>
    public MemoryBudget? Budget { get; init; }
}

/// <summary>In which order a scan returns its rows.</summary>
public enum RowOrder
{
    /// <summary>In any order.</summary>
    Any,

    /// <summary>Oldest first.</summary>
    TimeAscending,

    /// <summary>Newest first.</summary>
    TimeDescending,
}

/// <summary>Which rows a query wants. For spans, time is the start of the span.</summary>
public sealed record RowScanRequest
{
    /// <summary>Whose rows.</summary>
    public required TenantId Tenant { get; init; }

    /// <summary>The first time wanted, Unix nanoseconds, inclusive.</summary>
    public required long MinTimeUnixNanos { get; init; }

    /// <summary>The time before which rows are wanted, Unix nanoseconds, exclusive.</summary>
    public required long MaxTimeUnixNanos { get; init; }

    /// <summary>The query's symbols; every symbol in the answer is a number of this table.</summary>
    public required SymbolTable Symbols { get; init; }

    /// <summary>The columns to return.</summary>
    public required IReadOnlyList<ColumnRef> Projection { get; init; }

    /// <summary>Conditions on the stream's labels, for logs; all must hold.</summary>
    public IReadOnlyList<LabelMatcher> Matchers { get; init; } = [];

    /// <summary>A condition on the row, which the scan evaluates exactly; null for every row.</summary>
    public RowPredicate? Predicate { get; init; }

    /// <summary>The order of the rows, over all batches.</summary>
    public RowOrder Order { get; init; }

    /// <summary>
    /// Charged for the rows that the scan holds, which it gives back when it is disposed at the latest; null where nothing is to be charged. Where it
    /// refuses, the scan throws <see cref="MemoryBudgetExceededException"/>.
    /// </summary>
    public MemoryBudget? Budget { get; init; }

    /// <summary>The most rows to return; rows past it are not read.</summary>
    public long Limit { get; init; } = long.MaxValue;

    /// <summary>
    /// So many columns at the front of the projection are wanted only to tell spans that came twice: a span scan leaves them empty in batches of spans that
    /// certainly come once (<see cref="RecordBatch.MayRepeat"/>). 0: all are wanted. Only without an order.
    /// </summary>
    public int IdentityColumns { get; init; }

    /// <summary>
    /// Whether only the different rows of the projection matter: a span scan may leave out rows that are like one that it returns. Only without an order and
    /// without a limit.
    /// </summary>
    public bool OnlyDistinct { get; init; }

    /// <summary>Which rows a log scan may return as one; null for none. Only without an order and without a limit.</summary>
    public RowFold? Fold { get; init; }

    /// <summary>Fields of lines that a log scan may give in place of the lines; null for none.</summary>
    public FieldRequest? Fields { get; init; }
}

/// <summary>
/// Allows a log scan to return records of one stream as one row, which <see cref="LogColumns.RecordCount"/> counts, where the other columns asked
/// for are the same; <see cref="LogColumns.LineLengthBytes"/> is their sum. A question that only counts need not see each record. A scan folds where that
/// spares reading, and may return any row alone.
/// </summary>
/// <param name="Bounds">
/// Times, ascending, Unix nanoseconds: records fold only where no bound lies between them; one at a bound belongs to those before it. The
/// time of a row that stands for several is that of one of them.
/// </param>
public sealed record RowFold(ReadOnlyMemory<long> Bounds)
{
    /// <summary>Whether records that several places hold may come, and be counted, more than once: for questions that only ask what there is.</summary>
    public bool KeepsRepeats { get; init; }
}

/// <summary>
/// A scan in progress. Log records that are equal in stream, time, line and metadata come once; a span that was received twice may come twice (consumers
/// drop equal trace id, span id and kind; <see cref="RecordBatch.MayRepeat"/> says where that cannot be). One caller at a
/// time. Disposing releases what the scan pins.
/// </summary>
public interface IRowScan : IAsyncDisposable
{
    /// <summary>The next batch, never empty, valid until the next call; null at the end.</summary>
    /// <exception cref="IOException">Storage failed; what was returned before is still right but not complete.</exception>
    /// <exception cref="MemoryBudgetExceededException">The scan would hold more than the request's budget allows.</exception>
    ValueTask<RecordBatch?> NextAsync(CancellationToken cancellationToken);

    /// <summary>The streams met so far; empty for spans.</summary>
    StreamDictionary Streams { get; }

    /// <summary>What the scan has cost so far.</summary>
    ScanStatistics Statistics { get; }
}

/// <summary>The labels of the streams that a scan has met, by the scan's own stream numbers.</summary>
public sealed class StreamDictionary
{
    private readonly List<LabelId[]> _labels = [];

    /// <summary>How many streams the scan has met.</summary>
    public int Count => _labels.Count;

    /// <summary>The labels of a stream, ordered by the bytes of their names.</summary>
    public ReadOnlySpan<LabelId> LabelsOf(int stream) => _labels[stream];

    /// <summary>Adds a stream and returns its number.</summary>
    public int Add(LabelId[] labels)
    {
        _labels.Add(labels);
        return _labels.Count - 1;
    }
}
