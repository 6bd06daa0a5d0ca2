using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using Triptych.Columnar.Parquet.Metadata;
using Triptych.Columnar.Parquet.Pages;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Primitives.Binary;

namespace Triptych.Columnar.Parquet.Writing;

/// <summary>
/// Writes one file front to back, in the layout of docs/formats/parquet.md. Row groups come one after another; each waits in pooled memory
/// as compressed pages until it ends. One thread at a time. Disposing gives the memory back; without <see cref="Finish"/> what the sink
/// got is no Parquet file. The sink stays the caller's.
/// </summary>
public sealed class ParquetWriter : IDisposable
{
    private readonly PositionedSink _sink;
    private readonly ParquetWriterOptions _options;
    private readonly List<RowGroupInfo> _groups = [];
    private readonly List<RowGroupSummary> _summaries = [];
    private readonly List<List<ChunkIndexes>> _indexes = [];
    private readonly ImmutableDictionary<string, string>.Builder _metadata = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
    private readonly ImmutableDictionary<string, SectionInfo>.Builder _sections = ImmutableDictionary.CreateBuilder<string, SectionInfo>(StringComparer.Ordinal);
    private RowGroupWriter? _open;
    private long _rowCount;
    private bool _isCopying;
    private bool _finished;

    /// <exception cref="ArgumentException">Options name a column that is not there, or an encoding or codec that cannot be written.</exception>
    public ParquetWriter(IParquetSink sink, ParquetSchema schema, ParquetWriterOptions? options = null)
    {
        _options = options ?? new ParquetWriterOptions();
        Schema = schema;
        CheckOptions();
        _sink = new PositionedSink(sink);
        _sink.Write(FileLayout.Magic);
    }

    public ParquetWriter(Stream stream, ParquetSchema schema, ParquetWriterOptions? options = null)
        : this(new StreamSink(stream), schema, options)
    {
    }

    public ParquetSchema Schema { get; }

    /// <summary>Bytes written so far.</summary>
    public long Position => _sink.Position;

    /// <summary>Starts a row group; the one before must have been ended.</summary>
    public RowGroupWriter BeginRowGroup()
    {
        RequireBetweenRowGroups();
        return _open = new RowGroupWriter(this, _sink, _options);
    }

    /// <summary>Takes over a row group of another file without decoding it, with all columns as they are; see the other overload.</summary>
    public ValueTask<RowGroupSummary> CopyRowGroupAsync(ParquetFile source, int rowGroup, CancellationToken cancellationToken = default) =>
        CopyRowGroupAsync(source, rowGroup, ReadOnlyDictionary<string, Action<ColumnWriter>>.Empty, cancellationToken);

    /// <summary>
    /// Takes over a row group of another file without decoding it: pages, bounds, page indexes and bloom filters as they are, in the codecs
    /// and encodings of that file, whatever this writer's options say. Columns that only the other file has stay behind. All checksums are verified on the
    /// way, and a few pages are in memory.
    /// Sections and metadata are the caller's affair. After an exception nothing more can be written.
    /// </summary>
    /// <param name="source">The other file.</param>
    /// <param name="rowGroup">Number of its row group.</param>
    /// <param name="replaced">By name, columns that are written anew instead, with as many rows; the other file need not have them.</param>
    /// <param name="cancellationToken">Ends the copy.</param>
    /// <exception cref="ArgumentException">
    /// The other file lacks a column that is not replaced, or has it as another type, or was not written by this program: such pages may lack checksums.
    /// </exception>
    /// <exception cref="CorruptFileException">The other file is damaged.</exception>
    public async ValueTask<RowGroupSummary> CopyRowGroupAsync(
        ParquetFile source, int rowGroup, IReadOnlyDictionary<string, Action<ColumnWriter>> replaced, CancellationToken cancellationToken = default)
    {
        RequireBetweenRowGroups();
        if (!Schema.CanTakeFrom(source.Schema, replaced.Keys))
            throw new ArgumentException($"{source.Input.Name} has another schema.", nameof(source));
        if (!source.Footer.HasChecksums)
            throw new ArgumentException($"{source.Input.Name} has no checksums: its row groups must be decoded.", nameof(source));
        _isCopying = true;
        var group = source.RowGroups[rowGroup];
        using var columns = replaced.Count == 0 ? null : new RowGroupWriter(this, _sink, _options) { IsPartOfCopy = true };
        var copy = new RowGroupCopy(source, group, Schema, _sink);
        await copy.RunAsync(replaced, columns, cancellationToken);
        _isCopying = false;
        var summary = new RowGroupSummary(
            group.RowCount, copy.Chunks.Sum(chunk => chunk.CompressedBytes), copy.Chunks.Sum(chunk => chunk.UncompressedBytes));
        AddRowGroup(summary, [.. copy.Chunks], copy.Indexes, group.Info.SortingColumns);
        return summary;
    }

