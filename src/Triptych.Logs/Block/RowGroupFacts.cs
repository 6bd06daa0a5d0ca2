using System.Text;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Rows;
using Triptych.Logs.Fields;
using Triptych.Logs.Patterns;
using Triptych.Primitives.Memory;

namespace Triptych.Logs.Block;

/// <summary>
/// What is kept of a row group once it was read: its stream runs, the keys of its structured metadata and where it is, the names of its fields
/// and the filter of its lines. The first two are small, or are not kept.
/// Any thread may call; two that come at once read twice.
/// </summary>
internal sealed class RowGroupFacts(ParquetFile file, int rowGroup)
{
    private const int MostRuns = 8192;
    private const int MostKeys = 64;
    private const int MostKeyBytes = 128;

    // Of a byte in the section of fields: names become entries of a dictionary.
    private const long FactBytes = 16;

    private readonly RowGroupReader _group = file.RowGroups[rowGroup];
    private StreamRuns? _runs;
    private HashSet<string>? _keys;
    private bool _hasTooManyKeys;
    private GramFilter? _filter;
    private FieldFacts? _fields;
    private MetadataFacts? _metadata;

    /// <summary>The most bytes that the facts of a row group come to, in a file of so many streams.</summary>
    public static long MostBytes(ParquetFile file, int rowGroup, int streams) =>
        (Math.Min(Math.Min(file.RowGroups[rowGroup].RowCount, streams), MostRuns) * 8) + 1024
        + (file.Footer.Sections.TryGetValue(GramFilter.SectionOf(rowGroup), out var section) ? section.Length : 0)
        + (file.Footer.Sections.TryGetValue(FieldFacts.SectionOf(rowGroup), out var fields) ? fields.Length * FactBytes : 0)
        + (file.Footer.Sections.TryGetValue(MetadataFacts.SectionOf(rowGroup), out var metadata) ? metadata.Length * FactBytes : 0);

    /// <summary>What is known of fields of lines; null where the file says nothing.</summary>
    public async ValueTask<FieldFacts?> FieldsAsync(ReadCount count, CancellationToken cancellationToken)
    {
        var name = FieldFacts.SectionOf(rowGroup);
        if (Volatile.Read(ref _fields) is not null || !file.Footer.Sections.ContainsKey(name)) return _fields;
        using var section = await file.ReadSectionAsync(name, cancellationToken);
        count.Add(section.Length);
        var fields = FieldFacts.Read(section.Span, _group.FileName);
        Volatile.Write(ref _fields, fields);
        return fields;
    }

    /// <summary>Where structured metadata is; null where all of it is in the map.</summary>
    public async ValueTask<MetadataFacts?> MetadataAsync(ReadCount count, CancellationToken cancellationToken)
    {
        var name = MetadataFacts.SectionOf(rowGroup);
        if (Volatile.Read(ref _metadata) is not null || !file.Footer.Sections.ContainsKey(name)) return _metadata;
        using var section = await file.ReadSectionAsync(name, cancellationToken);
        count.Add(section.Length);
        var metadata = MetadataFacts.Read(section.Span, _group.FileName);
        Volatile.Write(ref _metadata, metadata);
        return metadata;
    }

    /// <summary>The filter of lines; null where the file has none.</summary>
    public async ValueTask<GramFilter?> FilterAsync(ReadCount count, CancellationToken cancellationToken)
    {
        var name = GramFilter.SectionOf(rowGroup);
        if (Volatile.Read(ref _filter) is not null || !file.Footer.Sections.ContainsKey(name)) return _filter;
        using var section = await file.ReadSectionAsync(name, cancellationToken);
        count.Add(section.Length);
        var filter = GramFilter.Read(section.Span.ToArray(), _group.FileName);
        Volatile.Write(ref _filter, filter);
        return filter;
    }

