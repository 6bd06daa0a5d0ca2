using System.Buffers.Binary;
using Triptych.Columnar.Rows;
using Triptych.Primitives.Memory;
using Triptych.Query;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;
using Triptych.TraceQL.Planning;
using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Functions;

/// <summary>
/// Runs a metrics plan. Where each span can be decided on by itself: one scan, in which each span adds to the accumulator of its group at its step; no
/// row is kept. Spans that came twice count once.
/// </summary>
internal sealed class MetricsEvaluator(MetricsPlan plan, MetricsAggregate function, TraceMetricsRequest request, QueryContext context)
{
    private const int KindColumn = 0;
    private const int TraceIdColumn = 1;
    private const int SpanIdColumn = 2;
    private const int StartColumn = 3;

    // Trace id, span id and kind tell spans that came twice.
    private const int IdentityColumns = 3;

    private readonly List<FieldValue[]> _lists = [];
    private readonly StepBins _bins = new(request);

    /// <summary>Runs a plan of any function.</summary>
    public static ValueTask<TraceMetricsResult> RunAsync(
        MetricsPlan plan, TraceMetricsRequest request, QueryContext context, ISpanSource source, SpanIdentityPool identities, MemoryBudget budget) =>
        plan.Function is MetricsAggregate aggregate
            ? new MetricsEvaluator(plan, aggregate, request, context).RunAsync(source, identities, budget)
            : new CompareEvaluator(plan, (CompareFunction)plan.Function, request, context).RunAsync(source, identities, budget);

    private async ValueTask<TraceMetricsResult> RunAsync(ISpanSource source, SpanIdentityPool identities, MemoryBudget budget)
    {
        var exemplars = new ExemplarPicker(plan.ExemplarsOf(request), _bins);
        using var groups = new GroupIndex(CreateAccumulator, context);
        if (plan.NeedsTraces)
        {
            await new AggregateSpans(plan, function, _bins, exemplars, context).RunAsync(source, groups, budget);
        }
        else
        {
            await ScanAsync(source, groups, exemplars, identities, budget);
        }

        return new SeriesBuilder(plan, function, request, _bins).Build(groups, exemplars, context.Symbols, _lists);
    }

    private StepAccumulator CreateAccumulator() => function.Kind switch
    {
        MetricsKind.Rate or MetricsKind.CountOverTime => new CountAccumulator(_bins.Grid.Count),
        MetricsKind.QuantileOverTime => new DistributionAccumulator(DistributionAccumulator.Fine, context),
        MetricsKind.HistogramOverTime => new DistributionAccumulator(DistributionAccumulator.PowersOfTwo, context),
        var kind => new NumberAccumulator(kind, _bins.Grid.Count),
    };

    private async ValueTask ScanAsync(
        ISpanSource source, GroupIndex groups, ExemplarPicker exemplars, SpanIdentityPool identities, MemoryBudget budget)
    {
        var predicate = PredicateLowering.Lower(plan.Condition);
        using var filter = predicate.IsExact || plan.Condition is null ? null : new RowFilter(plan.Condition, context, budget);
        if (predicate.IsNothing)
        {
            return;
        }

        var seen = identities.Rent();
        try
        {
            await ScanAsync(source, predicate, filter, groups, exemplars, seen);
        }
        finally
        {
            identities.Return(seen);
        }
    }

