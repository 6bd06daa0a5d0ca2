using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Primitives.Binary;
using Triptych.Storage.Blocks;
using Triptych.Storage.Catalog;
using Triptych.Storage.Index;
using Triptych.Storage.ObjectStore;

namespace Triptych.Logs.Block;

/// <summary>
/// An open logs block: its streams and the time range of each row group. Immutable after <see cref="OpenAsync"/>; any thread may read,
/// <see cref="Streams"/> under a lock on it.
/// </summary>
internal sealed class LogBlock : IOpenBlock
{
    private LogBlock(BlockMeta meta, ParquetFile file, LabelIndex streams, (long Min, long Max)[] rowGroupTimes)
    {
        Meta = meta;
        File = file;
        Streams = streams;
        RowGroupTimes = rowGroupTimes;
        Facts = [.. Enumerable.Range(0, file.RowGroups.Length).Select(i => new RowGroupFacts(file, i))];
        SizeBytes = streams.SizeBytes + (rowGroupTimes.Length * 16L) + file.Footer.SizeBytes
            + file.RowGroups.Sum(g => RowGroupFacts.MostBytes(file, g.Info.Index, streams.Count));
    }

    /// <summary>Which block.</summary>
    public BlockMeta Meta { get; }

    /// <summary>The file.</summary>
    public ParquetFile File { get; }

    /// <summary>The streams by their number in the file.</summary>
    public LabelIndex Streams { get; }

    /// <summary>Smallest and largest time of each row group.</summary>
    public IReadOnlyList<(long Min, long Max)> RowGroupTimes { get; }

    /// <summary>What is known of each row group.</summary>
    public IReadOnlyList<RowGroupFacts> Facts { get; }

    /// <inheritdoc/>
    public long SizeBytes { get; }

    /// <summary>Reads footer and streams.</summary>
    /// <exception cref="CorruptFileException">The file is not a logs block, or damaged.</exception>
    public static async ValueTask<LogBlock> OpenAsync(IObjectStore objects, BlockMeta meta, CancellationToken cancellationToken)
    {
        var (file, times) = await OpenFileAsync(objects, meta, ParquetReaderOptions.Default, cancellationToken);
        var streams = new LabelIndex();
        await ReadStreamsAsync(file, meta.ObjectKey, labels => streams.Add(labels), cancellationToken);
        return new LogBlock(meta, file, streams, times);
    }

    /// <summary>Reads the footer alone, and the time range of each row group from it.</summary>
    /// <exception cref="CorruptFileException">The file is not a logs block, or damaged.</exception>
    public static async ValueTask<(ParquetFile File, (long Min, long Max)[] RowGroupTimes)> OpenFileAsync(
        IObjectStore objects, BlockMeta meta, ParquetReaderOptions options, CancellationToken cancellationToken)
    {
        var input = new ObjectInput(objects, meta.ObjectKey, meta.SizeBytes);
        var file = await ParquetFile.OpenAsync(input, options, cancellationToken);
        if (file.Footer.Metadata.GetValueOrDefault(LogBlockSchema.FormatKey) is not (LogBlockSchema.FormatValue or LogBlockSchema.FormatWithMetadata))
        {
            throw new CorruptFileException(
                meta.ObjectKey, 0, $"the file is not a block of format {LogBlockSchema.FormatValue} or {LogBlockSchema.FormatWithMetadata}");
        }

        if (!file.Footer.Sections.ContainsKey(LogBlockSchema.StreamsSection))
        {
            throw new CorruptFileException(meta.ObjectKey, 0, "the section of streams is missing");
        }

        var time = file.Schema.Column(LogBlockSchema.Time).Index;
        var times = file.RowGroups
            .Select(g => g.Info.Columns[time].Statistics.TryGetInt64(out var min, out var max)
                ? (min, max)
                : throw new CorruptFileException(meta.ObjectKey, 0, "a row group does not say which times it has"))
            .ToArray();
        return (file, times);
    }

    /// <summary>Tells the canonical labels of each stream, by their numbers in the file.</summary>
    /// <exception cref="CorruptFileException">The section is damaged.</exception>
    public static async ValueTask ReadStreamsAsync(ParquetFile file, string key, StreamHandler onStream, CancellationToken cancellationToken)
    {
        using var section = await file.ReadSectionAsync(LogBlockSchema.StreamsSection, cancellationToken);
        ReadStreams(section.Span, key, onStream);
    }

    /// <summary>Told the canonical labels of a stream.</summary>
    public delegate void StreamHandler(ReadOnlySpan<byte> labels);

    private static void ReadStreams(ReadOnlySpan<byte> section, string file, StreamHandler onStream)
    {
        var reader = new VarintReader(section);
        for (var n = reader.ReadCount(section.Length); n > 0 && !reader.Failed; n--) onStream(reader.ReadLengthPrefixed());
        if (reader.Failed) throw new CorruptFileException(file, 0, "the section of streams breaks off");
    }
}
