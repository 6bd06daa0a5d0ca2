using System.Text;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Logs.Block;
using Triptych.Model.Labels;
using Triptych.Primitives.Memory;

namespace Triptych.Logs.Scan;

/// <summary>
/// Reads the structured metadata of a row group's rows, wherever it is: ids and frequent names have columns, the rest is in the map. Several threads may read.
/// </summary>
internal sealed class BlockMetadata(ParquetFile file, RowGroupReader group, MetadataFacts? facts, MemoryBudget budget, ReadCount read)
{
    /// <summary>One name's values; null where a row lacks it.</summary>
    public async ValueTask<BytesColumn> ValuesAsync(string name, RowRange[] ranges, CancellationToken cancellationToken)
    {
        if (ColumnOf(name) is { } own)
        {
            using var decoded = await DecodeAsync(own, ranges, ColumnForm.Values, cancellationToken);
            return BlockSliceRows.Filled(budget, column => BlockSliceRows.MoveTo(column, decoded));
        }

        if (facts?.PlaceOf(name) == MetadataPlace.Nowhere)
        {
            var nulls = new BytesColumn();
            nulls.AddNulls((int)RowRanges.Count(ranges));
            return nulls;
        }

        return await OfMapAsync(name, ranges, cancellationToken);
    }

    /// <summary>
    /// Whether each row satisfies a predicate that asks for one name alone; false where that cannot be told without more. Of a column with a dictionary each
    /// value is looked at once.
    /// </summary>
    public async ValueTask<bool> TryDecideAsync(
        string name, RowPredicate predicate, RowRange[] ranges, PredicateEvaluator evaluator, bool[] isKept, CancellationToken cancellationToken)
    {
        if (ColumnOf(name) is not { } own) return false;
        using var decoded = await DecodeAsync(own, ranges, ColumnForm.Codes, cancellationToken);
        if (!decoded.IsCoded || decoded.Dictionary!.SlotCount >= isKept.Length)
        {
            var values = BlockSliceRows.Filled(budget, column => BlockSliceRows.MoveTo(column, decoded));
            isKept.AsSpan().Fill(true);
            evaluator.Apply(predicate, _ => values, isKept);
            values.Release();
            return true;
        }

        // The verdict on rows that lack the name comes last.
        var distinct = decoded.Dictionary!;
        var verdicts = new bool[distinct.SlotCount + 1];
        verdicts.AsSpan().Fill(true);
        var dictionary = BlockSliceRows.Filled(budget, column =>
        {
            for (var i = 0; i < distinct.SlotCount; i++) column.Add(distinct.Bytes(i));
            column.AddNull();
        });
        evaluator.Apply(predicate, _ => dictionary, verdicts);
        dictionary.Release();
        var codes = decoded.Codes;
        for (var i = 0; i < isKept.Length; i++) isKept[i] = verdicts[decoded.IsNull(i) ? distinct.SlotCount : codes[i]];
        return true;
    }

    /// <summary>
    /// All of each row as a canonical label set: a walk over the names that have columns and those in the map, both in the order of their bytes.
    /// </summary>
    /// <exception cref="CorruptFileException">A row's metadata is no label set.</exception>
    public async ValueTask<BytesColumn> AllAsync(RowRange[] ranges, CancellationToken cancellationToken)
    {
        var own = new List<(byte[] Name, DecodedColumn Values)>();
        DecodedColumn? keys = null, values = null;
        try
        {
            foreach (var name in (facts?.Columns ?? []).Append(LabelNames.SpanId).Append(LabelNames.TraceId).Order(StringComparer.Ordinal))
                own.Add((Encoding.UTF8.GetBytes(name), await DecodeAsync(ColumnOf(name)!, ranges, ColumnForm.Codes, cancellationToken)));
            if (facts is not { IsMapEmpty: true })
            {
                keys = await DecodeAsync(file.Schema.Column(LogBlockSchema.Metadata, "key"), ranges, ColumnForm.Codes, cancellationToken);
                values = await DecodeAsync(file.Schema.Column(LogBlockSchema.Metadata, "value"), ranges, ColumnForm.Codes, cancellationToken);
            }

            return BlockSliceRows.Filled(budget, column => Join(column, [.. own], keys, values));
        }
        finally
        {
            foreach (var (_, column) in own) column.Dispose();
            keys?.Dispose();
            values?.Dispose();
        }
    }

