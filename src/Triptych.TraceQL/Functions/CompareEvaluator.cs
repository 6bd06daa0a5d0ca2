using System.Buffers.Binary;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Predicates;
using Triptych.Model.Attributes;
using Triptych.Primitives.Memory;
using Triptych.Query.Budgets;
using Triptych.TraceQL.Planning;
using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Functions;

/// <summary>
/// <c>compare({ … })</c>: spans that the pipeline leaves are the selection where they satisfy the condition (and start in its window), else the
/// baseline; for each attribute the most frequent values of either are told step by step, with the totals of both.
/// One scan counts; where only whole traces tell which spans count, another goes before it.
/// </summary>
internal sealed class CompareEvaluator(MetricsPlan plan, CompareFunction function, TraceMetricsRequest request, QueryContext context)
{
    private const string MetaType = "__meta_type";
    private const string MetaError = "__meta_error";

    // Beyond this a scan that looks at all traces and skips those that are not wanted is cheaper than one by id.
    private const int MaxIdsOfScan = 16_384;
    private const long BytesPerSpan = 64;
    private const long BytesPerRoot = 56;

    private static readonly HashSet<ReadOnlyMemory<byte>> NoParent = new(BytesComparer.Instance) { new byte[8] };

    private readonly StepBins _bins = new(request);
    private readonly Dictionary<UInt128, (int Name, int Service)> _roots = [];
    private Dictionary<(UInt128 Trace, ulong Span, byte Kind), bool>? _chosen;

    public async ValueTask<TraceMetricsResult> RunAsync(ISpanSource source, SpanIdentityPool identities, MemoryBudget budget)
    {
        var exemplars = new ExemplarPicker(plan.ExemplarsOf(request), _bins);
        using var tallies = new CompareTallies(context);
        var seen = identities.Rent();
        try
        {
            if (plan.NeedsTraces)
            {
                await ChooseAsync(source, budget);
            }

            await ReadRootsAsync(source);
            await ScanAsync(source, tallies, exemplars, seen, budget);
            return Build(tallies, exemplars);
        }
        finally
        {
            identities.Return(seen);
            context.Release((_roots.Count * BytesPerRoot) + ((_chosen?.Count ?? 0) * BytesPerSpan));
        }
    }

    /// <summary>Decides on each span with its whole trace: which count, and on which side.</summary>
    private async ValueTask ChooseAsync(ISpanSource source, MemoryBudget budget)
    {
        var chosen = _chosen = [];
        var walk = new TraceWalk(plan, _bins, context);
        var compiler = walk.Compile();
        var selection = function.Selection.Condition is { } condition ? compiler.Compile(condition) : null;
        await walk.RunAsync(source, budget, (traceId, trace, span) =>
        {
            ref var row = ref trace[span];
            var isSelection = IsInWindow(row.StartUnixNanos) && (selection is null || selection.Holds(trace.Table, trace.RowOf(span)));
            if (chosen.TryAdd((traceId, row.SpanId, row.Kind), isSelection))
            {
                context.Charge(BytesPerSpan);
            }
        });
    }

    private async ValueTask ReadRootsAsync(ISpanSource source)
    {
        await using var scan = await source.OpenAsync(
            Scan(
                [SpanColumns.TraceId, SpanColumns.Name, SpanColumns.ServiceName],
                new RowPredicate.IdIn(SpanColumns.ParentSpanId, NoParent),
                TraceLoader.Before(_bins.MinUnixNanos, TraceLoader.ReachNanos),
                TraceLoader.After(_bins.MaxUnixNanos, TraceLoader.ReachNanos)),
            context.CancellationToken);
        using var followed = context.Follow(scan.Statistics);
        while (await scan.NextAsync(context.CancellationToken) is { } batch)
        {
            context.Tick();
            for (var row = 0; row < batch.RowCount; row++)
            {
                var root = (batch.Column<SymbolColumn>(1)[row], batch.Column<SymbolColumn>(2)[row]);
                if (_roots.TryAdd(BinaryPrimitives.ReadUInt128BigEndian(batch.Column<FixedBytesColumn>(0)[row]), root))
                {
                    context.Charge(BytesPerRoot);
                }
            }
        }

        new ScanCost(scan.Statistics).AddTo(context);
    }

    private async ValueTask ScanAsync(
        ISpanSource source, CompareTallies tallies, ExemplarPicker exemplars, SpanIdentitySet seen, MemoryBudget budget)
    {
        List<ColumnRef> projection = [SpanColumns.TraceId, SpanColumns.SpanId, SpanColumns.Kind, SpanColumns.StartUnixNanos];
        var predicate = _chosen is null ? PredicateLowering.Lower(plan.Condition) : ChosenTraces();
        if (predicate.IsNothing)
        {
            return;
        }

        using var filter = _chosen is not null || predicate.IsExact || plan.Condition is null ? null : new RowFilter(plan.Condition, context, budget);
        using var selection = _chosen is not null || function.Selection.Condition is not { } condition
            ? null
            : new RowFilter(condition, context, budget);
        filter?.AddProjection(projection);
        selection?.AddProjection(projection);
        tallies.AddProjection(projection);
        await using var scan = await source.OpenAsync(
            Scan(projection, predicate.ForScan, _bins.MinUnixNanos, _bins.MaxUnixNanos), context.CancellationToken);
        using var followed = context.Follow(scan.Statistics);
        while (await scan.NextAsync(context.CancellationToken) is { } batch)
        {
            context.Tick();
            filter?.Load(batch);
            selection?.Load(batch);
            Count(batch, tallies, exemplars, filter, selection, seen);
        }

        new ScanCost(scan.Statistics).AddTo(context);
    }

