using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Primitives.Memory;
using Triptych.Query.Budgets;
using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Planning;

/// <summary>Collects the distinct values of one field over the spans that satisfy a filter.</summary>
internal sealed class TagValueScan(TagValuesRequest request, QueryContext context)
{
    private readonly HashSet<FieldValue> _values = [];
    private readonly List<FieldValue[]> _lists = [];
    private bool[] _seenSymbols = [];

    public async ValueTask<TagValues> RunAsync(ISpanSource source, MemoryBudget budget)
    {
        var field = TagCatalog.Parse(request.Tag);
        if (TagCatalog.Keywords(field) is { } keywords)
        {
            return new TagValues(keywords, IsTruncated: false);
        }

        var predicate = LoweredPredicate.Everything;
        if (field is IntrinsicReference { Intrinsic: Intrinsic.RootName or Intrinsic.RootServiceName } ofRoot)
        {
            // What the root says is read from the roots.
            predicate = PredicateLowering.Lower(
                ((SpansetFilter)((SpansetStage)TraceQLParser.Parse("{ nestedSetParent < 0 }").Query!.Stages[0]).Expression).Condition);
            field = ofRoot.Intrinsic == Intrinsic.RootName
                ? new IntrinsicReference(Intrinsic.Name, "name")
                : new AttributeReference(FieldScope.Resource, "service.name", OfParent: false);
        }

        if (!IsListed(field) || FieldReader.For(field, context.Symbols, _lists) is not { } reader)
        {
            return new TagValues([], IsTruncated: false);
        }

        var condition = LenientFilter.Parse(request.Query);
        predicate = predicate.And(PredicateLowering.Lower(condition)).And(LoweredPredicate.Exactly(new RowPredicate.Exists(reader.Column)));
        if (!predicate.IsNothing)
        {
            await ScanAsync(source, reader, condition, predicate, budget);
        }

        return Answer();
    }

    /// <summary>Times and ids differ in each span; nobody picks them from a list.</summary>
    private static bool IsListed(FieldReference field) => field is AttributeReference or IntrinsicReference
    {
        Intrinsic: Intrinsic.Name or Intrinsic.StatusMessage or Intrinsic.EventName or Intrinsic.InstrumentationName or Intrinsic.InstrumentationVersion
    };

    private async ValueTask ScanAsync(
        ISpanSource source, FieldReader reader, FieldExpression? condition, LoweredPredicate predicate, MemoryBudget budget)
    {
        var filter = predicate.IsExact || condition is null ? null : new RowFilter(condition, context, budget);
        using var owned = filter;
        if (filter?.OfTrace is not null)
        {
            // Suggestions do not wait for traces to be assembled: such a condition only narrows as far as the scan can.
            filter = null;
        }

        List<ColumnRef> projection = [reader.Column];
        filter?.AddProjection(projection);
        await using var scan = await source.OpenAsync(
            new RowScanRequest
            {
                Tenant = context.Tenant,
                MinTimeUnixNanos = request.StartUnixNanos,
                MaxTimeUnixNanos = request.EndUnixNanos,
                Symbols = context.Symbols,
                Budget = context.Memory,
                Projection = projection,
                Predicate = predicate.ForScan,
                OnlyDistinct = true,
            },
            context.CancellationToken);
        using var followed = context.Follow(scan.Statistics);
        while (_values.Count <= request.Limit && await scan.NextAsync(context.CancellationToken) is { } batch)
        {
            filter?.Load(batch);
            Collect(batch.Columns[0], batch.RowCount, reader, filter);
        }

        new ScanCost(scan.Statistics).AddTo(context);
    }

    private void Collect(Column column, int rowCount, FieldReader reader, RowFilter? filter)
    {
        _lists.Clear();
        if (column is SymbolColumn texts && filter is null)
        {
            foreach (var symbol in texts.Symbols)
            {
                AddSymbol(symbol);
            }

            return;
        }

        for (var row = 0; row < rowCount; row++)
        {
            if (filter is not null && !filter.Holds(row))
            {
                continue;
            }

            if (column is SymbolColumn symbols)
            {
                AddSymbol(symbols[row]);
                continue;
            }

            var value = reader.Read(column, row, 0);
            if (value.Kind == ValueKind.List)
            {
                foreach (var element in _lists[(int)value.Bits])
                {
                    _values.Add(element);
                }
            }
            else if (value.Kind != ValueKind.Nil)
            {
                _values.Add(value);
            }
        }
    }

    private void AddSymbol(int symbol)
    {
        if (symbol >= _seenSymbols.Length)
        {
            Array.Resize(ref _seenSymbols, Math.Max(symbol + 1, Math.Max(256, _seenSymbols.Length * 2)));
        }

        if (!_seenSymbols[symbol] && symbol != 0)
        {
            _seenSymbols[symbol] = true;
            _values.Add(FieldValue.OfSymbol(symbol));
        }
    }

    private TagValues Answer()
    {
        var values = _values.Select(value => new TagValue(TypeOf(value.Kind), value.ToAttribute(context.Symbols, _lists).ToText()))
            .Where(value => value.Value.Length > 0)
            .OrderBy(value => value.Value, StringComparer.Ordinal)
            .ThenBy(value => value.Type, StringComparer.Ordinal)
            .ToList();
        var isTruncated = values.Count > request.Limit;
        return new TagValues(isTruncated ? values.GetRange(0, request.Limit) : values, isTruncated);
    }

    private static string TypeOf(ValueKind kind) => kind switch
    {
        ValueKind.Integer => "int",
        ValueKind.Float => "float",
        ValueKind.Boolean => "bool",
        ValueKind.Duration => "duration",
        ValueKind.Status or ValueKind.Kind => "keyword",
        _ => "string",
    };
}