    private void Join(BytesColumn column, (byte[] Name, DecodedColumn Values)[] own, DecodedColumn? keys, DecodedColumn? values)
    {
        var labels = new LabelSetWriter();
        var slot = 0;
        for (var row = 0; row < own[0].Values.RowCount; row++)
        {
            labels.Reset();
            var end = keys?.ListEnds[row] ?? 0;
            foreach (var (name, ofName) in own)
            {
                if (ofName.IsNull(row)) continue;
                for (; slot < end && keys!.Bytes(slot).SequenceCompareTo(name) < 0; slot++) labels.Add(keys.Bytes(slot), values!.Bytes(slot));
                labels.Add(name, ofName.Bytes(row));
            }

            for (; slot < end; slot++) labels.Add(keys!.Bytes(slot), values!.Bytes(slot));
            if (labels.TryFinish(out var canonical) != LabelSetError.None)
                throw new CorruptFileException(group.FileName, 0, "a row's structured metadata is no valid label set");
            column.Add(canonical);
        }
    }

    /// <summary>The column of a name that has one here.</summary>
    private ParquetColumn? ColumnOf(string name) => name switch
    {
        LabelNames.TraceId => file.Schema.Column(LogBlockSchema.TraceId),
        LabelNames.SpanId => file.Schema.Column(LogBlockSchema.SpanId),
        _ when facts?.PlaceOf(name) == MetadataPlace.Column => group.Find(MetadataSpec.ColumnOf(name)),
        _ => null,
    };

    /// <summary>One name's values in the map: names first, then the values of the rows that have it.</summary>
    private async ValueTask<BytesColumn> OfMapAsync(string name, RowRange[] ranges, CancellationToken cancellationToken)
    {
        using var keys = await DecodeAsync(file.Schema.Column(LogBlockSchema.Metadata, "key"), ranges, ColumnForm.Codes, cancellationToken);
        var (offsets, having) = FindKey(keys, Encoding.UTF8.GetBytes(name), ranges);
        using var values = await DecodeAsync(file.Schema.Column(LogBlockSchema.Metadata, "value"), having, ColumnForm.Values, cancellationToken);
        return BlockSliceRows.Filled(budget, column =>
        {
            var row = 0;
            foreach (var offset in offsets)
            {
                if (offset < 0)
                {
                    column.AddNull();
                    continue;
                }

                column.Add(values.Bytes((row == 0 ? 0 : values.ListEnds[row - 1]) + offset));
                row++;
            }
        });
    }

    /// <summary>By row that was read, the key's place among the row's keys or -1, and the rows that have it.</summary>
    private static (List<int> Offsets, RowRange[] Having) FindKey(DecodedColumn keys, ReadOnlySpan<byte> name, RowRange[] ranges)
    {
        var code = -1;
        for (var i = 0; keys.IsCoded && code < 0 && i < keys.Dictionary!.SlotCount; i++)
        {
            if (keys.Dictionary.Bytes(i).SequenceEqual(name)) code = i;
        }

        var offsets = new List<int>(keys.RowCount);
        var having = new List<RowRange>();
        var (row, slot) = (0, 0);
        foreach (var range in ranges)
        {
            for (var inGroup = (int)range.Start; inGroup < range.End; inGroup++, row++)
            {
                var (first, found) = (slot, -1);
                for (; slot < keys.ListEnds[row]; slot++)
                {
                    if (keys.IsCoded ? keys.Codes[slot] == code : keys.Bytes(slot).SequenceEqual(name)) found = slot - first;
                }

                offsets.Add(found);
                if (found >= 0) BlockSliceRows.AddTo(having, inGroup);
            }
        }

        return (offsets, [.. having]);
    }

    private async ValueTask<DecodedColumn> DecodeAsync(ParquetColumn column, RowRange[] ranges, ColumnForm form, CancellationToken cancellationToken)
    {
        var decoded = await group.ReadColumnAsync(column, ranges, form, cancellationToken);
        read.Add(decoded);
        return decoded;
    }
}
