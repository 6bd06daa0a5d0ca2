using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Logs.Block;
using Triptych.Logs.Fields;
using Triptych.Model.Logs;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;

namespace Triptych.Logs.Compaction;

/// <summary>One input of a merge: its file, and the merge's numbers of its streams.</summary>
internal sealed class LogMergeInput
{
    // Rows of a row group that are looked at to know where its times lie.
    private const int SampledRows = 8 * 1024;

    // Of a row group that is copied the streams are decoded and numbered anew.
    private const int NumberBytes = 2 * sizeof(int);

    // Of a byte in the section of fields: names become entries of a dictionary.
    private const int FactBytes = 16;

    private LogMergeInput(int number, ParquetFile file, (long Min, long Max)[] times, int[] streams, FieldFacts?[] fields, MetadataFacts?[] metadata)
    {
        Metadata = metadata;
        Fields = fields;
        Number = number;
        File = file;
        RowGroupTimes = times;
        Streams = streams;
    }

    /// <summary>Told the times and streams of rows that follow each other.</summary>
    public delegate void RunHandler(int firstRow, ReadOnlySpan<long> times, ReadOnlySpan<int> streams);

    /// <summary>Told a row with its line; the stream is numbered as in the file.</summary>
    public delegate void LineHandler(int stream, long timeUnixNanos, LogLevel level, ReadOnlySpan<byte> line);

    /// <summary>Its place in the order of acknowledgement.</summary>
    public int Number { get; }

    /// <summary>The file.</summary>
    public ParquetFile File { get; }

    /// <summary>Smallest and largest time of each row group.</summary>
    public IReadOnlyList<(long Min, long Max)> RowGroupTimes { get; }

    /// <summary>The merge's number of each of the file's streams.</summary>
    public int[] Streams { get; }

    /// <summary>By row group, what is known of its fields; null where nothing is.</summary>
    public IReadOnlyList<FieldFacts?> Fields { get; }

    /// <summary>By row group, where its metadata is; null where all is in the map.</summary>
    public IReadOnlyList<MetadataFacts?> Metadata { get; }

    /// <summary>Reads footer and streams.</summary>
    public static async ValueTask<LogMergeInput> OpenAsync(
        int number, MergeJob job, LogMergeStreams streams, ScanCharge charge, CancellationToken cancellationToken)
    {
        var meta = job.Inputs[number];
        var (file, times) = await LogBlock.OpenFileAsync(job.Objects, meta, MergeScale.Reading(job.Memory), cancellationToken);
        charge.Add(file.Footer.SizeBytes);
        var numbers = new List<int>();
        await LogBlock.ReadStreamsAsync(file, meta.ObjectKey, labels => numbers.Add(streams.NumberOf(labels)), cancellationToken);
        charge.Add(numbers.Count * 4L);
        var fields = new FieldFacts?[times.Length];
        for (var i = 0; i < fields.Length; i++)
        {
            if (!file.Footer.Sections.TryGetValue(FieldFacts.SectionOf(i), out var info)) continue;
            charge.Add(info.Length * (long)FactBytes);
            using var section = await file.ReadSectionAsync(FieldFacts.SectionOf(i), cancellationToken);
            fields[i] = FieldFacts.Read(section.Span, meta.ObjectKey);
        }

        var metadata = new MetadataFacts?[times.Length];
        for (var i = 0; i < metadata.Length; i++)
        {
            if (!file.Footer.Sections.TryGetValue(MetadataFacts.SectionOf(i), out var info)) continue;
            charge.Add(info.Length * (long)FactBytes);
            using var section = await file.ReadSectionAsync(MetadataFacts.SectionOf(i), cancellationToken);
            metadata[i] = MetadataFacts.Read(section.Span, meta.ObjectKey);
        }

        return new LogMergeInput(number, file, times, [.. numbers], fields, metadata);
    }

