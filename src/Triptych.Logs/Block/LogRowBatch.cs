using Triptych.Columnar.Parquet.Writing;
using Triptych.Model.Labels;
using Triptych.Model.Logs;

namespace Triptych.Logs.Block;

/// <summary>Rows of a logs block on their way to the Parquet writer, column by column. Metadata that has a column goes to <paramref name="columns"/>.</summary>
internal sealed class LogRowBatch(MetadataColumns? columns)
{
    /// <summary>How many rows there are.</summary>
    public int Count => Times.Count;

    /// <summary>Times.</summary>
    public GrowingArray<long> Times { get; } = new();

    /// <summary>Stream numbers.</summary>
    public GrowingArray<int> Streams { get; } = new();

    /// <summary>Names of stream labels, of all rows.</summary>
    public BytesRows LabelNames { get; } = new();

    /// <summary>Values of stream labels, of all rows.</summary>
    public BytesRows LabelValues { get; } = new();

    /// <summary>By row, the number of stream labels up to its end.</summary>
    public GrowingArray<int> LabelEnds { get; } = new();

    /// <summary>Names of levels.</summary>
    public BytesRows Levels { get; } = new();

    /// <summary>Lines.</summary>
    public BytesRows Lines { get; } = new();

    /// <summary>Trace ids.</summary>
    public BytesRows TraceIds { get; } = new();

    /// <summary>Which rows have a trace id.</summary>
    public GrowingArray<bool> HasTraceId { get; } = new();

    /// <summary>Span ids.</summary>
    public BytesRows SpanIds { get; } = new();

    /// <summary>Which rows have a span id.</summary>
    public GrowingArray<bool> HasSpanId { get; } = new();

    /// <summary>Names of the metadata of the map, of all rows.</summary>
    public BytesRows MetadataNames { get; } = new();

    /// <summary>Its values, of all rows.</summary>
    public BytesRows MetadataValues { get; } = new();

    /// <summary>By row, the number of metadata up to its end.</summary>
    public GrowingArray<int> MetadataEnds { get; } = new();

    /// <summary>Adds a row.</summary>
    public void Add(
        int stream, ReadOnlySpan<byte> labels, long timeUnixNanos, LogLevel level, ReadOnlySpan<byte> line, ReadOnlySpan<byte> metadata)
    {
        AddLabels(stream, labels);
        Times.Add(timeUnixNanos);
        Streams.Add(stream);
        Levels.Add(LevelNames.NameOf(level));
        Lines.Add(line);
        AddMetadata(metadata);
    }

    /// <summary>Forgets all rows; memory is kept.</summary>
    public void Clear()
    {
        foreach (var rows in new[] { LabelNames, LabelValues, Levels, Lines, TraceIds, SpanIds, MetadataNames, MetadataValues })
        {
            rows.Clear();
        }

        Times.Clear();
        Streams.Clear();
        LabelEnds.Clear();
        HasTraceId.Clear();
        HasSpanId.Clear();
        MetadataEnds.Clear();
    }

    private void AddLabels(int stream, ReadOnlySpan<byte> labels)
    {
        var count = Streams.Count;
        if (count > 0 && Streams.Span[^1] == stream)
        {
            var before = LabelEnds.Span[^1] - (count == 1 ? 0 : LabelEnds.Span[^2]);
            LabelNames.Repeat(before);
            LabelValues.Repeat(before);
        }
        else
        {
            var reader = new LabelSetReader(labels);
            while (reader.TryRead(out var name, out var value))
            {
                LabelNames.Add(name);
                LabelValues.Add(value);
            }
        }

        LabelEnds.Add(LabelNames.Count);
    }

    /// <summary>Adds a row of which nothing but the metadata is written from here, without the ids.</summary>
    public void AddMetadataAlone(ReadOnlySpan<byte> metadata) => Sort(metadata, out _, out _);

    private void AddMetadata(ReadOnlySpan<byte> metadata)
    {
        Sort(metadata, out var traceId, out var spanId);
        TraceIds.Add(traceId);
        HasTraceId.Add(!traceId.IsEmpty);
        SpanIds.Add(spanId);
        HasSpanId.Add(!spanId.IsEmpty);
    }

    private void Sort(ReadOnlySpan<byte> metadata, out ReadOnlySpan<byte> traceId, out ReadOnlySpan<byte> spanId)
    {
        traceId = spanId = default;
        var reader = new LabelSetReader(metadata);
        for (var place = 0; reader.TryRead(out var name, out var value); place++)
        {
            if (name.SequenceEqual("trace_id"u8))
            {
                traceId = value;
            }
            else if (name.SequenceEqual("span_id"u8))
            {
                spanId = value;
            }
            else if (columns is null || !columns.TryTake(place, name, value))
            {
                MetadataNames.Add(name);
                MetadataValues.Add(value);
            }
        }

        MetadataEnds.Add(MetadataNames.Count);
        columns?.EndRow();
    }
}
