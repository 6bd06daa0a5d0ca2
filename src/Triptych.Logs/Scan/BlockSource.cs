using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Logs.Block;
using Triptych.Model.Labels;
using Triptych.Primitives.Memory;

namespace Triptych.Logs.Scan;

/// <summary>A block as a source: a slice is a row group.</summary>
internal sealed class BlockSource(int number, LogBlock block) : LogSource(number)
{
    /// <inheritdoc/>
    public override IReadOnlyList<LogSlice> Open(IReadOnlyList<LabelMatcher> matchers, long minTime, long maxTimeExclusive)
    {
        // The index makes text of symbols on demand, and other queries may do the same.
        lock (block.Streams)
        {
            if (!Want(block.Streams, matchers)) return [];
        }

        var slices = new List<LogSlice>();
        for (var i = 0; i < block.RowGroupTimes.Count; i++)
        {
            var (min, max) = block.RowGroupTimes[i];
            if (min < maxTimeExclusive && max >= minTime) slices.Add(new BlockSlice(this, block, i, min, max));
        }

        return slices;
    }

    /// <inheritdoc/>
    public override (byte[] Key, LabelId[] Labels) StreamOf(int stream, SymbolTable symbols) => Translate(block.Streams, stream, symbols);
}

/// <summary>A row group of a block.</summary>
internal sealed class BlockSlice(BlockSource source, LogBlock block, int rowGroup, long minTime, long maxTime)
    : LogSlice(source, rowGroup, minTime, maxTime)
{
    /// <inheritdoc/>
    public override async ValueTask<SliceRows> LoadAsync(
        long minTimeUnixNanos, long maxTimeUnixNanos, SymbolTable symbols, MemoryBudget budget, CancellationToken cancellationToken)
    {
        var rows = block.File.RowGroups[Place];
        var schema = block.File.Schema;
        using var times = await rows.ReadColumnAsync(schema.Column(LogBlockSchema.Time), cancellationToken: cancellationToken);
        using var streams = await rows.ReadColumnAsync(schema.Column(LogBlockSchema.Stream), cancellationToken: cancellationToken);
        return new BlockSliceRows(Source, block.File, rows, times.Int64s, streams.Int32s, minTimeUnixNanos, maxTimeUnixNanos, symbols);
    }
}

/// <summary>Rows of a row group; columns are read from the file for the rows asked for.</summary>
internal sealed class BlockSliceRows : SliceRows
{
    private readonly ParquetFile _file;
    private readonly RowGroupReader _group;
    private readonly SymbolTable _symbols;

    /// <summary>Picks the rows.</summary>
    public BlockSliceRows(
        LogSource source, ParquetFile file, RowGroupReader group, ReadOnlySpan<long> times, ReadOnlySpan<int> streams,
        long minTime, long maxTimeExclusive, SymbolTable symbols)
    {
        _file = file;
        _group = group;
        _symbols = symbols;
        BytesRead = (times.Length * 8L) + (streams.Length * 4L);
        for (var i = 0; i < times.Length; i++)
        {
            if (times[i] >= minTime && times[i] < maxTimeExclusive && source.IsWanted(streams[i])) Add(i, times[i], streams[i]);
        }
    }

    /// <summary>Takes rows that have been picked already, ascending.</summary>
    public BlockSliceRows(ParquetFile file, RowGroupReader group, IReadOnlyList<(int Row, long Time, int Stream)> rows, SymbolTable symbols)
    {
        _file = file;
        _group = group;
        _symbols = symbols;
        foreach (var (row, time, stream) in rows) Add(row, time, stream);
    }

    /// <inheritdoc/>
    public override async ValueTask<Column> ReadAsync(ColumnRef column, int[] picked, CancellationToken cancellationToken)
    {
        var ranges = RangesOf(picked);
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
    public override void Dispose()
    {
    }

    private RowRange[] RangesOf(int[] picked)
    {
        var ranges = new List<RowRange>();
        foreach (var place in picked)
        {
            if (ranges.Count > 0 && ranges[^1].End == Rows[place]) ranges[^1] = ranges[^1] with { Count = ranges[^1].Count + 1 };
            else ranges.Add(new RowRange(Rows[place], 1));
        }

        return [.. ranges];
    }

    private async ValueTask<DecodedColumn> DecodeAsync(ParquetColumn column, RowRange[] ranges, CancellationToken cancellationToken)
    {
        var decoded = await _group.ReadColumnAsync(column, ranges, cancellationToken: cancellationToken);
        BytesRead += decoded.Data.Length;
        return decoded;
    }

    private async ValueTask<Column> TextAsync(string name, RowRange[] ranges, CancellationToken cancellationToken)
    {
        using var decoded = await DecodeAsync(_file.Schema.Column(name), ranges, cancellationToken);
        var column = new BytesColumn();
        column.Reserve(decoded.RowCount, decoded.IsCoded ? 0 : decoded.Data.Length);
        for (var row = 0; row < decoded.RowCount; row++)
        {
            if (!decoded.Validity.IsEmpty && !decoded.Validity[row]) column.AddNull();
            else column.Add(decoded.Bytes(row));
        }

        return column;
    }

    private async ValueTask<Column> LevelsAsync(RowRange[] ranges, CancellationToken cancellationToken)
    {
        var level = _file.Schema.Column(LogBlockSchema.Level);
        using var decoded = await _group.ReadColumnAsync(level, ranges, ColumnForm.Codes, cancellationToken);
        var column = new SymbolColumn();
        if (!decoded.IsCoded)
        {
            for (var row = 0; row < decoded.RowCount; row++) column.Add(_symbols.Intern(decoded.Bytes(row)));
            return column;
        }

        var symbols = new int[decoded.Dictionary!.SlotCount];
        for (var i = 0; i < symbols.Length; i++) symbols[i] = _symbols.Intern(decoded.Dictionary.Bytes(i));
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

    private async ValueTask<Column> ValuesAsync(string key, RowRange[] ranges, CancellationToken cancellationToken)
    {
        using var keys = await DecodeAsync(_file.Schema.Column(LogBlockSchema.Metadata, "key"), ranges, cancellationToken);
        using var values = await DecodeAsync(_file.Schema.Column(LogBlockSchema.Metadata, "value"), ranges, cancellationToken);
        var name = System.Text.Encoding.UTF8.GetBytes(key);
        var column = new BytesColumn();
        var slot = 0;
        for (var row = 0; row < keys.RowCount; row++)
        {
            var found = -1;
            for (; slot < keys.ListEnds[row]; slot++)
            {
                if (keys.Bytes(slot).SequenceEqual(name)) found = slot;
            }

            if (found < 0) column.AddNull();
            else column.Add(values.Bytes(found));
        }

        return column;
    }

    private async ValueTask<Column> MetadataAsync(RowRange[] ranges, CancellationToken cancellationToken)
    {
        using var traceIds = await DecodeAsync(_file.Schema.Column(LogBlockSchema.TraceId), ranges, cancellationToken);
        using var spanIds = await DecodeAsync(_file.Schema.Column(LogBlockSchema.SpanId), ranges, cancellationToken);
        using var keys = await DecodeAsync(_file.Schema.Column(LogBlockSchema.Metadata, "key"), ranges, cancellationToken);
        using var values = await DecodeAsync(_file.Schema.Column(LogBlockSchema.Metadata, "value"), ranges, cancellationToken);
        var column = new BytesColumn();
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
                throw new CorruptFileException("a logs block", 0, "a row's structured metadata is no valid label set");
            }

            column.Add(canonical);
        }

        return column;
    }
}
