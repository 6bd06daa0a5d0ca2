using System.Text;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Writing;
using Triptych.Metrics.Chunks;
using Triptych.Metrics.Scan;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;

namespace Triptych.Metrics.Block;

/// <summary>
/// Writes one metrics block: series sorted by name, then labels, given one after another. Rows are handed to the Parquet writer in batches,
/// so that memory is bounded by a batch
/// and the time vectors. One thread.
/// </summary>
internal sealed class MetricBlockWriter : IDisposable
{
    private const int BatchRows = 4096;
    private const int BatchBytes = 1024 * 1024;
    private const int MinBatchBytes = 64 * 1024;

    private readonly ParquetWriter _writer;
    private readonly long _rowGroupBytes;
    private readonly long _batchBytes;
    private readonly bool _withStarts;
    private readonly TimeVectorTable _vectors = new();
    private readonly RowBatch _batch = new();
    private readonly PooledBufferWriter _bits = new();
    private RowGroupWriter _rows;
    private long _rowCount;

    /// <summary>Begins a file.</summary>
    /// <param name="output">Where it goes.</param>
    /// <param name="rowGroupBytes">Coded bytes after which a row group ends: so much of it waits in memory.</param>
    /// <param name="withStarts">Whether start times are kept: false where no series has any.</param>
    public MetricBlockWriter(Stream output, long rowGroupBytes = long.MaxValue, bool withStarts = false)
    {
        _withStarts = withStarts;
        _rowGroupBytes = rowGroupBytes;
        _batchBytes = Math.Clamp(rowGroupBytes / 4, MinBatchBytes, BatchBytes);
        var opaque = new ColumnOptions
        {
            Encoding = ColumnEncoding.DeltaLength,
            Codec = ParquetCodec.Uncompressed,
            Statistics = false,
            PageSizeBytes = 64 * 1024,
        };
        _writer = new ParquetWriter(output, withStarts ? MetricBlockSchema.SchemaWithStarts : MetricBlockSchema.Schema, new ParquetWriterOptions()
            .WithColumn(MetricBlockSchema.Values, opaque)
            .WithColumn(MetricBlockSchema.Histograms, opaque));
        _writer.AddMetadata(MetricBlockSchema.FormatKey, MetricBlockSchema.FormatValue);
        _rows = _writer.BeginRowGroup();
    }

    /// <summary>Time of the first sample of all, Unix milliseconds.</summary>
    public long MinTimeMs { get; private set; } = long.MaxValue;

    /// <summary>Time of the last sample of all.</summary>
    public long MaxTimeMs { get; private set; } = long.MinValue;

    /// <summary>Series written.</summary>
    public long RowCount => _rowCount;

    /// <summary>Bytes of the row group that waits, and of time vectors.</summary>
    public long BufferedBytes { get; private set; }

    /// <summary>Bytes of coded time vectors.</summary>
    public long TimeVectorBytes => _vectors.SizeBytes;

    /// <summary>About how long the file is so far.</summary>
    public long SizeBytes => _writer.Position + BufferedBytes + _batch.CodedBytes;

    /// <summary>Adds a series with its samples, which are in order and at least one.</summary>
    public void Add(ReadOnlySpan<byte> canonicalLabels, SampleBuffer samples)
    {
        var times = samples.TimestampsMs;
        MinTimeMs = Math.Min(MinTimeMs, times[0]);
        MaxTimeMs = Math.Max(MaxTimeMs, times[^1]);
        _batch.AddLabels(canonicalLabels);
        _batch.MinTimes.Add(times[0]);
        _batch.MaxTimes.Add(times[^1]);
        _batch.Samples.Add(times.Length);
        _batch.TimeVectors.Add(_vectors.Add(times));
        _batch.Values.Add(Encode(samples.Values));
        _batch.AddHistograms(samples.Histograms);
        if (_withStarts) _batch.AddStartTimes(samples.StartTimesMs);
        _rowCount++;
        if (_batch.Samples.Count == BatchRows || _batch.CodedBytes >= _batchBytes) Hand();
    }

