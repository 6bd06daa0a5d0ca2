using System.Text;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Model.Attributes;
using Triptych.Primitives.Memory;
using Triptych.Traces.Block;
using Triptych.Traces.Head;

namespace Triptych.Traces.Scan;

/// <summary>What the units of one head share: the view, and what was looked up in its tables for one scan.</summary>
internal sealed class HeadSource(SpanView view, ScanPlan plan)
{
    private readonly Dictionary<ColumnRef, SetLookup> _attributes = [];
    private SymbolLookup? _names;
    private SymbolLookup? _services;
    private SymbolLookup? _scopeNames;
    private SymbolLookup? _scopeVersions;

    /// <summary>The spans.</summary>
    public SpanView View => view;

    /// <summary>The units of the head that meet the plan's range.</summary>
    public IEnumerable<SpanUnit> Units(NativeList<int>? traceRows)
    {
        if (traceRows is not null)
        {
            // Rows found through the trace index, ascending: the chunks that have one.
            for (var i = 0; i < traceRows.Count;)
            {
                var chunk = traceRows[i] / TenantSpans.ChunkRows;
                var end = i;
                while (end < traceRows.Count && traceRows[end] / TenantSpans.ChunkRows == chunk) end++;
                var range = view.Chunks[chunk];
                if (IsWanted(range)) yield return new HeadUnit(this, range, traceRows.Span[i..end].ToArray(), 0, 0);
                i = end;
            }

            yield break;
        }

        for (var chunk = 0; chunk * TenantSpans.ChunkRows < view.Count; chunk++)
        {
            var first = chunk * TenantSpans.ChunkRows;
            if (IsWanted(view.Chunks[chunk])) yield return new HeadUnit(this, view.Chunks[chunk], null, first, Math.Min(TenantSpans.ChunkRows, view.Count - first));
        }
    }

    /// <summary>An attribute of resources or scopes.</summary>
    public SetLookup Attribute(ColumnRef reference, bool ofScope)
    {
        if (!_attributes.TryGetValue(reference, out var lookup))
            _attributes[reference] = lookup = new SetLookup(ofScope ? view.Scopes : view.Resources, ofScope ? 2 : 1, reference.Key!);
        return lookup;
    }

    /// <summary>The symbol of a span's name.</summary>
    public int NameOf(int name)
    {
        var lookup = _names ??= new SymbolLookup(plan.Request.Symbols, view.Names.Count);
        return lookup.TryGet(name, out var symbol) ? symbol : lookup.Set(name, view.Names[name]);
    }

    /// <summary>The symbol of a resource's service.</summary>
    public int ServiceOf(int resource)
    {
        var lookup = _services ??= new SymbolLookup(plan.Request.Symbols, view.Resources.Count);
        return lookup.TryGet(resource, out var symbol) ? symbol : lookup.Set(resource, SetItem.FirstText(view.Resources[resource]));
    }

    /// <summary>The symbol of a scope's name.</summary>
    public int ScopeNameOf(int scope)
    {
        var lookup = _scopeNames ??= new SymbolLookup(plan.Request.Symbols, view.Scopes.Count);
        return lookup.TryGet(scope, out var symbol) ? symbol : lookup.Set(scope, SetItem.FirstText(view.Scopes[scope]));
    }

    /// <summary>The symbol of a scope's version.</summary>
    public int ScopeVersionOf(int scope)
    {
        var lookup = _scopeVersions ??= new SymbolLookup(plan.Request.Symbols, view.Scopes.Count);
        return lookup.TryGet(scope, out var symbol) ? symbol : lookup.Set(scope, SetItem.SecondText(view.Scopes[scope]));
    }

    private bool IsWanted(StartRange range) => range.Min < plan.Request.MaxTimeUnixNanos && range.Max >= plan.Request.MinTimeUnixNanos;
}

/// <summary>A chunk of a head's rows, or some of them.</summary>
internal sealed class HeadUnit(HeadSource source, StartRange range, int[]? rows, int first, int count) : SpanUnit(range.Min, range.Max)
{
    /// <inheritdoc/>
    public override object Source => source;

    /// <inheritdoc/>
    public override ValueTask<LoadedRows> LoadAsync(
        ScanPlan plan, ColumnRef[] columns, NativeList<int> wanted, SymbolTable symbols, CancellationToken cancellationToken) =>
        ValueTask.FromResult<LoadedRows>(new HeadRows(source, columns, wanted));

