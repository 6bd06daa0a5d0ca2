using System.Buffers.Binary;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Model.Attributes;
using Triptych.Primitives.Memory;
using Triptych.Traces.Attributes;
using Triptych.Traces.Scan;

namespace Triptych.Traces.Block;

/// <summary>
/// Conditions that are decided by the codes of a row group's rows rather than by their values: those on a resource for each resource of the block, those on one
/// attribute that has a column of texts for each distinct text, and those on trace ids by the order of the rows. One scan's; one thread at a time.
/// </summary>
internal sealed class CodedConditions(TraceBlock block, int rowGroup, SpanPruning pruning, AttributePruning attributes)
{
    /// <summary>Gives the ranges that cover some rows, and by row its place among those that are read.</summary>
    public delegate RowRange[] RangesOf(NativeList<int> rows, NativeList<int> slots);

    /// <summary>Keeps the rows for which a condition holds; false, and all rows stay, where it is none of these.</summary>
    public async ValueTask<bool> TryKeepAsync(
        ScanPlan plan, Conjunct conjunct, NativeList<int> rows, RangesOf rangesOf, CancellationToken cancellationToken)
    {
        var spec = attributes.TextColumnOf(conjunct);
        var isOfTraces = conjunct.Predicate is RowPredicate.IdIn && ReferenceEquals(plan.TraceIdCondition, conjunct.Predicate);
        var fitting = spec is null && !isOfTraces ? pruning.FittingResources(conjunct) : null;
        if (spec is null && !isOfTraces && fitting is null) return false;
        using var slots = new NativeList<int>(plan.Budget);
        using var loader = new ColumnLoader(block, rowGroup, rangesOf(rows, slots), plan.Statistics);
        using var charge = new ScanCharge(plan.Budget);
        if (fitting is not null)
        {
            var numbers = await loader.LoadNumbersAsync(TraceBlockSchema.Resource, block.Resources.Count, cancellationToken);
            charge.Set(loader.SizeBytes);
            KeepOfResources(plan, rows, slots.Span, numbers, fitting);
            return true;
        }

        if (isOfTraces)
        {
            var ids = await loader.LoadAsync(TraceBlockSchema.TraceId, cancellationToken);
            charge.Set(loader.SizeBytes);
            KeepTraces(plan, rows, slots.Span, ids);
            return true;
        }

        var values = await ValueColumn.LoadAsync(spec!, loader, cancellationToken);
        charge.Set(loader.SizeBytes);
        return TryKeepTexts(plan, conjunct, rows, slots.Span, values);
    }

    private static void KeepOfResources(ScanPlan plan, NativeList<int> rows, ReadOnlySpan<int> slots, DecodedColumn numbers, bool[] fitting)
    {
        var selected = plan.Selected(rows.Count);
        var ofRows = numbers.Int32s;
        for (var i = 0; i < selected.Length; i++) selected[i] = fitting[ofRows[slots[i]]];
        plan.KeepSelected(rows);
    }

    /// <summary>Rows are sorted by trace id, as are the ids: both are walked side by side.</summary>
    private static void KeepTraces(ScanPlan plan, NativeList<int> rows, ReadOnlySpan<int> slots, DecodedColumn ids)
    {
        var selected = plan.Selected(rows.Count);
        var wanted = plan.SortedTraceNumbers;
        var data = ids.Data;
        var next = 0;
        UInt128 last = 0;
        for (var i = 0; i < selected.Length; i++)
        {
            var id = BinaryPrimitives.ReadUInt128BigEndian(data.Slice(slots[i] * 16, 16));
            if (id < last) next = 0;
            last = id;
            while (next < wanted.Length && wanted[next] < id) next++;
            selected[i] = next < wanted.Length && wanted[next] == id;
        }

        plan.KeepSelected(rows);
    }

    /// <summary>Whatever the condition is, it holds for all rows with a text or for none.</summary>
    private static bool TryKeepTexts(ScanPlan plan, Conjunct conjunct, NativeList<int> rows, ReadOnlySpan<int> slots, ValueColumn values)
    {
        if (values.Dictionary is not { } texts || texts.SlotCount > rows.Count) return false;
        var distinct = (AttributeColumn)plan.Scratch(conjunct.Columns)[0];
        for (var code = 0; code < texts.SlotCount; code++) distinct.Add(AttributeKind.String, 0, texts.Bytes(code));
        distinct.AddNull();
        plan.ChargeScratch();
        using var holding = plan.NewPositions(distinct.Count);
        plan.Keep(conjunct, holding);
        var holds = new bool[distinct.Count];
        foreach (var code in holding.Span) holds[code] = true;
        var selected = plan.Selected(rows.Count);
        var codes = values.Codes;
        var validity = values.Validity;
        for (var i = 0; i < selected.Length; i++) selected[i] = holds[validity.IsEmpty || validity[slots[i]] ? codes[slots[i]] : texts.SlotCount];
        plan.KeepSelected(rows);
        return true;
    }
}