    /// <summary>Writes what is left, the sections and the footer.</summary>
    /// <param name="metadata">What senders said about metrics.</param>
    /// <param name="exemplars">Exemplars with the row of their series.</param>
    /// <returns>The file's length in bytes.</returns>
    public long Finish(
        IEnumerable<MetadataEntry> metadata, IEnumerable<(long Row, long TimestampMs, double Value, byte[] Labels)> exemplars)
    {
        Hand();
        _rows.End();
        using (var section = new PooledBufferWriter())
        {
            _vectors.Write(section);
            _writer.AddSection(MetricBlockSchema.TimeVectorsSection, section.WrittenSpan);
            section.Reset();
            foreach (var entry in metadata)
            {
                section.WriteLengthPrefixed(Encoding.UTF8.GetBytes(entry.MetricName));
                section.WriteLengthPrefixed(Encoding.UTF8.GetBytes(entry.Type));
                section.WriteLengthPrefixed(Encoding.UTF8.GetBytes(entry.Unit));
                section.WriteLengthPrefixed(Encoding.UTF8.GetBytes(entry.Help));
            }

            _writer.AddSection(MetricBlockSchema.MetadataSection, section.WrittenSpan);
            section.Reset();
            foreach (var (row, timestampMs, value, labels) in exemplars)
            {
                section.WriteUnsigned((ulong)row);
                section.WriteSigned(timestampMs);
                section.WriteDouble(value);
                section.WriteLengthPrefixed(labels);
            }

            _writer.AddSection(MetricBlockSchema.ExemplarsSection, section.WrittenSpan);
        }

        return _writer.Finish().FileLength;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _writer.Dispose();
        _batch.Dispose();
        _bits.Dispose();
        _vectors.Dispose();
    }

    private ReadOnlySpan<byte> Encode(ReadOnlySpan<double> values)
    {
        _bits.Reset();
        var room = _bits.GetSpan(((values.Length * ValueCodec.MaxBits) + 7) / 8);
        room.Clear();
        var writer = new BitWriter(room);
        var codec = default(ValueCodec);
        foreach (var value in values) codec.Encode(ref writer, value);
        _bits.Advance(writer.ByteLength);
        return _bits.WrittenSpan;
    }

    private void Hand()
    {
        if (_batch.Samples.Count == 0) return;
        _rows.Column(MetricBlockSchema.Name).WriteBytes(_batch.Names.Ends, _batch.Names.Data);
        var lists = ColumnShape.Lists(_batch.LabelEnds);
        _rows.Column(MetricBlockSchema.Labels, "key").WriteBytes(_batch.LabelNames.Ends, _batch.LabelNames.Data, lists);
        _rows.Column(MetricBlockSchema.Labels, "value").WriteBytes(_batch.LabelValues.Ends, _batch.LabelValues.Data, lists);
        _rows.Column(MetricBlockSchema.MinTime).WriteInt64(_batch.MinTimes.Span);
        _rows.Column(MetricBlockSchema.MaxTime).WriteInt64(_batch.MaxTimes.Span);
        _rows.Column(MetricBlockSchema.Samples).WriteInt64(_batch.Samples.Span);
        _rows.Column(MetricBlockSchema.TimeVector).WriteInt32(_batch.TimeVectors.Span);
        _rows.Column(MetricBlockSchema.Values).WriteBytes(_batch.Values.Ends, _batch.Values.Data);
        var nullable = ColumnShape.Nullable(_batch.HasHistograms.Span);
        _rows.Column(MetricBlockSchema.Histograms).WriteBytes(_batch.Histograms.Ends, _batch.Histograms.Data, nullable);
        if (_withStarts)
        {
            var starts = ColumnShape.Nullable(_batch.HasStartTimes.Span);
            _rows.Column(MetricBlockSchema.StartTimes).WriteBytes(_batch.StartTimes.Ends, _batch.StartTimes.Data, starts);
        }

        _batch.Clear();
        BufferedBytes = _rows.BufferedBytes + _vectors.SizeBytes;
        if (BufferedBytes - _vectors.SizeBytes < _rowGroupBytes) return;
        _rows.End();
        _rows = _writer.BeginRowGroup();
        BufferedBytes = _vectors.SizeBytes;
    }
}
