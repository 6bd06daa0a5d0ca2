using Triptych.Columnar;
using Triptych.Columnar.Rows;
using Triptych.Model.Attributes;
using Triptych.Model.Traces;
using Triptych.Primitives.Memory;
using Triptych.Query.Budgets;
using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Planning;

/// <summary>The names of attributes, by scope: of all spans out of what the source knows anyway, of those that a filter leaves by a scan.</summary>
internal sealed class TagNameScan(TagNamesRequest request, QueryContext context)
{
    private readonly List<(string Name, AttributeScope Scope, HashSet<int> Keys)> _scopes =
    [
        .. TagCatalog.AttributeScopes
            .Where(scope => request.IsAllScopes || scope.Name == request.Scope)
            .Select(scope => (scope.Name, scope.Scope, new HashSet<int>())),
    ];

    public async ValueTask<List<TagScope>> RunAsync(ISpanSource source, MemoryBudget budget)
    {
        var condition = LenientFilter.Parse(request.Query);
        if (condition is null)
        {
            return await ListAsync(source, budget);
        }

        var predicate = PredicateLowering.Lower(condition);
        if (!predicate.IsNothing && _scopes.Count > 0)
        {
            await ScanAsync(source, condition, predicate, budget);
        }

        return [.. _scopes.Select(scope => new TagScope(
            scope.Name, [.. scope.Keys.Select(key => context.Symbols.GetString(key)).Order(StringComparer.Ordinal)]))];
    }

    private async ValueTask<List<TagScope>> ListAsync(ISpanSource source, MemoryBudget budget)
    {
        var scopes = new List<TagScope>();
        var statistics = new ScanStatistics();
        foreach (var (name, attributes, _) in _scopes)
        {
            var lookup = new AttributeLookup(context.Tenant, attributes, request.StartUnixNanos, request.EndUnixNanos) { Budget = budget };
            scopes.Add(new TagScope(name, await source.AttributeNamesAsync(lookup, statistics, context.CancellationToken)));
        }

        context.Add(statistics);
        return scopes;
    }

    private async ValueTask ScanAsync(ISpanSource source, FieldExpression condition, LoweredPredicate predicate, MemoryBudget budget)
    {
        using var owned = predicate.IsExact ? null : new RowFilter(condition, context, budget);
        // Suggestions do not wait for traces to be assembled: such a condition only narrows as far as the scan can.
        var filter = owned?.OfTrace is null ? owned : null;
        List<ColumnRef> projection = [.. _scopes.Select(scope => ColumnOf(scope.Scope))];
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
            },
            context.CancellationToken);
        using var followed = context.Follow(scan.Statistics);
        while (await scan.NextAsync(context.CancellationToken) is { } batch)
        {
            context.Tick();
            filter?.Load(batch);
            for (var row = 0; row < batch.RowCount; row++)
            {
                if (filter is not null && !filter.Holds(row))
                {
                    continue;
                }

                for (var i = 0; i < _scopes.Count; i++)
                {
                    Collect(_scopes[i].Scope, batch.Column<BytesColumn>(i)[row], _scopes[i].Keys);
                }
            }
        }

        new ScanCost(scan.Statistics).AddTo(context);
    }

    private void Collect(AttributeScope scope, ReadOnlySpan<byte> bytes, HashSet<int> keys)
    {
        switch (scope)
        {
            case AttributeScope.Event:
                var events = new SpanEventReader(bytes);
                while (events.TryRead())
                {
                    AddKeys(events.Attributes, keys);
                }

                break;
            case AttributeScope.Link:
                var links = new SpanLinkReader(bytes);
                while (links.TryRead())
                {
                    AddKeys(links.Attributes, keys);
                }

                break;
            default:
                AddKeys(bytes, keys);
                break;
        }
    }

    private void AddKeys(ReadOnlySpan<byte> set, HashSet<int> keys)
    {
        var attributes = new AttributeReader(set);
        while (attributes.TryRead())
        {
            keys.Add(context.Symbols.Intern(attributes.Key));
        }
    }

    private static ColumnRef ColumnOf(AttributeScope scope) => scope switch
    {
        AttributeScope.Event => SpanColumns.Events,
        AttributeScope.Link => SpanColumns.Links,
        AttributeScope.Resource => SpanColumns.ResourceAttributes,
        AttributeScope.Instrumentation => SpanColumns.ScopeAttributes,
        _ => SpanColumns.SpanAttributes,
    };
}
