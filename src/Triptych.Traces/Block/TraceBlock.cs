using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Primitives.Binary;
using Triptych.Storage.Blocks;
using Triptych.Storage.Catalog;
using Triptych.Storage.ObjectStore;
using Triptych.Traces.Attributes;
using Triptych.Traces.Sampling;
using Triptych.Traces.Scan;

namespace Triptych.Traces.Block;

/// <summary>An open traces block: footer, resources and scopes. Immutable; any thread may read. Rows are read from the file when a query wants them.</summary>
internal sealed class TraceBlock : IOpenBlock
{
    private readonly PackedItems _resources;
    private readonly PackedItems _scopes;

    // 0 not known, 1 none, 2 some.
    private int _repeats;

    private readonly GroupAttributes[] _attributes;

    private TraceBlock(BlockMeta meta, ParquetFile file, GroupAttributes[] attributes, PackedItems resources, PackedItems scopes)
    {
        Meta = meta;
        _attributes = attributes;
        File = file;
        _resources = resources;
        _scopes = scopes;
        Sampled = SampledCounts.Read(file.Footer.Metadata.GetValueOrDefault(TraceBlockSchema.SampledKey));
        SizeBytes = file.Footer.SizeBytes + resources.SizeBytes + scopes.SizeBytes;
    }

    /// <summary>Which block.</summary>
    public BlockMeta Meta { get; }

    /// <summary>Key of its object, for errors.</summary>
    public string Key => Meta.ObjectKey;

    /// <summary>The file.</summary>
    public ParquetFile File { get; }

    /// <summary>Resources by number.</summary>
    public IByteItems Resources => _resources;

    /// <summary>Scopes by number.</summary>
    public IByteItems Scopes => _scopes;

    /// <summary>The columns that hold attributes of a row group's spans.</summary>
    public GroupAttributes AttributesOf(int rowGroup) => _attributes.Length == 0 ? GroupAttributes.None : _attributes[rowGroup];

    /// <summary>What sampling has left out of it; null where it never did.</summary>
    public SampledCounts? Sampled { get; }

    /// <summary>Whether a span may stand in it twice, see <see cref="BlockRepeats"/>; null until somebody has looked.</summary>
    public bool? KnownRepeats
    {
        get => Volatile.Read(ref _repeats) switch { 0 => null, var known => known == 2 };
        set => Volatile.Write(ref _repeats, value switch { null => 0, false => 1, _ => 2 });
    }

    /// <inheritdoc/>
    public long SizeBytes { get; }

    /// <summary>Reads footer and sections.</summary>
    /// <exception cref="CorruptFileException">The file is not a traces block, or damaged.</exception>
    public static ValueTask<TraceBlock> OpenAsync(IObjectStore objects, BlockMeta meta, CancellationToken cancellationToken) =>
        OpenAsync(objects, meta, ParquetReaderOptions.Default, cancellationToken);

    /// <summary>Reads footer and sections; reads with these options then and later.</summary>
    /// <exception cref="CorruptFileException">The file is not a traces block, or damaged.</exception>
    public static async ValueTask<TraceBlock> OpenAsync(
        IObjectStore objects, BlockMeta meta, ParquetReaderOptions options, CancellationToken cancellationToken)
    {
        var file = await ParquetFile.OpenAsync(new ObjectInput(objects, meta.ObjectKey, meta.SizeBytes), options, cancellationToken);
        var format = file.Footer.Metadata.GetValueOrDefault(TraceBlockSchema.FormatKey);
        if (format is not (TraceBlockSchema.FormatValue or TraceBlockSchema.FormatWithColumns))
        {
            throw new CorruptFileException(
                meta.ObjectKey, 0, $"the file is not a block of format {TraceBlockSchema.FormatValue} or {TraceBlockSchema.FormatWithColumns}");
        }

        if (!file.Footer.Sections.ContainsKey(TraceBlockSchema.ResourcesSection) || !file.Footer.Sections.ContainsKey(TraceBlockSchema.ScopesSection))
            throw new CorruptFileException(meta.ObjectKey, 0, "the sections of resources and scopes are missing");
        var attributes = format == TraceBlockSchema.FormatWithColumns ? await GroupAttributes.ReadAsync(file, meta.ObjectKey, cancellationToken) : [];
        using var resources = await file.ReadSectionAsync(TraceBlockSchema.ResourcesSection, cancellationToken);
        using var scopes = await file.ReadSectionAsync(TraceBlockSchema.ScopesSection, cancellationToken);
        return new TraceBlock(meta, file, attributes, PackedItems.Read(resources.Span, meta.ObjectKey), PackedItems.Read(scopes.Span, meta.ObjectKey));
    }

    /// <summary>The row groups that may have a wanted row.</summary>
    public IEnumerable<SpanUnit> Units(ScanPlan plan)
    {
        var start = File.Schema.Column(TraceBlockSchema.Start);
        var pruning = new SpanPruning(this);
        for (var rowGroup = 0; rowGroup < File.RowGroups.Length; rowGroup++)
        {
            var group = File.RowGroups[rowGroup];
            if (!group.Info.Columns[start.Index].Statistics.TryGetInt64(out var min, out var max)) (min, max) = (long.MinValue, long.MaxValue);
            if (min >= plan.Request.MaxTimeUnixNanos || max < plan.Request.MinTimeUnixNanos) continue;
            yield return new BlockUnit(this, rowGroup, pruning, min, max);
        }
    }

    private sealed class PackedItems(byte[] bytes, int[] ends) : IByteItems
    {
        public int Count => ends.Length;

        public long SizeBytes => bytes.Length + (ends.Length * 4L);

        public ReadOnlySpan<byte> this[int number] => bytes.AsSpan((number == 0 ? 0 : ends[number - 1])..ends[number]);

        public static PackedItems Read(ReadOnlySpan<byte> section, string file)
        {
            var reader = new VarintReader(section);
            var ends = new int[reader.ReadCount(section.Length)];
            var bytes = new byte[section.Length];
            var used = 0;
            for (var i = 0; i < ends.Length; i++)
            {
                var item = reader.ReadLengthPrefixed();
                item.CopyTo(bytes.AsSpan(used));
                ends[i] = used += item.Length;
            }

            if (reader.Failed || !reader.AtEnd) throw new CorruptFileException(file, 0, "a section of resources or scopes breaks off");
            return new PackedItems(bytes[..used], ends);
        }
    }
}
