using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Logs.Block;
using Triptych.Model.Labels;
using Triptych.Primitives.Memory;

namespace Triptych.Logs.Scan;

/// <summary>Rows of a row group; columns are read from the file for the rows asked for.</summary>
internal sealed class BlockSliceRows : SliceRows
{
    private readonly ParquetFile _file;
    private readonly RowGroupFacts? _facts;
    private readonly RowGroupReader _group;
    private readonly MemoryBudget _budget;

    /// <summary>Takes rows that have been picked already, ascending.</summary>
    public BlockSliceRows(
        ParquetFile file, RowGroupFacts? facts, RowGroupReader group, IReadOnlyList<(int Row, int Stream)> rows, SymbolTable symbols,
        MemoryBudget budget)
    {
        _file = file;
        _facts = facts;
        _group = group.ChargedTo(budget);
        Symbols = symbols;
        _budget = budget;
        foreach (var (row, stream) in rows) Add(row, stream);
    }

    /// <summary>Where the rows' streams belong; known where fields are asked for.</summary>
    public LogSource? Source { get; init; }

    /// <summary>Picks the candidates that are of wanted streams.</summary>
    public void Pick(LogSource source, RowRange[] candidates, StreamRuns runs)
    {
        foreach (var range in candidates)
        {
            for (var run = runs.RunOf((int)range.Start); run < runs.Count && runs.StartOf(run) < range.End; run++)
            {
                if (!source.IsWanted(runs.StreamOf(run))) continue;
                AddRange(Math.Max((int)range.Start, runs.StartOf(run)), Math.Min((int)range.End, runs.EndOf(run)), runs.StreamOf(run));
            }
        }
    }

    /// <summary>Drops what is not in the time range.</summary>
    public async ValueTask KeepInRangeAsync(long minTime, long maxTimeExclusive, CancellationToken cancellationToken)
    {
        if (Rows.Count == 0) return;
        using var decoded = await DecodeAsync(_file.Schema.Column(LogBlockSchema.Time), RangesOf(), ColumnForm.Values, cancellationToken);
        Keep(place => decoded.Int64s[place] >= minTime && decoded.Int64s[place] < maxTimeExclusive);
    }

    /// <inheritdoc/>
    public override async ValueTask<Column> ReadAsync(ColumnRef column, int[] picked, CancellationToken cancellationToken)
    {
        if (column is { Name: "metadata", Key: { } absent and not (LabelNames.TraceId or LabelNames.SpanId) } && _facts is not null
            && !await _facts.MayHaveKeyAsync(absent, Read, cancellationToken))
        {
            var nulls = new BytesColumn();
            nulls.AddNulls(picked.Length);
            return nulls;
        }

        var ranges = RangesOf(picked);
        if (column == LogColumns.TimeUnixNanos) return await TimesAsync(ranges, cancellationToken);
        if (column == LogColumns.Line) return await TextAsync(LogBlockSchema.Line, ranges, cancellationToken);
        if (column == LogColumns.Level) return await LevelsAsync(ranges, cancellationToken);
        if (column == LogColumns.Metadata) return await MetadataAsync(ranges, cancellationToken);
        if (column == LogColumns.LineLengthBytes) return await LengthsAsync(ranges, cancellationToken);
        return column switch
        {
            { Name: "metadata", Key: LabelNames.TraceId } => await TextAsync(LogBlockSchema.TraceId, ranges, cancellationToken),
            { Name: "metadata", Key: LabelNames.SpanId } => await TextAsync(LogBlockSchema.SpanId, ranges, cancellationToken),
            { Name: "metadata", Key: { } key } => await ValuesAsync(key, ranges, cancellationToken),
            _ => throw Unknown(column),
        };
    }

    /// <inheritdoc/>
    public override async ValueTask ReadLinesAsync(ReadOnlyMemory<int> picked, BytesColumn into, CancellationToken cancellationToken)
    {
        using var decoded = await DecodeAsync(_file.Schema.Column(LogBlockSchema.Line), RangesOf(picked.Span), cancellationToken);
        MoveTo(into, decoded);
    }

    /// <inheritdoc/>
    public override ValueTask<BlockFields?> FieldsAsync(FieldRequest request, CancellationToken cancellationToken) => Source is null || _facts is null
        ? ValueTask.FromResult<BlockFields?>(null)
        : BlockFields.OpenAsync(_file, _facts, _group, request, Source, Read, cancellationToken);

    /// <inheritdoc/>
    public override void Dispose()
    {
    }

    private RowRange[] RangesOf()
    {
        var ranges = new List<RowRange>();
        foreach (var row in Rows) AddTo(ranges, row);
        return [.. ranges];
    }

    private RowRange[] RangesOf(ReadOnlySpan<int> picked)
    {
        var ranges = new List<RowRange>();
        foreach (var place in picked) AddTo(ranges, Rows[place]);
        return [.. ranges];
    }

    private static void AddTo(List<RowRange> ranges, int row)
    {
        if (ranges.Count > 0 && ranges[^1].End == row) ranges[^1] = ranges[^1] with { Count = ranges[^1].Count + 1 };
        else ranges.Add(new RowRange(row, 1));
    }

    private async ValueTask<DecodedColumn> DecodeAsync(ParquetColumn column, RowRange[] ranges, ColumnForm form, CancellationToken cancellationToken)
    {
        var decoded = await _group.ReadColumnAsync(column, ranges, form, cancellationToken);
        Read.Add(decoded);
        return decoded;
    }