    private async ValueTask ScanAsync(
        ISpanSource source, LoweredPredicate predicate, RowFilter? filter, GroupIndex groups, ExemplarPicker exemplars, SpanIdentitySet seen)
    {
        List<ColumnRef> projection = [SpanColumns.Kind, SpanColumns.TraceId, SpanColumns.SpanId, SpanColumns.StartUnixNanos];
        var by = function.By.Select(field => Place(field, projection)).ToArray();
        (FieldReader Reader, int Column)? operand = function.Operand is { } field ? Place(field, projection) : null;
        filter?.AddProjection(projection, IdentityColumns);
        await using var scan = await source.OpenAsync(
            new RowScanRequest
            {
                Tenant = context.Tenant,
                MinTimeUnixNanos = _bins.MinUnixNanos,
                MaxTimeUnixNanos = _bins.MaxUnixNanos,
                Symbols = context.Symbols,
                Budget = context.Memory,
                Projection = projection,
                Predicate = predicate.ForScan,

                // Exemplars have the two ids.
                IdentityColumns = exemplars.IsIdle ? IdentityColumns : 1,
            },
            context.CancellationToken);
        using var followed = context.Follow(scan.Statistics);
        while (await scan.NextAsync(context.CancellationToken) is { } batch)
        {
            filter?.Load(batch);
            Accumulate(batch, by, operand, filter, groups, exemplars, seen);
        }

        new ScanCost(scan.Statistics).AddTo(context);
    }

    private (FieldReader Reader, int Column) Place(FieldReference field, List<ColumnRef> projection)
    {
        var reader = FieldReader.For(field, context.Symbols, _lists)
            ?? throw new InvalidOperationException($"the plan lets no {field} pass");
        var column = projection.IndexOf(reader.Column, IdentityColumns);
        if (column < 0)
        {
            column = projection.Count;
            projection.Add(reader.Column);
        }

        return (reader, column);
    }

    private void Accumulate(
        RecordBatch batch,
        (FieldReader Reader, int Column)[] by,
        (FieldReader Reader, int Column)? operand,
        RowFilter? filter,
        GroupIndex groups,
        ExemplarPicker exemplars,
        SpanIdentitySet seen)
    {
        var starts = batch.Column<Int64Column>(StartColumn).Values;
        Span<bool> selected = stackalloc bool[batch.RowCount];
        for (var row = 0; row < selected.Length; row++)
        {
            selected[row] = filter is null || filter.Holds(row);
        }

        if (batch.MayRepeat)
        {
            seen.AddNew(
                batch.Column<FixedBytesColumn>(TraceIdColumn),
                batch.Column<FixedBytesColumn>(SpanIdColumn),
                batch.Column<Int64Column>(KindColumn).Values,
                selected);
        }

        // A group by a text is found by its symbol, a query without groups has one: no values are made for the rows then.
        var symbols = by.Length == 1 && batch.Columns[by[0].Column] is SymbolColumn texts ? texts.Symbols : default;
        var only = by.Length == 0 ? groups.Find([]) : null;
        Span<FieldValue> group = stackalloc FieldValue[by.Length];
        for (var row = 0; row < selected.Length; row++)
        {
            if (!selected[row])
            {
                continue;
            }

            StepAccumulator accumulator;
            if (only is not null)
            {
                accumulator = only;
            }
            else if (!symbols.IsEmpty)
            {
                accumulator = groups.Find(symbols[row]);
            }
            else
            {
                for (var i = 0; i < by.Length; i++)
                {
                    group[i] = Single(by[i].Reader.Read(batch.Columns[by[i].Column], row, starts[row]));
                }

                accumulator = groups.Find(group);
            }

            var value = operand is { } read ? Single(read.Reader.Read(batch.Columns[read.Column], row, starts[row])) : FieldValue.Nil;
            accumulator.Add(_bins.StepOf(starts[row]), value);
            _lists.Clear();
            if ((operand is null || value.IsNumeric) && exemplars.Wants(accumulator, starts[row]))
            {
                var traceId = BinaryPrimitives.ReadUInt128BigEndian(batch.Column<FixedBytesColumn>(TraceIdColumn)[row]);
                var spanId = BinaryPrimitives.ReadUInt64BigEndian(batch.Column<FixedBytesColumn>(SpanIdColumn)[row]);
                exemplars.Take(accumulator, traceId, spanId, starts[row], StepAccumulator.NumberOf(value));
            }
        }
    }

    /// <summary>Groups and numbers are single values: of a list the first element counts.</summary>
    private FieldValue Single(FieldValue value) =>
        value.Kind != ValueKind.List ? value : _lists[(int)value.Bits] is [var first, ..] ? first : FieldValue.Nil;
}