    /// <inheritdoc/>
    protected override ValueTask DropLikeAsync(ScanPlan plan, NativeList<int> into, CancellationToken cancellationToken)
    {
        if (!Array.TrueForAll(plan.AllColumns, SpanPruning.IsOfResource)) return ValueTask.CompletedTask;
        var numbers = new int[into.Count];
        for (var i = 0; i < numbers.Length; i++) numbers[i] = source.View[into[i]].Resource;
        plan.KeepFirst(into, plan.Positions(numbers.Length), numbers, source.View.Resources.Count);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask AddCandidatesAsync(ScanPlan plan, NativeList<int> into, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (rows is not null) into.AddRange(rows);
        for (var i = 0; i < count; i++) into.Add(first + i);
        return ValueTask.CompletedTask;
    }

    private sealed class HeadRows(HeadSource source, ColumnRef[] references, NativeList<int> rows) : LoadedRows
    {
        private readonly SpanView _view = source.View;

        public override void Fill(ReadOnlySpan<int> positions, Column?[] into)
        {
            for (var i = 0; i < into.Length; i++)
            {
                switch (into[i])
                {
                    case Int64Column integers:
                        FillIntegers(references[i].Name, positions, integers);
                        break;
                    case SymbolColumn symbols:
                        FillSymbols(references[i].Name, positions, symbols);
                        break;
                    case FixedBytesColumn ids:
                        FillIds(references[i].Name, positions, ids);
                        break;
                    case AttributeColumn attributes:
                        FillAttributes(references[i], positions, attributes);
                        break;
                    case BytesColumn bytes:
                        FillBytes(references[i].Name, positions, bytes);
                        break;
                }
            }
        }

        private ref readonly SpanRow Row(int position) => ref _view[rows[position]];

        private void FillIntegers(string name, ReadOnlySpan<int> positions, Int64Column into)
        {
            var values = into.AddRange(positions.Length);
            switch (name)
            {
                case "start":
                    for (var i = 0; i < values.Length; i++) values[i] = Row(positions[i]).StartUnixNanos;
                    break;
                case "duration":
                    for (var i = 0; i < values.Length; i++) values[i] = Row(positions[i]).DurationNanos;
                    break;
                case "kind":
                    for (var i = 0; i < values.Length; i++) values[i] = Row(positions[i]).Kind;
                    break;
                case "status_code":
                    for (var i = 0; i < values.Length; i++) values[i] = Row(positions[i]).StatusCode;
                    break;
                default:
                    for (var i = 0; i < values.Length; i++) values[i] = Row(positions[i]).Flags;
                    break;
            }
        }

        private void FillSymbols(string name, ReadOnlySpan<int> positions, SymbolColumn into)
        {
            switch (name)
            {
                case "name":
                    foreach (var position in positions) into.Add(source.NameOf(Row(position).Name));
                    break;
                case "service_name":
                    foreach (var position in positions) into.Add(source.ServiceOf(Row(position).Resource));
                    break;
                case "scope_name":
                    foreach (var position in positions) into.Add(source.ScopeNameOf(Row(position).Scope));
                    break;
                default:
                    foreach (var position in positions) into.Add(source.ScopeVersionOf(Row(position).Scope));
                    break;
            }
        }

        private void FillIds(string name, ReadOnlySpan<int> positions, FixedBytesColumn into)
        {
            switch (name)
            {
                case "trace_id":
                    foreach (var position in positions) into.Add(Row(position).TraceId);
                    break;
                case "span_id":
                    foreach (var position in positions) into.Add(Row(position).SpanId);
                    break;
                default:
                    foreach (var position in positions) into.Add(Row(position).ParentSpanId);
                    break;
            }
        }

        private void FillAttributes(ColumnRef reference, ReadOnlySpan<int> positions, AttributeColumn into)
        {
            if (reference.Name is "resource_attributes" or "scope_attributes")
            {
                var ofScope = reference.Name == "scope_attributes";
                var lookup = source.Attribute(reference, ofScope);
                foreach (var position in positions) lookup.Add(ofScope ? Row(position).Scope : Row(position).Resource, into);
                return;
            }

            var orResource = reference.Name == "any_attributes" ? source.Attribute(reference, ofScope: false) : null;
            var key = Encoding.UTF8.GetBytes(reference.Key!);
            foreach (var position in positions)
            {
                ref readonly var row = ref Row(position);
                if (AttributeReader.TryFind(_view.Read(row.Attributes), key, out var found)) into.Add(found.Kind, found.Bits, found.Bytes);
                else if (orResource is not null) orResource.Add(row.Resource, into);
                else into.AddNull();
            }
        }

        private void FillBytes(string name, ReadOnlySpan<int> positions, BytesColumn into)
        {
            foreach (var position in positions)
            {
                ref readonly var row = ref Row(position);
                if (name == "status_message" && row.StatusMessage.Length == 0)
                {
                    into.AddNull();
                    continue;
                }

                into.Add(name switch
                {
                    "span_attributes" => _view.Read(row.Attributes),
                    "resource_attributes" => SetItem.Attributes(_view.Resources[row.Resource], 1),
                    "scope_attributes" => SetItem.Attributes(_view.Scopes[row.Scope], 2),
                    "events" => _view.Read(row.Events),
                    "links" => _view.Read(row.Links),
                    "trace_state" => _view.Read(row.TraceState),
                    _ => _view.Read(row.StatusMessage),
                });
            }
        }
    }
}
