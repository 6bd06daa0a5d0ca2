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
    private LogBlock(ParquetFile file, LabelIndex streams, (long Min, long Max)[] rowGroupTimes)
    {
        File = file;
        Streams = streams;
        RowGroupTimes = rowGroupTimes;
        SizeBytes = streams.SizeBytes + (rowGroupTimes.Length * 16L) + file.Footer.SizeBytes;
    }

    /// <summary>The file.</summary>
    public ParquetFile File { get; }

    /// <summary>The streams by their number in the file.</summary>
    public LabelIndex Streams { get; }

    /// <summary>Smallest and largest time of each row group.</summary>
    public IReadOnlyList<(long Min, long Max)> RowGroupTimes { get; }

    /// <inheritdoc/>
    public long SizeBytes { get; }

    /// <summary>Reads footer and streams.</summary>
    /// <exception cref="CorruptFileException">The file is not a logs block, or damaged.</exception>
    public static async ValueTask<LogBlock> OpenAsync(IObjectStore objects, BlockMeta meta, CancellationToken cancellationToken)
    {
        var input = new ObjectInput(objects, meta.ObjectKey, meta.SizeBytes);
        var file = await ParquetFile.OpenAsync(input, cancellationToken: cancellationToken);
        if (file.Footer.Metadata.GetValueOrDefault(LogBlockSchema.FormatKey) != LogBlockSchema.FormatValue)
        {
            throw new CorruptFileException(meta.ObjectKey, 0, $"the file is not a block of format {LogBlockSchema.FormatValue}");
        }

        using var section = await file.ReadSectionAsync(LogBlockSchema.StreamsSection, cancellationToken);
        var time = file.Schema.Column(LogBlockSchema.Time).Index;
        var times = file.RowGroups
            .Select(g => g.Info.Columns[time].Statistics.TryGetInt64(out var min, out var max)
                ? (min, max)
                : throw new CorruptFileException(meta.ObjectKey, 0, "a row group does not say which times it has"))
            .ToArray();
        return new LogBlock(file, ReadStreams(section.Span, meta.ObjectKey), times);
    }

    private static LabelIndex ReadStreams(ReadOnlySpan<byte> section, string file)
    {
        var reader = new VarintReader(section);
        var streams = new LabelIndex();
        for (var n = reader.ReadCount(section.Length); n > 0 && !reader.Failed; n--) streams.Add(reader.ReadLengthPrefixed());
        return reader.Failed ? throw new CorruptFileException(file, 0, "the section of streams breaks off") : streams;
    }
}