    private void Count(
        RecordBatch batch, CompareTallies tallies, ExemplarPicker exemplars, RowFilter? filter, RowFilter? selection, SpanIdentitySet seen)
    {
        var traceIds = batch.Column<FixedBytesColumn>(0);
        var spanIds = batch.Column<FixedBytesColumn>(1);
        var kinds = batch.Column<Int64Column>(2).Values;
        var starts = batch.Column<Int64Column>(3).Values;
        Span<bool> counts = stackalloc bool[batch.RowCount];
        Span<bool> selected = stackalloc bool[batch.RowCount];
        for (var row = 0; row < counts.Length; row++)
        {
            if (_chosen is not null)
            {
                var identity = (BinaryPrimitives.ReadUInt128BigEndian(traceIds[row]), BinaryPrimitives.ReadUInt64BigEndian(spanIds[row]), (byte)kinds[row]);
                counts[row] = _chosen.TryGetValue(identity, out selected[row]);
                continue;
            }

            counts[row] = filter is null || filter.Holds(row);
            selected[row] = counts[row] && IsInWindow(starts[row]) && (selection is null || selection.Holds(row));
        }

        seen.AddNew(traceIds, spanIds, kinds, counts);
        for (var row = 0; row < counts.Length; row++)
        {
            if (!counts[row])
            {
                continue;
            }

            var traceId = BinaryPrimitives.ReadUInt128BigEndian(traceIds[row]);
            var root = _roots.GetValueOrDefault(traceId);
            tallies.Add(batch, row, selected[row], _bins.StepOf(starts[row]), root.Name, root.Service);
            foreach (var tally in tallies.Touched)
            {
                var side = selected[row] ? tally.Selection : tally.Baseline;
                if (exemplars.Wants(side, starts[row]))
                {
                    exemplars.Take(side, traceId, BinaryPrimitives.ReadUInt64BigEndian(spanIds[row]), starts[row], double.NaN);
                }
            }
        }
    }

    private bool IsInWindow(long startUnixNanos) =>
        function.EndUnixNanos == 0 || (startUnixNanos >= function.StartUnixNanos && startUnixNanos < function.EndUnixNanos);

    private LoweredPredicate ChosenTraces()
    {
        var ids = new HashSet<ReadOnlyMemory<byte>>(BytesComparer.Instance);
        foreach (var trace in _chosen!.Keys.Select(key => key.Trace).Distinct().Take(MaxIdsOfScan + 1))
        {
            var id = new byte[16];
            BinaryPrimitives.WriteUInt128BigEndian(id, trace);
            ids.Add(id);
        }

        return ids.Count switch
        {
            0 => LoweredPredicate.Nothing,
            > MaxIdsOfScan => LoweredPredicate.Everything,
            _ => LoweredPredicate.Exactly(new RowPredicate.IdIn(SpanColumns.TraceId, ids)),
        };
    }

    private RowScanRequest Scan(IReadOnlyList<ColumnRef> projection, RowPredicate? predicate, long min, long max) => new()
    {
        Tenant = context.Tenant,
        MinTimeUnixNanos = min,
        MaxTimeUnixNanos = max,
        Symbols = context.Symbols,
        Budget = context.Memory,
        Projection = projection,
        Predicate = predicate,
    };

    /// <summary>Attribute by attribute, so that an answer that is cut off tells whole ones.</summary>
    private TraceMetricsResult Build(CompareTallies tallies, ExemplarPicker exemplars)
    {
        var series = new List<TraceSeries>();
        var nil = AttributeValue.String("nil");
        foreach (var tally in tallies.All)
        {
            AddValues("baseline", tally.Name, tally.Baseline, series);
            AddValues("selection", tally.Name, tally.Selection, series);
            AddTotal("baseline_total", tally.Name, tally.Baseline);
            AddTotal("selection_total", tally.Name, tally.Selection);
            if (Math.Max(tally.Baseline.ByValue.Count, tally.Selection.ByValue.Count) > function.TopN)
            {
                // No samples: only that there is more than is told.
                series.Add(Series(MetaError, "__too_many_values__", tally.Name, nil, NoValues()));
            }
        }

        return SeriesBuilder.Limit(exemplars.Share(series), request, _bins);

        void AddTotal(string type, string name, ValueCounts side)
        {
            if (side.All.Total > 0)
            {
                var values = side.All.Values(_bins.Grid.Count);
                series.Add(Series(MetaType, type, name, nil, values) with
                {
                    Exemplars = [.. side.Picked.Select(span => span.ToExemplar(values[span.Step]))],
                });
            }
        }
    }

    private void AddValues(string type, string name, ValueCounts side, List<TraceSeries> series)
    {
        var top = side.ByValue
            .Select(entry => (Value: entry.Key.ToAttribute(context.Symbols, []), Counts: entry.Value))
            .OrderByDescending(entry => entry.Counts.Total)
            .ThenBy(entry => entry.Value.ToText(), StringComparer.Ordinal)
            .Take(function.TopN);
        foreach (var (value, counts) in top)
        {
            series.Add(Series(MetaType, type, name, value, counts.Values(_bins.Grid.Count)));
        }
    }

    private static TraceSeries Series(string metaKey, string meta, string name, AttributeValue value, double[] values) =>
        new([new(metaKey, AttributeValue.String(meta)), new(name, value)], values);

    private double[] NoValues()
    {
        var values = new double[_bins.Grid.Count];
        Array.Fill(values, double.NaN);
        return values;
    }
}