    /// <summary>The runs of streams. The counter receives the bytes that were read for it.</summary>
    public async ValueTask<StreamRuns> RunsAsync(ReadCount count, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _runs) is { } known) return known;
        using var streams = await _group.ReadColumnAsync(_group.Find(LogBlockSchema.Stream), cancellationToken: cancellationToken);
        count.Add(streams);
        var runs = StreamRuns.Of(streams.Int32s);
        if (runs.Count <= MostRuns) Volatile.Write(ref _runs, runs);
        return runs;
    }

    /// <summary>The bytes of each run's lines; null where the file does not say.</summary>
    public async ValueTask<long[]?> LineBytesAsync(StreamRuns runs, ReadCount count, CancellationToken cancellationToken)
    {
        if (!file.Footer.Sections.ContainsKey(LineBytes.SectionOf(rowGroup))) return null;
        using var section = await file.ReadSectionAsync(LineBytes.SectionOf(rowGroup), cancellationToken);
        count.Add(section.Length);
        return LineBytes.Read(section.Span, runs.Count, _group.FileName);
    }

    /// <summary>
    /// The patterns of lines, which the caller disposes; null where the file does not tell them. The charge receives what it takes to read them.
    /// </summary>
    public async ValueTask<PatternSection?> PatternsAsync(StreamRuns runs, ScanCharge charge, ReadCount count, CancellationToken cancellationToken)
    {
        if (!file.Footer.Sections.TryGetValue(RowGroupPatterns.SectionOf(rowGroup), out var info)) return null;
        charge.Add(PatternSection.MostBytes(info.Length, runs.Count));
        using var section = await file.ReadSectionAsync(RowGroupPatterns.SectionOf(rowGroup), cancellationToken);
        count.Add(section.Length);
        return PatternSection.Read(section.Span, runs, _group.FileName);
    }

    /// <summary>False where no row has metadata of that key besides the ids, which have columns of their own.</summary>
    public async ValueTask<bool> MayHaveKeyAsync(string key, ReadCount count, CancellationToken cancellationToken)
    {
        if (await MetadataAsync(count, cancellationToken) is { } facts) return facts.PlaceOf(key) != MetadataPlace.Nowhere;
        if (_hasTooManyKeys) return true;
        if (Volatile.Read(ref _keys) is { } known) return known.Contains(key);
        using var decoded = await _group.ReadColumnAsync(
            file.Schema.Column(LogBlockSchema.Metadata, "key"), form: ColumnForm.Codes, cancellationToken: cancellationToken);
        count.Add(decoded);
        var keys = new HashSet<string>(StringComparer.Ordinal);
        var (slots, bytes) = decoded.IsCoded ? (decoded.Dictionary!.SlotCount, decoded.Dictionary) : (decoded.SlotCount, decoded);
        for (var i = 0; i < slots && keys.Count <= MostKeys; i++)
        {
            var name = bytes.Bytes(i);
            if (name.Length > MostKeyBytes) break;
            keys.Add(Encoding.UTF8.GetString(name));
            if (i + 1 == slots) Volatile.Write(ref _keys, keys);
        }

        if (slots == 0) Volatile.Write(ref _keys, keys);
        if (_keys is null) _hasTooManyKeys = true;
        return _keys is null || _keys.Contains(key);
    }
}

/// <summary>What reading has cost so far. Any thread may add to it.</summary>
internal sealed class ReadCount
{
    private long _sizeBytes;
    private long _pages;

    /// <summary>Bytes read from storage.</summary>
    public long SizeBytes => Interlocked.Read(ref _sizeBytes);

    /// <summary>Pages decoded.</summary>
    public long Pages => Interlocked.Read(ref _pages);

    /// <summary>Adds bytes that were read where they lie in memory.</summary>
    public void Add(long bytes) => Interlocked.Add(ref _sizeBytes, bytes);

    /// <summary>Adds what a column cost.</summary>
    public void Add(DecodedColumn column)
    {
        Interlocked.Add(ref _sizeBytes, column.StoredBytes);
        Interlocked.Add(ref _pages, column.PagesRead);
    }
}
