using System.Text;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Metrics.Chunks;
using Triptych.Storage.Index;
using Triptych.Metrics.Scan;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;
using Triptych.Storage.Blocks;
using Triptych.Storage.Catalog;
using Triptych.Storage.ObjectStore;

namespace Triptych.Metrics.Block;

/// <summary>
/// An open metrics block: its labels as a <see cref="LabelIndex"/>, its time vectors, and where the values lie. Immutable after
/// <see cref="OpenAsync"/>; any thread may read. Values are read from the file when a
/// query wants them.
/// </summary>
internal sealed class MetricBlock : IOpenBlock
{
    private readonly ParquetFile _file;
    private readonly long[] _minTimesMs;
    private readonly long[] _maxTimesMs;
    private readonly int[] _timeVectorOf;
    private readonly long[][] _timeVectors;
    private readonly bool _hasHistograms;

    private MetricBlock(
        ParquetFile file, LabelIndex index, long[] minTimesMs, long[] maxTimesMs, int[] timeVectorOf,
        long[][] timeVectors, bool hasHistograms)
    {
        _file = file;
        Index = index;
        _minTimesMs = minTimesMs;
        _maxTimesMs = maxTimesMs;
        _timeVectorOf = timeVectorOf;
        _timeVectors = timeVectors;
        _hasHistograms = hasHistograms;
        SizeBytes = index.SizeBytes + (minTimesMs.Length * 20L) + timeVectors.Sum(v => (v.Length * 8L) + 24) + file.Footer.SizeBytes;
    }

    /// <summary>The labels; a series is its row.</summary>
    public LabelIndex Index { get; }

    /// <summary>What senders said about metrics.</summary>
    public IReadOnlyList<MetadataEntry> Metadata { get; private init; } = [];

    /// <summary>Exemplars by the row of their series, oldest first.</summary>
    public IReadOnlyList<ExemplarRow> Exemplars { get; private init; } = [];

    /// <inheritdoc/>
    public long SizeBytes { get; }

    /// <summary>Reads everything but the values.</summary>
    /// <exception cref="CorruptFileException">The file is not a metrics block, or damaged.</exception>
    public static async ValueTask<MetricBlock> OpenAsync(IObjectStore objects, BlockMeta meta, CancellationToken cancellationToken)
    {
        var input = new ObjectInput(objects, meta.ObjectKey, meta.SizeBytes);
        var file = await ParquetFile.OpenAsync(input, cancellationToken: cancellationToken);
        var format = file.Footer.Metadata.GetValueOrDefault(MetricBlockSchema.FormatKey);
        if (format != MetricBlockSchema.FormatValue || file.RowGroups.Length != 1)
        {
            throw new CorruptFileException(meta.ObjectKey, 0, $"the file is not a block of format {MetricBlockSchema.FormatValue}");
        }

        var rows = file.RowGroups[0];
        var index = new LabelIndex();
        using var names = await ReadAsync(MetricBlockSchema.Name);
        using var keys = await ReadAsync(MetricBlockSchema.Labels, "key");
        using var values = await ReadAsync(MetricBlockSchema.Labels, "value");
        FillIndex(index, names, keys, values, meta.ObjectKey);
        using var minTimes = await ReadAsync(MetricBlockSchema.MinTime);
        using var maxTimes = await ReadAsync(MetricBlockSchema.MaxTime);
        using var vectorOf = await ReadAsync(MetricBlockSchema.TimeVector);
        var histogramChunk = rows.Info.Columns[file.Schema.Column(MetricBlockSchema.Histograms).Index];
        using var vectors = await file.ReadSectionAsync(MetricBlockSchema.TimeVectorsSection, cancellationToken);
        using var metadata = await file.ReadSectionAsync(MetricBlockSchema.MetadataSection, cancellationToken);
        using var exemplars = await file.ReadSectionAsync(MetricBlockSchema.ExemplarsSection, cancellationToken);
        var timeVectors = ReadTimeVectors(vectors.Span, meta.ObjectKey);
        if (vectorOf.Int32s.ContainsAnyExceptInRange(0, timeVectors.Length - 1))
        {
            throw new CorruptFileException(meta.ObjectKey, 0, "a series names a time vector that the file does not have");
        }

        return new MetricBlock(
            file, index, minTimes.Int64s.ToArray(), maxTimes.Int64s.ToArray(), vectorOf.Int32s.ToArray(), timeVectors,
            histogramChunk.Statistics.NullCount != rows.RowCount)
        {
            Metadata = ReadMetadata(metadata.Span, meta.ObjectKey),
            Exemplars = ReadExemplars(exemplars.Span, rows.RowCount, meta.ObjectKey),
        };

        ValueTask<DecodedColumn> ReadAsync(string field, string? leaf = null) => rows.ReadColumnAsync(
            leaf is null ? file.Schema.Column(field) : file.Schema.Column(field, leaf), cancellationToken: cancellationToken);
    }

