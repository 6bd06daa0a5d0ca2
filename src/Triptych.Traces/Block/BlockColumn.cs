using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Traces.Head;
using Triptych.Traces.Scan;

namespace Triptych.Traces.Block;

/// <summary>Rows of what was read: the slot of the i-th one.</summary>
internal readonly ref struct SlotSelection(ReadOnlySpan<int> slots, ReadOnlySpan<int> positions)
{
    private readonly ReadOnlySpan<int> _slots = slots;
    private readonly ReadOnlySpan<int> _positions = positions;

    /// <summary>How many rows.</summary>
    public int Length => _positions.Length;

    /// <summary>A row's slot.</summary>
    public int this[int i] => _slots[_positions[i]];
}

/// <summary>A column of the scan contract, made of columns of the file that have been read. What is wrong with the file shows when it is loaded, but for texts that are not of their kind.</summary>
internal abstract class BlockColumn : IDisposable
{
    /// <summary>Appends rows.</summary>
    public abstract void Fill(SlotSelection rows, Column into);

    /// <summary>Reads what the column is made of.</summary>
    /// <param name="reference">Which.</param>
    /// <param name="loader">Reads columns of the file.</param>
    /// <param name="plan">The scan.</param>
    /// <param name="isOnlyAttribute">No other column is made of the attributes of spans.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async ValueTask<BlockColumn> LoadAsync(
        ColumnRef reference, ColumnLoader loader, ScanPlan plan, bool isOnlyAttribute, CancellationToken cancellationToken)
    {
        var symbols = plan.Request.Symbols;
        switch (reference)
        {
            case { Key: not null, Name: "span_attributes" }:
                return new SpanAttributeColumn(await LoadMapAsync(reference.Key), reference.Key, null, null);
            case { Key: not null, Name: "any_attributes" }:
                return new SpanAttributeColumn(
                    await LoadMapAsync(reference.Key), reference.Key,
                    new SetLookup(loader.Block.Resources, 1, reference.Key), await LoadResourcesAsync(loader, cancellationToken));
            case { Key: not null, Name: "resource_attributes" }:
                return new SetAttributeColumn(new SetLookup(loader.Block.Resources, 1, reference.Key), await LoadResourcesAsync(loader, cancellationToken));
            case { Key: not null }:
                return new SetAttributeColumn(new SetLookup(loader.Block.Scopes, 2, reference.Key), await LoadScopesAsync(loader, cancellationToken));
        }

        return reference.Name switch
        {
            "trace_id" or "span_id" or "parent_span_id" => new IdColumn(await loader.LoadAsync(reference.Name, cancellationToken)),
            "start" => new Int64BlockColumn(await loader.LoadAsync(TraceBlockSchema.Start, cancellationToken)),
            "duration" => new Int64BlockColumn(await loader.LoadAsync(TraceBlockSchema.Duration, cancellationToken)),
            "kind" or "status_code" or "flags" => new UInt32BlockColumn(await loader.LoadAsync(reference.Name, cancellationToken)),
            "name" or "service_name" or "scope_name" or "scope_version" =>
                new SymbolBlockColumn(await loader.LoadCodesAsync(reference.Name, cancellationToken), symbols),
            "status_message" or "trace_state" => new TextBlockColumn(await loader.LoadAsync(reference.Name, cancellationToken)),
            "span_attributes" => new SpanSetColumn(await SpanAttributeMap.LoadAsync(loader, cancellationToken)),
            "resource_attributes" => new SetColumn(loader.Block.Resources, 1, await LoadResourcesAsync(loader, cancellationToken)),
            "scope_attributes" => new SetColumn(loader.Block.Scopes, 2, await LoadScopesAsync(loader, cancellationToken)),
            "events" => await EventColumn.LoadAsync(loader, cancellationToken),
            _ => await LinkColumn.LoadAsync(loader, cancellationToken),
        };

        ValueTask<SpanAttributeMap> LoadMapAsync(string key) => isOnlyAttribute
            ? SpanAttributeMap.LoadAsync(loader, key, plan.Budget, cancellationToken)
            : SpanAttributeMap.LoadAsync(loader, cancellationToken);
    }

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }

    private static ValueTask<DecodedColumn> LoadResourcesAsync(ColumnLoader loader, CancellationToken cancellationToken) =>
        loader.LoadNumbersAsync(TraceBlockSchema.Resource, loader.Block.Resources.Count, cancellationToken);

    private static ValueTask<DecodedColumn> LoadScopesAsync(ColumnLoader loader, CancellationToken cancellationToken) =>
        loader.LoadNumbersAsync(TraceBlockSchema.Scope, loader.Block.Scopes.Count, cancellationToken);

    private sealed class IdColumn(DecodedColumn ids) : BlockColumn
    {
        public override void Fill(SlotSelection rows, Column into)
        {
            var column = (FixedBytesColumn)into;
            for (var i = 0; i < rows.Length; i++) column.Add(ids.Bytes(rows[i]));
        }
    }

    private sealed class Int64BlockColumn(DecodedColumn values) : BlockColumn
    {
        public override void Fill(SlotSelection rows, Column into)
        {
            var from = values.Int64s;
            var to = ((Int64Column)into).AddRange(rows.Length);
            for (var i = 0; i < to.Length; i++) to[i] = from[rows[i]];
        }
    }

    private sealed class UInt32BlockColumn(DecodedColumn values) : BlockColumn
    {
        public override void Fill(SlotSelection rows, Column into)
        {
            var from = values.Int32s;
            var to = ((Int64Column)into).AddRange(rows.Length);
            for (var i = 0; i < to.Length; i++) to[i] = (uint)from[rows[i]];
        }
    }

    private sealed class SymbolBlockColumn(DecodedColumn texts, SymbolTable symbols) : BlockColumn
    {
        private readonly SymbolLookup? _lookup = texts.IsCoded ? new SymbolLookup(symbols, texts.Dictionary!.SlotCount) : null;

        public override void Fill(SlotSelection rows, Column into)
        {
            var column = (SymbolColumn)into;
            for (var i = 0; i < rows.Length; i++)
            {
                if (_lookup is null)
                {
                    column.Add(symbols.Intern(texts.Bytes(rows[i])));
                    continue;
                }

                var code = texts.Codes[rows[i]];
                column.Add(_lookup.TryGet(code, out var symbol) ? symbol : _lookup.Set(code, texts.Dictionary!.Bytes(code)));
            }
        }
    }

    private sealed class TextBlockColumn(DecodedColumn texts) : BlockColumn
    {
        public override void Fill(SlotSelection rows, Column into)
        {
            var column = (BytesColumn)into;
            for (var i = 0; i < rows.Length; i++)
            {
                if (texts.IsNull(rows[i])) column.AddNull();
                else column.Add(texts.Bytes(rows[i]));
            }
        }
    }

    private sealed class SetColumn(IByteItems items, int textCount, DecodedColumn numbers) : BlockColumn
    {
        public override void Fill(SlotSelection rows, Column into)
        {
            var column = (BytesColumn)into;
            for (var i = 0; i < rows.Length; i++) column.Add(SetItem.Attributes(items[numbers.Int32s[rows[i]]], textCount));
        }
    }

    private sealed class SetAttributeColumn(SetLookup lookup, DecodedColumn numbers) : BlockColumn
    {
        public override void Fill(SlotSelection rows, Column into)
        {
            var column = (AttributeColumn)into;
            for (var i = 0; i < rows.Length; i++) lookup.Add(numbers.Int32s[rows[i]], column);
        }
    }
}