    /// <summary>Key-value metadata; a key is given once.</summary>
    public void AddMetadata(string key, string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        if (_finished)
            throw new InvalidOperationException("The file is finished.");
        if (key == FileLayout.ChecksumsKey || key.StartsWith(FileLayout.SectionPrefix, StringComparison.Ordinal))
            throw new ArgumentException($"The key {key} is the writer's own.", nameof(key));
        if (!_metadata.TryAdd(key, value))
            throw new ArgumentException($"The key {key} was given before.", nameof(key));
    }

    /// <summary>Writes an extra section, between row groups; a name is given once.</summary>
    public void AddSection(string name, ReadOnlySpan<byte> bytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        RequireBetweenRowGroups();
        if (!_sections.TryAdd(name, new SectionInfo(_sink.Position, bytes.Length, Crc32.Compute(bytes))))
            throw new ArgumentException($"The section {name} was given before.", nameof(name));
        _sink.Write(bytes);
    }

    /// <summary>Writes indexes and footer. Nothing can be written after that.</summary>
    public ParquetFileSummary Finish()
    {
        RequireBetweenRowGroups();
        _finished = true;
        for (var i = 0; i < _groups.Count; i++)
            _groups[i] = WithIndexes(_groups[i], WriteIndexes(_indexes[i], indexes => indexes.Columns), WriteIndexes(_indexes[i], indexes => indexes.Offsets));
        using var bytes = new PooledBufferWriter();
        var footer = BuildFooter(footerBytes: 0);
        FooterWriter.Write(bytes, footer);
        var footerBytes = bytes.Length;
        Span<byte> frame = stackalloc byte[FileLayout.GuardBytes];
        FileLayout.WriteGuard(frame, bytes.WrittenSpan);
        _sink.Write(frame);
        _sink.Write(bytes.WrittenSpan);
        BinaryPrimitives.WriteInt32LittleEndian(frame, footerBytes);
        FileLayout.Magic.CopyTo(frame[4..]);
        _sink.Write(frame);
        return new ParquetFileSummary(_sink.Position, _rowCount, [.. _summaries], BuildFooter(footerBytes));
    }

    public void Dispose()
    {
        _finished = true;
        _open?.Dispose();
        _open = null;
    }

    internal void EndRowGroup(RowGroupSummary summary, ImmutableArray<ColumnChunkInfo> chunks, List<ChunkIndexes> indexes)
    {
        AddRowGroup(summary, chunks, indexes, _options.SortingColumns);
        _open = null;
    }

    private void AddRowGroup(
        RowGroupSummary summary, ImmutableArray<ColumnChunkInfo> chunks, List<ChunkIndexes> indexes, ImmutableArray<SortingColumn> sortingColumns)
    {
        _groups.Add(new RowGroupInfo
        {
            Index = _groups.Count,
            RowCount = summary.RowCount,
            FirstRow = _rowCount,
            Columns = chunks,
            SortingColumns = sortingColumns,
            TotalBytes = summary.TotalBytes,
        });
        _summaries.Add(summary);
        _indexes.Add(indexes);
        _rowCount += summary.RowCount;
    }

