using System.Globalization;
using System.Runtime.InteropServices;
using Triptych.Columnar.Rows;
using Triptych.Model.Attributes;
using Triptych.Primitives.Memory;
using Triptych.Query.Budgets;
using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Planning;

/// <summary>
/// One search while it runs. 1. A scan finds candidate traces, newest first. 2. Chunks of them are loaded whole. 3. The compiled
/// pipeline decides on each assembled trace, exactly. 4. Until there are enough or no more candidates.
/// </summary>
internal sealed class TraceSearch
{
    private const int FirstChunk = 256;
    private const int MaxChunk = 16_384;

    private readonly QueryContext _context;
    private readonly TraceSearchRequest _request;
    private readonly FieldCatalog _catalog = new();
    private readonly List<StageNode> _stages;
    private readonly List<(string Key, FieldNode Node)> _shown = [];
    private readonly CandidatePlan _candidates;
    private readonly List<FoundTrace> _found = [];
    private readonly HashSet<UInt128> _foundIds = [];
    private readonly Dictionary<int, (int Spans, int Errors)> _services = [];
    private long _inspectedTraces;
    private long _inspectedSpans;

    public TraceSearch(TraceQLQuery query, TraceSearchRequest request, QueryContext context)
    {
        _context = context;
        _request = request;
        var compiler = new PipelineCompiler(_catalog, context.Symbols);
        _stages = compiler.Compile(query.Stages);
        _candidates = CandidatePlanner.Plan(query.Stages);
        foreach (var field in compiler.Shown)
        {
            _shown.Add((KeyOf(field), compiler.CompileField(field)));
        }
    }

    public async ValueTask<TraceSearchResult> RunAsync(ISpanSource source, MemoryBudget budget)
    {
        if (_candidates.Condition.IsNothing)
        {
            return new TraceSearchResult([], new SearchCost(0, 0, 0));
        }

        using var table = new SpanTable(_catalog, _context, budget);
        var loader = new TraceLoader(source, _context, budget);
        var told = 0;
        await using var scan = await CandidateScan.OpenAsync(source, _candidates, _request.StartUnixNanos, _request.EndUnixNanos, _context);
        for (var chunk = FirstChunk; _found.Count < _request.Limit; chunk = Math.Min(chunk * 4, MaxChunk))
        {
            // An exact condition needs no more candidates than are still wanted.
            var count = _candidates.Condition.IsExact ? Math.Min(_request.Limit - _found.Count, MaxChunk) : chunk;
            var candidates = await scan.NextAsync(count);
            if (candidates.Count == 0)
            {
                break;
            }

            using var loaded = await loader.LoadAsync(candidates, table);
            _inspectedSpans += table.Count;
            for (var i = 0; i < candidates.Count && _found.Count < _request.Limit; i++)
            {
                Evaluate(candidates[i].TraceId, loaded.Views(i));
                scan.MarkLoaded(candidates[i].TraceId, loaded.FirstStartOf(i));
            }

            if (_request.OnFound is { } tell && _found.Count > told)
            {
                await tell(new TraceSearchResult(_found.GetRange(told, _found.Count - told), Cost()));
                told = _found.Count;
            }
        }

        scan.Cost.AddTo(_context);
        _found.Sort((a, b) => b.StartUnixNanos.CompareTo(a.StartUnixNanos));
        return new TraceSearchResult(_found, Cost());
    }

    private SearchCost Cost() => new(_inspectedTraces, _inspectedSpans, _context.BytesRead);

    private void Evaluate(UInt128 traceId, IEnumerable<TraceView> traces)
    {
        foreach (var trace in traces)
        {
            _context.Tick();
            _inspectedTraces++;
            if (_catalog.OfTrace is not null)
            {
                trace.FillTraceFields();
            }

            var spansets = StageNode.Run(_stages, trace, [Spanset.Whole(trace)]);
            if (spansets.Exists(spanset => IsInRange(trace, spanset)) && _foundIds.Add(traceId))
            {
                _found.Add(Describe(traceId, trace, spansets));
                return;
            }
        }
    }

    /// <summary>A trace belongs to the range by a span that the query selects, whichever span it was found by.</summary>
    private bool IsInRange(TraceView trace, Spanset spanset)
    {
        foreach (var span in spanset.Spans)
        {
            if (trace[span].StartUnixNanos is var start && start >= _request.StartUnixNanos && start < _request.EndUnixNanos)
            {
                return true;
            }
        }

        return false;
    }

    private FoundTrace Describe(UInt128 traceId, TraceView trace, List<Spanset> spansets)
    {
        var symbols = _context.Symbols;
        var root = trace.Root;
        return new FoundTrace(
            traceId.ToString("x32", CultureInfo.InvariantCulture),
            root < 0 ? null : symbols.GetString(trace[root].Service),
            root < 0 ? null : symbols.GetString(trace[root].Name),
            trace.StartUnixNanos,
            trace.DurationNanos,
            [.. spansets.Select(spanset => Describe(trace, spanset))],
            Services(trace));
    }

    private FoundSpanset Describe(TraceView trace, Spanset spanset)
    {
        var told = Math.Min(spanset.Count, _request.SpansPerSpanset);
        var spans = new List<FoundSpan>(told);
        for (var i = 0; i < told; i++)
        {
            var span = spanset.Spans[i];
            ref var row = ref trace[span];
            spans.Add(new FoundSpan(
                row.SpanId.ToString("x16", CultureInfo.InvariantCulture),
                _context.Symbols.GetString(row.Name),
                row.StartUnixNanos,
                row.DurationNanos,
                ShownOf(trace, span)));
        }

        return new FoundSpanset(spanset.Count, spans, [.. spanset.Attributes.Select(a => KeyValuePair.Create(a.Key, Attribute(trace, a.Value)))]);
    }

    private List<KeyValuePair<string, AttributeValue>> ShownOf(TraceView trace, int span)
    {
        var shown = new List<KeyValuePair<string, AttributeValue>>(_shown.Count);
        foreach (var (key, node) in _shown)
        {
            var value = node.Evaluate(trace.Table, trace.RowOf(span));
            if (value.Kind != ValueKind.Nil)
            {
                shown.Add(new(key, Attribute(trace, value)));
            }
        }

        return shown;
    }

    private AttributeValue Attribute(TraceView trace, FieldValue value) => value.ToAttribute(_context.Symbols, trace.Table.Lists);

    private List<ServiceStats> Services(TraceView trace)
    {
        const byte Error = 2;
        _services.Clear();
        for (var span = 0; span < trace.Count; span++)
        {
            ref var row = ref trace[span];
            ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_services, row.Service, out _);
            count = (count.Spans + 1, count.Errors + (row.Status == Error ? 1 : 0));
        }

        var stats = new List<ServiceStats>(_services.Count);
        foreach (var (service, (spans, errors)) in _services)
        {
            stats.Add(new ServiceStats(_context.Symbols.GetString(service), spans, errors));
        }

        stats.Sort((a, b) => string.CompareOrdinal(a.Service, b.Service));
        return stats;
    }

    /// <summary>Attributes are told by their name without the scope, as Tempo does.</summary>
    private static string KeyOf(FieldReference field) => field is AttributeReference attribute ? attribute.Name : field.Written;
}