    /// <summary>The smallest and largest time of a series.</summary>
    public (long MinTimeMs, long MaxTimeMs) RangeOf(int series) => (_minTimesMs[series], _maxTimesMs[series]);

    /// <summary>The times of a series.</summary>
    public ReadOnlySpan<long> TimesOf(int series) => _timeVectors[_timeVectorOf[series]];

    /// <summary>Reads the values of some series, ascending.</summary>
    public async ValueTask<BlockValues> ReadAsync(IReadOnlyList<int> series, CancellationToken cancellationToken)
    {
        var ranges = RangesOf(series);
        var rows = _file.RowGroups[0];
        var column = _file.Schema.Column(MetricBlockSchema.Values);
        var values = await rows.ReadColumnAsync(column, ranges, cancellationToken: cancellationToken);
        var histograms = _hasHistograms
            ? await rows.ReadColumnAsync(_file.Schema.Column(MetricBlockSchema.Histograms), ranges, cancellationToken: cancellationToken)
            : null;
        return new BlockValues(this, values, histograms);
    }

    private static RowRange[] RangesOf(IReadOnlyList<int> series)
    {
        var ranges = new List<RowRange>();
        foreach (var row in series)
        {
            if (ranges.Count > 0 && ranges[^1].End == row) ranges[^1] = ranges[^1] with { Count = ranges[^1].Count + 1 };
            else ranges.Add(new RowRange(row, 1));
        }

        return [.. ranges];
    }

    private static void FillIndex(LabelIndex index, DecodedColumn names, DecodedColumn keys, DecodedColumn values, string file)
    {
        var labels = new LabelSetWriter();
        for (var row = 0; row < names.RowCount; row++)
        {
            labels.Reset();
            var slot = row == 0 ? 0 : keys.ListEnds[row - 1];
            var named = false;
            for (; slot < keys.ListEnds[row]; slot++)
            {
                // The name goes where it stands in the order, so that no set needs sorting.
                if (!named && keys.Bytes(slot).SequenceCompareTo("__name__"u8) > 0)
                {
                    named = true;
                    labels.Add("__name__"u8, names.Bytes(row));
                }

                labels.Add(keys.Bytes(slot), values.Bytes(slot));
            }

            if (!named) labels.Add("__name__"u8, names.Bytes(row));
            if (labels.TryFinish(out var canonical) != LabelSetError.None)
            {
                throw new CorruptFileException(file, 0, $"row {row} has no valid labels");
            }

            index.Add(canonical);
        }
    }

    private static long[][] ReadTimeVectors(ReadOnlySpan<byte> section, string file)
    {
        var reader = new VarintReader(section);
        var vectors = new long[reader.ReadCount(section.Length)][];
        for (var i = 0; i < vectors.Length && !reader.Failed; i++)
        {
            var count = reader.ReadCount(int.MaxValue);
            var bits = reader.ReadLengthPrefixed();

            // A timestamp takes a bit at least: more of them than bits are damage, and no reason to allocate.
            if (count > bits.Length * 8L) throw new CorruptFileException(file, 0, "a time vector claims more timestamps than it has bits");
            var times = vectors[i] = new long[count];
            var codec = default(TimeCodec);
            var bitReader = new BitReader(bits);
            for (var n = 0; n < times.Length; n++) times[n] = codec.Decode(ref bitReader);
        }

        return reader.Failed ? throw new CorruptFileException(file, 0, "the section of time vectors breaks off") : vectors;
    }

    private static List<MetadataEntry> ReadMetadata(ReadOnlySpan<byte> section, string file)
    {
        var reader = new VarintReader(section);
        var entries = new List<MetadataEntry>();
        while (!reader.AtEnd)
        {
            entries.Add(new MetadataEntry(
                Encoding.UTF8.GetString(reader.ReadLengthPrefixed()), Encoding.UTF8.GetString(reader.ReadLengthPrefixed()),
                Encoding.UTF8.GetString(reader.ReadLengthPrefixed()), Encoding.UTF8.GetString(reader.ReadLengthPrefixed())));
        }

        return reader.Failed ? throw new CorruptFileException(file, 0, "the section of metric metadata breaks off") : entries;
    }

    private static List<ExemplarRow> ReadExemplars(ReadOnlySpan<byte> section, long rowCount, string file)
    {
        var reader = new VarintReader(section);
        var rows = new List<ExemplarRow>();
        while (!reader.AtEnd)
        {
            var row = (long)reader.ReadUnsigned();
            rows.Add(new ExemplarRow((int)row, reader.ReadSigned(), reader.ReadDouble(), reader.ReadLengthPrefixed().ToArray()));
            if (row < 0 || row >= rowCount) throw new CorruptFileException(file, 0, $"an exemplar belongs to row {row} of {rowCount}");
        }

        return reader.Failed ? throw new CorruptFileException(file, 0, "the section of exemplars breaks off") : rows;
    }
}

/// <summary>An exemplar of a row; its labels are a canonical label set.</summary>
internal sealed record ExemplarRow(int Row, long TimestampMs, double Value, byte[] Labels);
