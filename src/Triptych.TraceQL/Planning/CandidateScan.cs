using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Triptych.Columnar.Rows;
using Triptych.Query.Budgets;

namespace Triptych.TraceQL.Planning;

/// <summary>An id whose traces may be in the answer, with the first and last start of the spans that made it a candidate.</summary>
internal readonly record struct CandidateTrace(UInt128 TraceId, long MinUnixNanos, long MaxUnixNanos);

/// <summary>
/// The first scan of a search: ids of traces that have a span for the candidate condition, newest such span first, each once unless
/// it has spans before those that were loaded of it (<see cref="MarkLoaded"/>). It keeps its place between calls, so that a search reads no
/// further than its limit needs.
/// </summary>
internal sealed class CandidateScan : IAsyncDisposable
{
    private const int BytesPerTrace = 56;

    private readonly IRowScan _scan;
    private readonly QueryContext _context;
    // From which start on an id is loaded; all of it while it is a candidate.
    private readonly Dictionary<UInt128, long> _seen = [];
    private RecordBatch? _batch;
    private readonly FollowedScan _followed;
    private int _row;
    private bool _ended;

    private CandidateScan(IRowScan scan, QueryContext context)
    {
        _scan = scan;
        _context = context;
        _followed = context.Follow(scan.Statistics);
    }

    /// <summary>Rows that satisfied the condition so far.</summary>
    public long RowsMatched { get; private set; }

    public ScanCost Cost => new(_scan.Statistics);

    /// <summary>Traces that may have a span which the pipeline selects and which starts in the range, the end exclusive.</summary>
    public static async ValueTask<CandidateScan> OpenAsync(
        ISpanSource source, CandidatePlan plan, long startUnixNanos, long endUnixNanos, QueryContext context)
    {
        var reach = plan.ReadsBeyondRange ? TraceLoader.ReachNanos : 0;
        var scan = await source.OpenAsync(
            new RowScanRequest
            {
                Tenant = context.Tenant,
                MinTimeUnixNanos = TraceLoader.Before(startUnixNanos, reach),
                MaxTimeUnixNanos = TraceLoader.After(endUnixNanos, reach),
                Symbols = context.Symbols,
                Budget = context.Memory,
                Projection = [SpanColumns.TraceId, SpanColumns.StartUnixNanos],
                Predicate = plan.Condition.ForScan,
                Order = RowOrder.TimeDescending,
            },
            context.CancellationToken);
        return new CandidateScan(scan, context);
    }

    /// <summary>Up to so many more traces; fewer only at the end.</summary>
    public async ValueTask<List<CandidateTrace>> NextAsync(int count)
    {
        var candidates = new List<CandidateTrace>();
        var numbers = new Dictionary<UInt128, int>();
        while (candidates.Count < count && !_ended)
        {
            if (_batch is null || _row == _batch.RowCount)
            {
                _batch = await _scan.NextAsync(_context.CancellationToken);
                _row = 0;
                _ended = _batch is null;
                continue;
            }

            TakeRows(_batch, count, candidates, numbers);
        }

        return candidates;
    }

    /// <summary>Spans of the id that start earlier make it a candidate again.</summary>
    public void MarkLoaded(UInt128 traceId, long firstStartUnixNanos) => _seen[traceId] = firstStartUnixNanos;

    public ValueTask DisposeAsync()
    {
        _followed.Dispose();
        _context.Release((long)_seen.Count * BytesPerTrace);
        return _scan.DisposeAsync();
    }

    private void TakeRows(RecordBatch batch, int count, List<CandidateTrace> candidates, Dictionary<UInt128, int> numbers)
    {
        var ids = batch.Column<FixedBytesColumn>(0);
        var starts = batch.Column<Int64Column>(1).Values;
        for (; _row < batch.RowCount && candidates.Count < count; _row++)
        {
            RowsMatched++;
            var id = BinaryPrimitives.ReadUInt128BigEndian(ids[_row]);
            var start = starts[_row];
            if (numbers.TryGetValue(id, out var number))
            {
                ref readonly var known = ref CollectionsMarshal.AsSpan(candidates)[number];
                candidates[number] = new CandidateTrace(id, Math.Min(known.MinUnixNanos, start), Math.Max(known.MaxUnixNanos, start));
                continue;
            }

            ref var loadedFrom = ref CollectionsMarshal.GetValueRefOrAddDefault(_seen, id, out var isKnown);
            if (isKnown && start >= loadedFrom)
            {
                continue;
            }

            if (!isKnown)
            {
                _context.Charge(BytesPerTrace);
            }

            loadedFrom = long.MinValue;
            numbers[id] = candidates.Count;
            candidates.Add(new CandidateTrace(id, start, start));
        }
    }
}