    private ValueTask<DecodedColumn> DecodeAsync(ParquetColumn column, RowRange[] ranges, CancellationToken cancellationToken) =>
        DecodeAsync(column, ranges, ColumnForm.Values, cancellationToken);

    private async ValueTask<Column> TimesAsync(RowRange[] ranges, CancellationToken cancellationToken)
    {
        using var decoded = await DecodeAsync(_file.Schema.Column(LogBlockSchema.Time), ranges, cancellationToken);
        var column = new Int64Column();
        decoded.Int64s.CopyTo(column.AddRange(decoded.RowCount));
        return column;
    }

    private async ValueTask<Column> TextAsync(string name, RowRange[] ranges, CancellationToken cancellationToken)
    {
        using var decoded = await DecodeAsync(_file.Schema.Column(name), ranges, cancellationToken);
        return Filled(column => MoveTo(column, decoded));
    }

    /// <summary>Fills an empty column; bytes that lie in memory of their own, most of it used, are taken over rather than copied.</summary>
    private static void MoveTo(BytesColumn column, DecodedColumn decoded)
    {
        if (!decoded.IsCoded && decoded.Validity.IsEmpty && decoded.CanHandOnData && column.Count == 0)
        {
            column.TakeOver(decoded.DetachData()!, decoded.Ends);
            return;
        }

        column.Reserve(decoded.RowCount, decoded.IsCoded ? 0 : decoded.Data.Length);
        if (!decoded.IsCoded && decoded.Validity.IsEmpty)
        {
            column.AddRange(decoded.Data, 0, decoded.Ends);
            return;
        }

        for (var row = 0; row < decoded.RowCount; row++)
        {
            if (!decoded.Validity.IsEmpty && !decoded.Validity[row]) column.AddNull();
            else column.Add(decoded.Bytes(row));
        }
    }

    private async ValueTask<Column> LevelsAsync(RowRange[] ranges, CancellationToken cancellationToken)
    {
        var level = _file.Schema.Column(LogBlockSchema.Level);
        using var decoded = await DecodeAsync(level, ranges, ColumnForm.Codes, cancellationToken);
        var column = new SymbolColumn();
        if (!decoded.IsCoded)
        {
            for (var row = 0; row < decoded.RowCount; row++) column.Add(Symbols.Intern(decoded.Bytes(row)));
            return column;
        }

        var symbols = new int[decoded.Dictionary!.SlotCount];
        for (var i = 0; i < symbols.Length; i++) symbols[i] = Symbols.Intern(decoded.Dictionary.Bytes(i));
        foreach (var code in decoded.Codes) column.Add(symbols[code]);
        return column;
    }

    private async ValueTask<Column> LengthsAsync(RowRange[] ranges, CancellationToken cancellationToken)
    {
        using var decoded = await DecodeAsync(_file.Schema.Column(LogBlockSchema.Line), ranges, cancellationToken);
        var column = new Int64Column();
        for (var row = 0; row < decoded.RowCount; row++) column.Add(decoded.Bytes(row).Length);
        return column;
    }

    /// <summary>One key's values: names first, then the values of the rows that have it.</summary>
    private async ValueTask<Column> ValuesAsync(string key, RowRange[] ranges, CancellationToken cancellationToken)
    {
        using var keys = await DecodeAsync(_file.Schema.Column(LogBlockSchema.Metadata, "key"), ranges, ColumnForm.Codes, cancellationToken);
        var (offsets, having) = FindKey(keys, System.Text.Encoding.UTF8.GetBytes(key), ranges);
        using var values = await DecodeAsync(_file.Schema.Column(LogBlockSchema.Metadata, "value"), having, cancellationToken);
        return Filled(column =>
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

    /// <summary>A column that is filled, or given back where that fails.</summary>
    private BytesColumn Filled(Action<BytesColumn> fill)
    {
        var column = new BytesColumn(_budget);
        try
        {
            fill(column);
            return column;
        }
        catch
        {
            column.Release();
            throw;
        }
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
                if (found >= 0) AddTo(having, inGroup);
            }
        }

        return (offsets, [.. having]);
    }

    private async ValueTask<Column> MetadataAsync(RowRange[] ranges, CancellationToken cancellationToken)
    {
        using var traceIds = await DecodeAsync(_file.Schema.Column(LogBlockSchema.TraceId), ranges, cancellationToken);
        using var spanIds = await DecodeAsync(_file.Schema.Column(LogBlockSchema.SpanId), ranges, cancellationToken);
        using var keys = await DecodeAsync(_file.Schema.Column(LogBlockSchema.Metadata, "key"), ranges, cancellationToken);
        using var values = await DecodeAsync(_file.Schema.Column(LogBlockSchema.Metadata, "value"), ranges, cancellationToken);
        return Filled(column =>
        {
            var labels = new LabelSetWriter();
            var slot = 0;
            for (var row = 0; row < keys.RowCount; row++)
            {
                labels.Reset();
                for (; slot < keys.ListEnds[row]; slot++) labels.Add(keys.Bytes(slot), values.Bytes(slot));
                labels.Add("span_id"u8, spanIds.Bytes(row));
                labels.Add("trace_id"u8, traceIds.Bytes(row));
                if (labels.TryFinish(out var canonical) != LabelSetError.None)
                {
                    throw new CorruptFileException(_group.FileName, 0, "a row's structured metadata is no valid label set");
                }

                column.Add(canonical);
            }
        });
    }
}
