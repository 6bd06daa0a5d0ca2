using Triptych.Columnar.Rows;
using Triptych.Primitives.Memory;
using Triptych.Query;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;
using Triptych.TraceQL.Planning;
using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Functions;

/// <summary>
/// Runs a metrics plan: one scan, in which each span adds to the accumulator of its group at its step; no row is kept. Spans that came twice count once.
/// </summary>
internal sealed class MetricsEvaluator(MetricsPlan plan, TraceMetricsRequest request, QueryContext context)
{
    private const int TraceIdColumn = 0;
    private const int SpanIdColumn = 1;
    private const int KindColumn = 2;
    private const int StartColumn = 3;

    private readonly List<FieldValue[]> _lists = [];
    private readonly StepGrid _grid = request.StepNanos == 0 ? StepGrid.Instant(request.EndUnixNanos) : GridOf(request);
    private readonly bool _isInstant = request.StepNanos == 0;
    private int _bin;
    private long _binAfter = long.MaxValue / 2;

    /// <summary>How many steps a request has, before a grid is made of it.</summary>
    public static Int128 StepCount(TraceMetricsRequest request) =>
        request.StepNanos == 0 ? 1 : (((Int128)CeilingOf(request) - FloorOf(request)) / request.StepNanos) + 1;

    public async ValueTask<QueryResult<TraceMetricsResult>> RunAsync(ISpanSource source, SpanIdentityPool identities, MemoryBudget budget)
    {
        var predicate = PredicateLowering.Lower(plan.Condition);
        using var filter = predicate.IsExact || plan.Condition is null ? null : new RowFilter(plan.Condition, context, budget);
        if (filter?.OfTrace is { } ofTrace)
        {
            return MetricsPlan.NotEvaluated($"a metrics function over a filter by {ofTrace}, which only a whole trace has,", plan.Condition!.Position);
        }

        using var groups = new GroupIndex(CreateAccumulator, context);
        if (!predicate.IsNothing)
        {
            var seen = identities.Rent();
            try
            {
                await ScanAsync(source, predicate, filter, groups, seen);
            }
            finally
            {
                identities.Return(seen);
            }
        }

        return SeriesBuilder.Build(plan, request, _grid, _isInstant, groups, context.Symbols, _lists);
    }

    private StepAccumulator CreateAccumulator() => plan.Function.Kind switch
    {
        MetricsKind.Rate or MetricsKind.CountOverTime => new CountAccumulator(_grid.Count),
        MetricsKind.QuantileOverTime => new DistributionAccumulator(DistributionAccumulator.Fine, context),
        MetricsKind.HistogramOverTime => new DistributionAccumulator(DistributionAccumulator.PowersOfTwo, context),
        var kind => new NumberAccumulator(kind, _grid.Count),
    };

    private async ValueTask ScanAsync(ISpanSource source, LoweredPredicate predicate, RowFilter? filter, GroupIndex groups, SpanIdentitySet seen)
    {
        List<ColumnRef> projection = [SpanColumns.TraceId, SpanColumns.SpanId, SpanColumns.Kind, SpanColumns.StartUnixNanos];
        var by = plan.Function.By.Select(field => Place(field, projection)).ToArray();
        (FieldReader Reader, int Column)? operand = plan.Function.Operand is { } field ? Place(field, projection) : null;
        filter?.AddProjection(projection);
        await using var scan = await source.OpenAsync(
            new RowScanRequest
            {
                Tenant = context.Tenant,
                MinTimeUnixNanos = _isInstant ? request.StartUnixNanos : _grid.Start - _grid.Step + 1,
                MaxTimeUnixNanos = _isInstant ? request.EndUnixNanos : _grid.End + 1,
                Symbols = context.Symbols,
                Budget = context.Memory,
                Projection = projection,
                Predicate = predicate.ForScan,
            },
            context.CancellationToken);
        while (await scan.NextAsync(context.CancellationToken) is { } batch)
        {
            filter?.Load(batch);
            Accumulate(batch, by, operand, filter, groups, seen);
        }

        new ScanCost(scan.Statistics).AddTo(context);
    }

    private (FieldReader Reader, int Column) Place(FieldReference field, List<ColumnRef> projection)
    {
        var reader = FieldReader.For(field, context.Symbols, _lists)
            ?? throw new InvalidOperationException($"the plan lets no {field} pass");
        var column = projection.IndexOf(reader.Column);
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
        SpanIdentitySet seen)
    {
        var starts = batch.Column<Int64Column>(StartColumn).Values;
        Span<bool> selected = stackalloc bool[batch.RowCount];
        for (var row = 0; row < selected.Length; row++)
        {
            selected[row] = filter is null || filter.Holds(row);
        }

        seen.AddNew(
            batch.Column<FixedBytesColumn>(TraceIdColumn),
            batch.Column<FixedBytesColumn>(SpanIdColumn),
            batch.Column<Int64Column>(KindColumn).Values,
            selected);

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
            accumulator.Add(StepOf(starts[row]), value);
            _lists.Clear();
        }
    }

    /// <summary>Groups and numbers are single values: of a list the first element counts.</summary>
    private FieldValue Single(FieldValue value) =>
        value.Kind != ValueKind.List ? value : _lists[(int)value.Bits] is [var first, ..] ? first : FieldValue.Nil;

    /// <summary>The step whose bin a time is in. Scans come in slices of time, so the last answer mostly holds again.</summary>
    private int StepOf(long startUnixNanos)
    {
        if (_isInstant || (startUnixNanos > _binAfter && startUnixNanos <= _binAfter + _grid.Step))
        {
            return _bin;
        }

        _bin = (int)((startUnixNanos - _grid.Start + _grid.Step - 1) / _grid.Step);
        _binAfter = _grid.Start + ((_bin - 1) * _grid.Step);
        return _bin;
    }

    private static StepGrid GridOf(TraceMetricsRequest request) => StepGrid.Range(FloorOf(request), CeilingOf(request), request.StepNanos);

    private static long FloorOf(TraceMetricsRequest request) => request.StartUnixNanos / request.StepNanos * request.StepNanos;

    private static long CeilingOf(TraceMetricsRequest request)
    {
        var floor = request.EndUnixNanos / request.StepNanos * request.StepNanos;
        return floor == request.EndUnixNanos ? floor : floor + request.StepNanos;
    }
}
