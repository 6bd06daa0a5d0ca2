using System.Runtime.InteropServices;
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
    private readonly ParquetColumn? _starts;

    private MetricBlock(
        BlockMeta meta, ParquetFile file, LabelIndex index, long[] minTimesMs, long[] maxTimesMs, int[] timeVectorOf,
        long[][] timeVectors, bool hasHistograms)
    {
        Meta = meta;
        _file = file;
        Index = index;
        _minTimesMs = minTimesMs;
        _maxTimesMs = maxTimesMs;
        _timeVectorOf = timeVectorOf;
        _timeVectors = timeVectors;
        _hasHistograms = hasHistograms;
        _starts = StartsOf(file);
        SizeBytes = index.SizeBytes + (minTimesMs.Length * 20L) + timeVectors.Sum(v => (v.Length * 8L) + 24) + file.Footer.SizeBytes;
    }

    /// <summary>Which block.</summary>
    public BlockMeta Meta { get; }

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
        var file = await OpenFileAsync(objects, meta, ParquetReaderOptions.Default, cancellationToken);
        var index = new LabelIndex();
        var (minTimes, maxTimes, vectorOf) = (new List<long>(), new List<long>(), new List<int>());
        foreach (var group in file.RowGroups)
        {
            using var names = await group.ReadColumnAsync(file.Schema.Column(MetricBlockSchema.Name), cancellationToken: cancellationToken);
            using var keys = await group.ReadColumnAsync(file.Schema.Column(MetricBlockSchema.Labels, "key"), cancellationToken: cancellationToken);
            using var values = await group.ReadColumnAsync(file.Schema.Column(MetricBlockSchema.Labels, "value"), cancellationToken: cancellationToken);
            FillIndex(index, names, keys, values, meta.ObjectKey);
            using var mins = await group.ReadColumnAsync(file.Schema.Column(MetricBlockSchema.MinTime), cancellationToken: cancellationToken);
            using var maxs = await group.ReadColumnAsync(file.Schema.Column(MetricBlockSchema.MaxTime), cancellationToken: cancellationToken);
            using var vectorNumbers = await group.ReadColumnAsync(file.Schema.Column(MetricBlockSchema.TimeVector), cancellationToken: cancellationToken);
            minTimes.AddRange(mins.Int64s);
            maxTimes.AddRange(maxs.Int64s);
            vectorOf.AddRange(vectorNumbers.Int32s);
        }

        using var vectors = await file.ReadSectionAsync(MetricBlockSchema.TimeVectorsSection, cancellationToken);
        var timeVectors = ReadTimeVectors(vectors.Span, meta.ObjectKey);
        if (CollectionsMarshal.AsSpan(vectorOf).ContainsAnyExceptInRange(0, timeVectors.Length - 1))
        {
            throw new CorruptFileException(meta.ObjectKey, 0, "a series names a time vector that the file does not have");
        }

        var histograms = file.Schema.Column(MetricBlockSchema.Histograms).Index;
        return new MetricBlock(
            meta, file, index, [.. minTimes], [.. maxTimes], [.. vectorOf], timeVectors,
            file.RowGroups.Any(g => g.Info.Columns[histograms].Statistics.NullCount != g.RowCount))
        {
            Metadata = await ReadMetadataAsync(file, meta.ObjectKey, cancellationToken),
            Exemplars = await ReadExemplarsAsync(file, meta.ObjectKey, cancellationToken),
        };
    }

    /// <summary>Reads the footer alone.</summary>
    /// <exception cref="CorruptFileException">The file is not a metrics block, or damaged.</exception>
    public static async ValueTask<ParquetFile> OpenFileAsync(
        IObjectStore objects, BlockMeta meta, ParquetReaderOptions options, CancellationToken cancellationToken)
    {
        var input = new ObjectInput(objects, meta.ObjectKey, meta.SizeBytes);
        var file = await ParquetFile.OpenAsync(input, options, cancellationToken);
        if (file.Footer.Metadata.GetValueOrDefault(MetricBlockSchema.FormatKey) != MetricBlockSchema.FormatValue)
        {
            throw new CorruptFileException(meta.ObjectKey, 0, $"the file is not a block of format {MetricBlockSchema.FormatValue}");
        }

        foreach (var section in new[] { MetricBlockSchema.TimeVectorsSection, MetricBlockSchema.MetadataSection, MetricBlockSchema.ExemplarsSection })
        {
            if (!file.Footer.Sections.ContainsKey(section)) throw new CorruptFileException(meta.ObjectKey, 0, $"the section {section} is missing");
        }

        return file;
    }

    /// <summary>Reads what senders said about metrics.</summary>
    public static async ValueTask<IReadOnlyList<MetadataEntry>> ReadMetadataAsync(ParquetFile file, string key, CancellationToken cancellationToken)
    {
        using var section = await file.ReadSectionAsync(MetricBlockSchema.MetadataSection, cancellationToken);
        return ReadMetadata(section.Span, key);
    }

    /// <summary>Reads the exemplars.</summary>
    public static async ValueTask<IReadOnlyList<ExemplarRow>> ReadExemplarsAsync(ParquetFile file, string key, CancellationToken cancellationToken)
    {
        using var section = await file.ReadSectionAsync(MetricBlockSchema.ExemplarsSection, cancellationToken);
        return ReadExemplars(section.Span, file.Footer.RowCount, key);
    }

    /// <summary>
    /// Drops the series without a sample in [<paramref name="minTimeMs"/>, <paramref name="maxTimeMs"/>]. Times are in memory, so this spares reading
    /// values that lie around the range only.
    /// </summary>
    public void KeepInRange(List<int> series, long minTimeMs, long maxTimeMs)
    {
        // Series of one scrape share a vector and stand in any order, so the last answers are worth keeping.
        var (vector, isIn) = (-1, false);
        series.RemoveAll(s =>
        {
            if (_minTimesMs[s] > maxTimeMs || _maxTimesMs[s] < minTimeMs) return true;
            if (_minTimesMs[s] >= minTimeMs || _maxTimesMs[s] <= maxTimeMs) return false;
            if (_timeVectorOf[s] != vector) (vector, isIn) = (_timeVectorOf[s], HasSampleIn(s, minTimeMs, maxTimeMs));
            return !isIn;
        });
    }

    /// <summary>Whether a series has a sample in [<paramref name="minTimeMs"/>, <paramref name="maxTimeMs"/>].</summary>
    public bool HasSampleIn(int series, long minTimeMs, long maxTimeMs)
    {
        var times = TimesOf(series);
        var first = times.BinarySearch(minTimeMs);
        if (first < 0) first = ~first;
        return first < times.Length && times[first] <= maxTimeMs;
    }

    /// <summary>Samples of all series.</summary>
    public long CountSamples()
    {
        var samples = 0L;
        for (var series = 0; series < _timeVectorOf.Length; series++) samples += TimesOf(series).Length;
        return samples;
    }

    /// <summary>Samples of a series in [<paramref name="minTimeMs"/>, <paramref name="maxTimeMs"/>].</summary>
    public int CountSamplesIn(int series, long minTimeMs, long maxTimeMs)
    {
        var times = TimesOf(series);
        var (first, end) = (times.BinarySearch(minTimeMs), times.BinarySearch(maxTimeMs));
        if (first < 0) first = ~first;
        end = end < 0 ? ~end : end + 1;
        return Math.Max(0, end - first);
    }

    /// <summary>Bytes in the file that hold what is read of the samples of some series, those of their row groups all counted.</summary>
    /// <param name="series">Ascending.</param>
    /// <param name="withStarts">Whether start times are read.</param>
    public long StoredBytesOf(IReadOnlyList<int> series, bool withStarts)
    {
        var columns = new List<int> { _file.Schema.Column(MetricBlockSchema.Values).Index };
        if (_hasHistograms) columns.Add(_file.Schema.Column(MetricBlockSchema.Histograms).Index);
        if (withStarts && _starts is { } starts) columns.Add(starts.Index);
        var (bytes, at) = (0L, 0);
        foreach (var group in _file.RowGroups)
        {
            var end = group.Info.FirstRow + group.RowCount;
            var before = at;
            while (at < series.Count && series[at] < end) at++;
            if (at > before) bytes += columns.Sum(c => group.Info.Columns[c].CompressedBytes);
        }

        return bytes;
    }

    /// <summary>The times of a series.</summary>
    public ReadOnlySpan<long> TimesOf(int series) => _timeVectors[_timeVectorOf[series]];

    /// <summary>The column of start times; null where the file has none, or none in it.</summary>
    public static ParquetColumn? StartsOf(ParquetFile file) =>
        file.Schema.TryFind(MetricBlockSchema.StartTimes, out var column)
            && file.RowGroups.Any(g => g.Info.Columns[column.Index].Statistics.NullCount != g.RowCount)
            ? column
            : null;

    /// <summary>Reads the values of some series, ascending.</summary>
    public async ValueTask<BlockValues> ReadAsync(IReadOnlyList<int> series, bool withStarts, CancellationToken cancellationToken)
    {
        var read = new BlockValues(this);
        try
        {
            var place = 0;
            foreach (var group in _file.RowGroups)
            {
                var first = place;
                var ranges = RangesOf(series, group, ref place);
                if (ranges.Length == 0) continue;
                var values = await group.ReadColumnAsync(_file.Schema.Column(MetricBlockSchema.Values), ranges, cancellationToken: cancellationToken);
                read.Add(first, values);
                if (withStarts && _starts is not null)
                    read.SetStarts(await group.ReadColumnAsync(_starts, ranges, cancellationToken: cancellationToken));
                if (!_hasHistograms) continue;
                var histograms = await group.ReadColumnAsync(_file.Schema.Column(MetricBlockSchema.Histograms), ranges, cancellationToken: cancellationToken);
                read.SetHistograms(histograms);
            }

            return read;
        }
        catch
        {
            read.Dispose();
            throw;
        }
    }

    /// <summary>The rows of a row group that are among the series from <paramref name="place"/> on, which it moves behind them.</summary>
    private static RowRange[] RangesOf(IReadOnlyList<int> series, RowGroupReader group, ref int place)
    {
        var ranges = new List<RowRange>();
        for (; place < series.Count && series[place] < group.Info.FirstRow + group.RowCount; place++)
        {
            var row = series[place] - group.Info.FirstRow;
            if (ranges.Count > 0 && ranges[^1].End == row) ranges[^1] = ranges[^1] with { Count = ranges[^1].Count + 1 };
            else ranges.Add(new RowRange(row, 1));
        }

        return [.. ranges];
    }

    private static void FillIndex(LabelIndex index, DecodedColumn names, DecodedColumn keys, DecodedColumn values, string file)
    {
        var labels = new RowLabels(file);
        for (var row = 0; row < names.RowCount; row++) index.Add(labels.Read(names.Bytes(row), keys, values, row, row));
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