    /// <summary>What the plan has to know of the row groups.</summary>
    public async IAsyncEnumerable<SliceSource> SlicesAsync(
        MergeJob job, MetadataLayout layout, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var i = 0; i < RowGroupTimes.Count; i++)
        {
            var (min, max) = RowGroupTimes[i];
            var group = File.RowGroups[i];
            var largest = group.Info.Columns.Max(c => c.UncompressedBytes);
            yield return new SliceSource
            {
                Input = Number,
                RowGroup = i,
                MinTime = min,
                MaxTime = max,
                Rows = group.RowCount,
                LargestColumnBytes = largest,
                Sample = await SampleAsync(i, min, job.Memory, cancellationToken),
                MayCopy = File.Footer.HasChecksums
                    && (group.RowCount >= SlicePlan.ProperRows || largest >= MergeScale.ProperBytes(job.Memory))
                    && group.RowCount * NumberBytes <= job.Memory.Limit / 8
                    && (Metadata[i]?.Columns ?? []).All(layout.Has)
                    && !job.Deletions.Any(d => d.MinTime <= max && d.MaxTime >= min),
            };
        }
    }

    /// <summary>Tells time and stream of each row of a row group, a few pages at a time.</summary>
    public async ValueTask WalkAsync(int rowGroup, RunHandler onRun, MemoryBudget memory, CancellationToken cancellationToken)
    {
        var schema = File.Schema;
        using var cursor = File.ReadRows(
            [schema.Column(LogBlockSchema.Time), schema.Column(LogBlockSchema.Stream)], rowGroup..(rowGroup + 1),
            readAheadBytes: MergeScale.ReadAheadBytes(memory));
        while (await cursor.MoveNextAsync(cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            onRun(
                (int)cursor.FirstRow,
                cursor.Page(0).Int64s.Slice(cursor.Offset(0), cursor.RowCount),
                cursor.Page(1).Int32s.Slice(cursor.Offset(1), cursor.RowCount));
            await Task.Yield();
        }
    }

    /// <summary>Tells the rows of a row group with their lines, a page at a time.</summary>
    public async ValueTask WalkLinesAsync(int rowGroup, LineHandler onLine, MemoryBudget memory, CancellationToken cancellationToken)
    {
        var schema = File.Schema;
        using var cursor = File.ReadRows(
            [
                schema.Column(LogBlockSchema.Stream), schema.Column(LogBlockSchema.Time), schema.Column(LogBlockSchema.Level),
                schema.Column(LogBlockSchema.Line),
            ],
            rowGroup..(rowGroup + 1), readAheadBytes: MergeScale.ReadAheadBytes(memory));
        while (await cursor.MoveNextAsync(cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Tell(cursor, onLine);
            await Task.Yield();
        }
    }

    /// <summary>The merge's number of a stream that a row names.</summary>
    public int StreamOf(RowGroupReader group, int stream) =>
        (uint)stream < (uint)Streams.Length ? Streams[stream] : throw LogMergeRows.UnknownStream(group, stream);

    private static void Tell(RowCursor cursor, LineHandler onLine)
    {
        var streams = cursor.Page(0).Int32s.Slice(cursor.Offset(0), cursor.RowCount);
        var times = cursor.Page(1).Int64s.Slice(cursor.Offset(1), cursor.RowCount);
        var (levels, level) = (cursor.Page(2), cursor.Offset(2));
        var (lines, line) = (cursor.Page(3), cursor.Offset(3));
        for (var i = 0; i < streams.Length; i++) onLine(streams[i], times[i], LevelNames.Read(levels.Bytes(level + i)), lines.Bytes(line + i));
    }

    private async ValueTask<long[]> SampleAsync(int rowGroup, long min, MemoryBudget memory, CancellationToken cancellationToken)
    {
        var stride = Math.Max(1, File.RowGroups[rowGroup].RowCount / SampledRows);
        using var sampled = new NativeList<long>(memory, SampledRows);
        using var cursor = File.ReadRows(
            [File.Schema.Column(LogBlockSchema.Time)], rowGroup..(rowGroup + 1), readAheadBytes: MergeScale.ReadAheadBytes(memory));
        while (await cursor.MoveNextAsync(cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var times = cursor.Page(0).Int64s.Slice(cursor.Offset(0), cursor.RowCount);
            for (var i = (int)((stride - (cursor.FirstRow % stride)) % stride); i < times.Length; i += (int)stride) sampled.Add(times[i]);
        }

        sampled.Span.Sort();
        if (sampled.Count > 0) sampled[0] = min;
        return SliceSource.SampleOf(sampled.Span);
    }
}

/// <summary>The streams of all inputs, numbered; streams with equal labels are one. Their rank is their place in the order of their labels.</summary>
internal sealed class LogMergeStreams(ScanCharge charge)
{
    // An entry of the dictionary, the array's header, and its place in the list and in two arrays of ranks.
    private const int EntryBytes = 88;

    private readonly Dictionary<ReadOnlyMemory<byte>, int> _numbers = new(BytesComparer.Instance);
    private readonly List<byte[]> _labels = [];
    private int[] _byRank = [];
    private int[] _rankOf = [];

    /// <summary>How many there are.</summary>
    public int Count => _labels.Count;

    /// <summary>The number of a stream, a new one when it was not met before.</summary>
    public int NumberOf(ReadOnlySpan<byte> labels)
    {
        if (_numbers.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(labels, out var known)) return known;
        charge.Add(labels.Length + EntryBytes);
        var copy = labels.ToArray();
        _numbers[copy] = _labels.Count;
        _labels.Add(copy);
        return _labels.Count - 1;
    }

    /// <summary>Sorts them, after all were met.</summary>
    public void Rank()
    {
        _byRank = [.. Enumerable.Range(0, Count)];
        Array.Sort(_byRank, (a, b) => _labels[a].AsSpan().SequenceCompareTo(_labels[b]));
        _rankOf = new int[Count];
        for (var i = 0; i < _byRank.Length; i++) _rankOf[_byRank[i]] = i;
    }

    /// <summary>The labels of a stream.</summary>
    public byte[] LabelsOf(int stream) => _labels[stream];

    /// <summary>A stream's rank.</summary>
    public int RankOf(int stream) => _rankOf[stream];

    /// <summary>The stream of a rank.</summary>
    public int OfRank(int rank) => _byRank[rank];
}
