using System.Runtime.InteropServices;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Primitives.Memory;
using Triptych.Traces.Head;
using Triptych.Traces.Scan;

namespace Triptych.Traces.Block;

/// <summary>Rows of what was read: the slot of the i-th one.</summary>
internal readonly ref struct SlotSelection
{
    private readonly ReadOnlySpan<int> _slots;
    private readonly ReadOnlySpan<int> _positions;

    public SlotSelection(ReadOnlySpan<int> slots, ReadOnlySpan<int> positions)
    {
        _slots = slots;
        _positions = positions;
        IsRun = IsRunOf(slots, positions);
    }

    /// <summary>Whether the slots follow each other, so that they can be copied at once.</summary>
    public bool IsRun { get; }

    /// <summary>How many rows.</summary>
    public int Length => _positions.Length;

    /// <summary>Some of the rows.</summary>
    public SlotSelection Slice(int first, int count) => new(_slots, _positions.Slice(first, count));

    /// <summary>A row's slot.</summary>
    public int this[int i] => _slots[_positions[i]];

    private static bool IsRunOf(ReadOnlySpan<int> slots, ReadOnlySpan<int> positions)
    {
        if (positions.IsEmpty || slots[positions[^1]] - slots[positions[0]] != positions.Length - 1) return false;
        for (var i = 1; i < positions.Length; i++)
        {
            if (slots[positions[i]] != slots[positions[0]] + i) return false;
        }

        return true;
    }
}

/// <summary>A column of the scan contract, made of columns of the file that have been read. What is wrong with the file shows when it is loaded, but for texts that are not of their kind.</summary>
internal abstract class BlockColumn : IDisposable
{
    /// <summary>Appends rows.</summary>
    public abstract void Fill(SlotSelection rows, Column into);

    /// <summary>Reads what the column is made of.</summary>
    /// <param name="reference">Which.</param>
    /// <param name="loader">Reads columns of the file.</param>
    /// <param name="symbols">Receives texts when rows are filled in.</param>
    /// <param name="budget">Charged for lists of rows.</param>
    /// <param name="isOnlyAttribute">No other column is made of the map of spans' attributes.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async ValueTask<BlockColumn> LoadAsync(
        ColumnRef reference, ColumnLoader loader, SymbolTable symbols, MemoryBudget budget, bool isOnlyAttribute, CancellationToken cancellationToken)
    {
        switch (reference)
        {
            case { Key: not null, Name: "span_attributes" }:
                return await SpanAttributeColumn.LoadAsync(reference.Key, loader, null, null, budget, isOnlyAttribute, cancellationToken);
            case { Key: not null, Name: "any_attributes" }:
                return await SpanAttributeColumn.LoadAsync(
                    reference.Key, loader, new SetLookup(loader.Block.Resources, 1, reference.Key), await LoadResourcesAsync(loader, cancellationToken),
                    budget, isOnlyAttribute, cancellationToken);
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
            "span_attributes" => await SpanSetColumn.LoadAsync(loader, cancellationToken),
            "resource_attributes" => new SetColumn(loader.Block.Resources, 1, await LoadResourcesAsync(loader, cancellationToken)),
            "scope_attributes" => new SetColumn(loader.Block.Scopes, 2, await LoadScopesAsync(loader, cancellationToken)),
            "events" => await EventColumn.LoadAsync(loader, cancellationToken),
            _ => await LinkColumn.LoadAsync(loader, cancellationToken),
        };
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
            var width = column.Width;
            var from = ids.Data;
            var to = column.AddRange(rows.Length);
            if (rows.IsRun) from.Slice(rows[0] * width, to.Length).CopyTo(to);
            else if (width == sizeof(ulong)) Copy(MemoryMarshal.Cast<byte, ulong>(from), rows, MemoryMarshal.Cast<byte, ulong>(to));
            else Copy(MemoryMarshal.Cast<byte, UInt128>(from), rows, MemoryMarshal.Cast<byte, UInt128>(to));
        }

        private static void Copy<T>(ReadOnlySpan<T> from, SlotSelection rows, Span<T> to)
        {
            for (var i = 0; i < to.Length; i++) to[i] = from[rows[i]];
        }
    }

    private sealed class Int64BlockColumn(DecodedColumn values) : BlockColumn
    {
        public override void Fill(SlotSelection rows, Column into)
        {
            var from = values.Int64s;
            var to = ((Int64Column)into).AddRange(rows.Length);
            if (rows.IsRun)
            {
                from.Slice(rows[0], to.Length).CopyTo(to);
                return;
            }

            for (var i = 0; i < to.Length; i++) to[i] = from[rows[i]];
        }
    }

    private sealed class UInt32BlockColumn(DecodedColumn values) : BlockColumn
    {
        public override void Fill(SlotSelection rows, Column into)
        {
            var from = values.Int32s;
            var to = ((Int64Column)into).AddRange(rows.Length);
            if (rows.IsRun)
            {
                from = from.Slice(rows[0], to.Length);
                for (var i = 0; i < to.Length; i++) to[i] = (uint)from[i];
                return;
            }

            for (var i = 0; i < to.Length; i++) to[i] = (uint)from[rows[i]];
        }
    }

    private sealed class SymbolBlockColumn(DecodedColumn texts, SymbolTable symbols) : BlockColumn
    {
        private readonly SymbolLookup? _lookup = texts.IsCoded ? new SymbolLookup(symbols, texts.Dictionary!.SlotCount) : null;

        public override void Fill(SlotSelection rows, Column into)
        {
            var to = ((SymbolColumn)into).AddRange(rows.Length);
            if (_lookup is null)
            {
                for (var i = 0; i < to.Length; i++) to[i] = symbols.Intern(texts.Bytes(rows[i]));
                return;
            }

            var codes = texts.Codes;
            for (var i = 0; i < to.Length; i++)
            {
                var code = codes[rows[i]];
                to[i] = _lookup.TryGet(code, out var symbol) ? symbol : _lookup.Set(code, texts.Dictionary!.Bytes(code));
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
