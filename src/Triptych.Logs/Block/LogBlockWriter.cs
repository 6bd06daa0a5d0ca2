using Triptych.Columnar.Parquet.Writing;
using Triptych.Logs.Fields;
using Triptych.Logs.Patterns;
using Triptych.Model.Logs;
using Triptych.Primitives.Binary;

namespace Triptych.Logs.Block;

/// <summary>
/// Writes one logs block: row groups one after another, each with its rows in order. Rows are handed to the Parquet writer in batches, so
/// that memory is bounded by one row group's compressed pages. One thread.
/// </summary>
internal sealed class LogBlockWriter : IDisposable
{
    private const int BatchRows = 4096;
    private const int BatchBytes = 4 * 1024 * 1024;

    private readonly ParquetWriter _writer;
    private readonly List<byte[]> _streams = [];
    private readonly Dictionary<int, int> _streamNumbers = [];
    private readonly LogRowBatch _batch;
    private readonly GramFilterBuilder _filter = new();
    private readonly LineBytes _lineBytes = new();
    private readonly FieldExtractor? _fields;
    private readonly MetadataColumns? _metadata;
    private RowGroupWriter? _rows;
    private int _rowGroups;

    /// <summary>Begins a file.</summary>
    public LogBlockWriter(Stream output, BlockLayout layout)
    {
        _fields = layout.Fields.IsEmpty ? null : new FieldExtractor(layout.Fields);
        _metadata = layout.Metadata.IsEmpty ? null : new MetadataColumns(layout.Metadata);
        _batch = new LogRowBatch(_metadata);
        _writer = new ParquetWriter(output, layout.Schema, layout.WriterOptions());
        _writer.AddMetadata(LogBlockSchema.FormatKey, layout.Format);
    }

    /// <summary>Smallest time of a row.</summary>
    public long MinTime { get; private set; } = long.MaxValue;

    /// <summary>Largest time of a row.</summary>
    public long MaxTime { get; private set; } = long.MinValue;

    /// <summary>Rows written.</summary>
    public long RowCount { get; private set; }

    /// <summary>Begins a row group of so many rows.</summary>
    public void BeginRowGroup(int rows)
    {
        _rows = _writer.BeginRowGroup();
        _filter.Begin(rows);
        _lineBytes.Begin();
        _fields?.Begin();
        _metadata?.Begin();
    }

    /// <summary>
    /// Adds a row. <paramref name="stream"/> is the caller's own number; <paramref name="labels"/> are looked at when it is new.
    /// </summary>
    public void Add(
        int stream, ReadOnlySpan<byte> labels, long timeUnixNanos, LogLevel level, ReadOnlySpan<byte> line, ReadOnlySpan<byte> metadata)
    {
        if (!_streamNumbers.TryGetValue(stream, out var number))
        {
            _streamNumbers[stream] = number = _streams.Count;
            _streams.Add(labels.ToArray());
        }

        MinTime = Math.Min(MinTime, timeUnixNanos);
        MaxTime = Math.Max(MaxTime, timeUnixNanos);
        RowCount++;
        _batch.Add(number, _streams[number], timeUnixNanos, level, line, metadata);
        _filter.Add(line);
        _lineBytes.Add(number, line.Length);
        _fields?.Add(line);
        if (_batch.Count == BatchRows || _batch.Lines.Data.Length >= BatchBytes) Hand();
    }

    /// <summary>Ends a row group.</summary>
    public void EndRowGroup()
    {
        Hand();
        _rows!.End();
        _rows = null;
        WriteSections(_writer, _rowGroups++, _filter, _lineBytes, _fields, _metadata);
    }

    /// <summary>Writes sections and footer; returns the file's length in bytes.</summary>
    public long Finish()
    {
        WriteStreams(_writer, _streams);
        return _writer.Finish().FileLength;
    }

    /// <summary>Writes the section of streams, given by their numbers.</summary>
    public static void WriteStreams(ParquetWriter writer, IReadOnlyCollection<byte[]> streams)
    {
        using var section = new PooledBufferWriter();
        section.WriteUnsigned((ulong)streams.Count);
        foreach (var stream in streams) section.WriteLengthPrefixed(stream);
        writer.AddSection(LogBlockSchema.StreamsSection, section.WrittenSpan);
    }

    /// <summary>Writes filter, lengths and names of fields and metadata of a row group that has just ended.</summary>
    public static void WriteSections(
        ParquetWriter writer, int rowGroup, GramFilterBuilder filter, LineBytes lineBytes, FieldExtractor? fields, MetadataColumns? metadata)
    {
        using var section = new PooledBufferWriter();
        filter.Finish(section);
        writer.AddSection(GramFilter.SectionOf(rowGroup), section.WrittenSpan);
        section.Reset();
        lineBytes.Finish(section);
        writer.AddSection(LineBytes.SectionOf(rowGroup), section.WrittenSpan);
        if (metadata is not null)
        {
            section.Reset();
            metadata.Finish(section);
            writer.AddSection(MetadataFacts.SectionOf(rowGroup), section.WrittenSpan);
        }

        if (fields is null) return;
        section.Reset();
        fields.Finish(section);
        writer.AddSection(FieldFacts.SectionOf(rowGroup), section.WrittenSpan);
    }

    /// <summary>Writes the patterns of a row group that has just ended, where there are any.</summary>
    public static void WritePatterns(ParquetWriter writer, int rowGroup, RowGroupPatterns patterns)
    {
        using var section = new PooledBufferWriter();
        if (patterns.TryFinish(section)) writer.AddSection(RowGroupPatterns.SectionOf(rowGroup), section.WrittenSpan);
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    private void Hand()
    {
        if (_batch.Count == 0) return;
        var rows = _rows!;
        rows.Column(LogBlockSchema.Time).WriteInt64(_batch.Times.Span);
        rows.Column(LogBlockSchema.Stream).WriteInt32(_batch.Streams.Span);
        WriteMap(rows, LogBlockSchema.Labels, _batch.LabelNames, _batch.LabelValues, _batch.LabelEnds.Span);
        rows.Column(LogBlockSchema.Level).WriteBytes(_batch.Levels.Ends, _batch.Levels.Data);
        rows.Column(LogBlockSchema.Line).WriteBytes(_batch.Lines.Ends, _batch.Lines.Data);
        WriteIds(rows.Column(LogBlockSchema.TraceId), _batch.TraceIds, _batch.HasTraceId);
        WriteIds(rows.Column(LogBlockSchema.SpanId), _batch.SpanIds, _batch.HasSpanId);
        WriteMetadata(rows, _batch);
        _metadata?.Hand(rows);
        _fields?.Hand(rows);
        _batch.Clear();
    }

    /// <summary>Writes the metadata of the map.</summary>
    public static void WriteMetadata(RowGroupWriter rows, LogRowBatch batch) =>
        WriteMap(rows, LogBlockSchema.Metadata, batch.MetadataNames, batch.MetadataValues, batch.MetadataEnds.Span);

    private static void WriteIds(ColumnWriter column, BytesRows ids, GrowingArray<bool> present) =>
        column.WriteBytes(ids.Ends, ids.Data, ColumnShape.Nullable(present.Span));

    private static void WriteMap(RowGroupWriter rows, string column, BytesRows names, BytesRows values, ReadOnlySpan<int> ends)
    {
        rows.Column(column, "key").WriteBytes(names.Ends, names.Data, ColumnShape.Lists(ends));
        rows.Column(column, "value").WriteBytes(values.Ends, values.Data, ColumnShape.Lists(ends));
    }
}
