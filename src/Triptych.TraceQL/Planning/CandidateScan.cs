using System.Buffers.Binary;
using Triptych.Columnar.Rows;
using Triptych.Query.Budgets;

namespace Triptych.TraceQL.Planning;

/// <summary>A trace that may be in the answer, with the times of the spans that made it a candidate.</summary>
internal readonly record struct CandidateTrace(UInt128 TraceId, long MinUnixNanos, long MaxUnixNanos);

/// <summary>
/// The first scan of a search: traces that have a span for the candidate condition, newest such span first, each once. It keeps
/// its place between calls, so that a search reads no further than its limit needs.
/// </summary>
internal sealed class CandidateScan : IAsyncDisposable
{
    private const int BytesPerTrace = 48;

    private readonly IRowScan _scan;
    private readonly QueryContext _context;
    private readonly HashSet<UInt128> _seen = [];
    private RecordBatch? _batch;
    private int _row;
    private bool _ended;

    private CandidateScan(IRowScan scan, QueryContext context)
    {
        _scan = scan;
        _context = context;
    }

    /// <summary>Rows that satisfied the condition so far.</summary>
    public long RowsMatched { get; private set; }

    public ScanCost Cost => new(_scan.Statistics);

    public static async ValueTask<CandidateScan> OpenAsync(
        ISpanSource source, LoweredPredicate predicate, long startUnixNanos, long endUnixNanos, QueryContext context)
    {
        var scan = await source.OpenAsync(
            new RowScanRequest
            {
                Tenant = context.Tenant,
                MinTimeUnixNanos = startUnixNanos,
                MaxTimeUnixNanos = endUnixNanos,
                Symbols = context.Symbols,
                Budget = context.Memory,
                Projection = [SpanColumns.TraceId, SpanColumns.StartUnixNanos],
                Predicate = predicate.ForScan,
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

    public ValueTask DisposeAsync()
    {
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
            if (_seen.Add(id))
            {
                _context.Charge(BytesPerTrace);
                numbers[id] = candidates.Count;
                candidates.Add(new CandidateTrace(id, starts[_row], starts[_row]));
            }
            else if (numbers.TryGetValue(id, out var number))
            {
                candidates[number] = candidates[number] with { MinUnixNanos = Math.Min(candidates[number].MinUnixNanos, starts[_row]) };
            }
        }
    }
}
