using Triptych.Columnar.Rows;
using Triptych.Primitives.Memory;
using Triptych.Query.Budgets;
using Triptych.TraceQL.Planning;

namespace Triptych.TraceQL.Functions;

/// <summary>What is done with each span that a pipeline leaves; the number is the span's in its trace.</summary>
internal delegate void SpanVisitor(UInt128 traceId, TraceView trace, int span);

/// <summary>
/// Runs a metrics query's pipeline over assembled traces, a chunk of them at a time, and visits each span that it leaves and that starts in the
/// range. The pipeline is that of a search; here no limit ends it.
/// </summary>
internal sealed class TraceWalk(MetricsPlan plan, StepBins bins, QueryContext context)
{
    private const int FirstChunk = 256;
    private const int MaxChunk = 16_384;

    // Spans that a chunk should hold at most, going by the traces before it.
    private const int SpansPerChunk = 500_000;

    private readonly FieldCatalog _catalog = new();
    private readonly List<StageNode> _stages = [];

    /// <summary>Compiles what the query reads; before <see cref="RunAsync"/>.</summary>
    public FieldCompiler Compile()
    {
        _stages.AddRange(new PipelineCompiler(_catalog, context.Symbols).Compile(plan.Stages));
        return new FieldCompiler(_catalog, context.Symbols);
    }

    /// <summary>Visits the spans. Spans of one trace come together, earliest first.</summary>
    public async ValueTask RunAsync(ISpanSource source, MemoryBudget budget, SpanVisitor visit)
    {
        var candidates = CandidatePlanner.Plan(plan.Stages);
        if (candidates.Condition.IsNothing)
        {
            return;
        }

        using var table = new SpanTable(_catalog, context, budget);
        var loader = new TraceLoader(source, context, budget);
        await using var scan = await CandidateScan.OpenAsync(source, candidates, bins.MinUnixNanos, bins.MaxUnixNanos, context);
        var chunk = FirstChunk;
        while (await scan.NextAsync(chunk) is { Count: > 0 } traces)
        {
            using var loaded = await loader.LoadAsync(traces, table);
            for (var i = 0; i < traces.Count; i++)
            {
                context.Tick();
                foreach (var trace in loaded.Views(i))
                {
                    Visit(traces[i].TraceId, trace, visit);
                }

                scan.MarkLoaded(traces[i].TraceId, loaded.FirstStartOf(i));
            }

            var spansPerTrace = Math.Max(1, table.Count / traces.Count);
            chunk = Math.Clamp(Math.Min(chunk * 4, SpansPerChunk / spansPerTrace), 1, MaxChunk);
        }

        scan.Cost.AddTo(context);
    }

    private void Visit(UInt128 traceId, TraceView trace, SpanVisitor visit)
    {
        if (_catalog.OfTrace is not null)
        {
            trace.FillTraceFields();
        }

        foreach (var spanset in StageNode.Run(_stages, trace, [Spanset.Whole(trace)]))
        {
            foreach (var span in spanset.Spans)
            {
                if (bins.Contains(trace[span].StartUnixNanos))
                {
                    visit(traceId, trace, span);
                }
            }
        }
    }
}