    private static RowGroupInfo WithIndexes(RowGroupInfo group, FileRange[] columnIndexes, FileRange[] offsetIndexes) => new()
    {
        Index = group.Index,
        RowCount = group.RowCount,
        FirstRow = group.FirstRow,
        SortingColumns = group.SortingColumns,
        TotalBytes = group.TotalBytes,
        Columns = [.. group.Columns.Select((chunk, i) => chunk.WithIndexes(columnIndexes[i], offsetIndexes[i]))],
    };

    /// <summary>Each index is followed by its checksum, outside of the length that the footer gives.</summary>
    private FileRange[] WriteIndexes(List<ChunkIndexes> chunks, Func<ChunkIndexes, byte[]> choose)
    {
        var ranges = new FileRange[chunks.Count];
        Span<byte> checksum = stackalloc byte[FileLayout.ChecksumBytes];
        for (var i = 0; i < ranges.Length; i++)
        {
            var bytes = choose(chunks[i]);
            if (bytes.Length == 0)
                continue;
            ranges[i] = new FileRange(_sink.Position, bytes.Length);
            _sink.Write(bytes);
            BinaryPrimitives.WriteUInt32LittleEndian(checksum, Crc32.Compute(bytes));
            _sink.Write(checksum);
        }

        return ranges;
    }

    private ParquetFooter BuildFooter(int footerBytes) => new()
    {
        Schema = Schema,
        RowCount = _rowCount,
        RowGroups = [.. _groups],
        Metadata = _metadata.ToImmutable(),
        Sections = _sections.ToImmutable(),
        CreatedBy = _options.CreatedBy,
        FileLength = _sink.Position,
        HasChecksums = true,
        SizeBytes = FooterReader.EstimateSize(footerBytes),
    };

    private void RequireBetweenRowGroups()
    {
        if (_finished)
            throw new InvalidOperationException("The file is finished.");
        if (_open is not null)
            throw new InvalidOperationException("A row group is open.");
        if (_isCopying)
            throw new InvalidOperationException("A row group is being copied, or that failed.");
    }

    private void CheckOptions()
    {
        foreach (var (name, choices) in _options.Columns)
        {
            if (!Schema.TryFind(name, out var column))
                throw new ArgumentException($"Options are given for column {name}, which the schema lacks.");
            PageEncoder.Choose(column, choices.Encoding ?? ColumnEncoding.Dictionary);
            ArgumentOutOfRangeException.ThrowIfLessThan(choices.PageRows ?? 1, 1);
            RequireWritable(choices.Codec ?? _options.Codec);
        }

        RequireWritable(_options.Codec);
        if (_options.SortingColumns.Any(sorting => (uint)sorting.ColumnIndex >= (uint)Schema.Columns.Length))
            throw new ArgumentException("A sorting column is none of the schema.");
        if (Schema.Columns.FirstOrDefault(column => column.Type is ParquetType.Int96) is { } unknown)
            throw new ArgumentException($"Column {unknown.Name}: {unknown.Type} cannot be written.");
        if (_options.PageVersion is not (DataPageVersion.V1 or DataPageVersion.V2))
            throw new ArgumentException($"Data pages of version {(int)_options.PageVersion} cannot be written.");
        foreach (var size in new[] { _options.PageSizeBytes, _options.PageRows, _options.DictionarySizeBytes, _options.BloomMaxBytes })
            ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
    }

    private static void RequireWritable(ParquetCodec codec)
    {
        if (codec is not (ParquetCodec.Uncompressed or ParquetCodec.Snappy or ParquetCodec.Zstd))
            throw new ArgumentException($"Pages cannot be compressed as {codec}.");
    }
}
