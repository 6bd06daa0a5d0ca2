using System.Buffers.Binary;
using System.Collections.Immutable;
using Triptych.Columnar.Parquet.Metadata;
using Triptych.Columnar.Parquet.Pages;
using Triptych.Primitives.Memory;

namespace Triptych.Columnar.Parquet.Reading;

/// <summary>
/// An open file: footer, row groups and sections. Holds no memory but the footer and the page indexes read so far; the input stays the
/// caller's. Any thread may call. What is wrong with the file is a <see cref="CorruptFileException"/>; other trouble comes from the input.
/// </summary>
public sealed class ParquetFile
{
    private ParquetFile(IParquetInput input, ParquetFooter footer, ParquetReaderOptions options)
    {
        Input = input;
        Footer = footer;
        Options = options;
        RowGroups = [.. footer.RowGroups.Select(group => new RowGroupReader(this, group))];
    }

    public ParquetFooter Footer { get; }

    public ParquetSchema Schema => Footer.Schema;

    public ImmutableArray<RowGroupReader> RowGroups { get; }

    internal IParquetInput Input { get; }

    internal ParquetReaderOptions Options { get; }

    /// <summary>Reads and parses the footer.</summary>
    public static async ValueTask<ParquetFile> OpenAsync(
        IParquetInput input, ParquetReaderOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= ParquetReaderOptions.Default;
        var length = input.Length;
        if (length < FileLayout.Magic.Length + FileLayout.TrailerBytes)
            throw new CorruptFileException(input.Name, 0, $"{length} bytes are too few for a Parquet file");
        var tailBytes = (int)Math.Min(length, Math.Max(options.TailBytes, 64));
        using var tail = ColumnMemory.Rent(tailBytes, options.Budget);
        await input.ReadAsync(length - tailBytes, tail.Memory, cancellationToken);
        var footerBytes = FooterLength(tail.Span, input, options);
        var needed = (int)Math.Min(length, (long)footerBytes + FileLayout.GuardBytes + FileLayout.TrailerBytes);
        if (needed <= tailBytes)
            return new ParquetFile(input, ParseFooter(tail.Span, footerBytes, input), options);
        using var larger = ColumnMemory.Rent(needed, options.Budget);
        await input.ReadAsync(length - needed, larger.Memory, cancellationToken);
        return new ParquetFile(input, ParseFooter(larger.Span, footerBytes, input), options);
    }

    /// <summary>Opens by a footer parsed before, without reading.</summary>
    /// <exception cref="CorruptFileException">The file has another length than the one the footer was parsed from.</exception>
    public static ParquetFile Open(IParquetInput input, ParquetFooter footer, ParquetReaderOptions? options = null)
    {
        if (input.Length != footer.FileLength)
            throw new CorruptFileException(input.Name, 0, $"the file has {input.Length} bytes, its known footer says {footer.FileLength}");
        return new ParquetFile(input, footer, options ?? ParquetReaderOptions.Default);
    }

    /// <summary>Walks through the rows of all row groups, or of some, with a page of each column in memory. The caller disposes the result.</summary>
    /// <param name="columns">Of <see cref="Schema"/>, at least one.</param>
    /// <param name="rowGroups">By their number in the file; null: all.</param>
    /// <param name="form">Codes are given for each page that has them.</param>
    /// <param name="readAheadBytes">Stored bytes that are read at once of each column; one page at least.</param>
    public RowCursor ReadRows(
        ImmutableArray<ParquetColumn> columns, Range? rowGroups = null, ColumnForm form = ColumnForm.Values, int readAheadBytes = 256 * 1024) =>
        new(this, columns, rowGroups ?? Range.All, form, readAheadBytes);

    /// <summary>The bytes of a section, checked against its checksum; the caller disposes them.</summary>
    /// <exception cref="KeyNotFoundException">The file has no such section.</exception>
    public async ValueTask<PooledBytes> ReadSectionAsync(string name, CancellationToken cancellationToken = default)
    {
        if (!Footer.Sections.TryGetValue(name, out var section))
            throw new KeyNotFoundException($"{Input.Name} has no section {name}.");
        if (section.Length > Options.MaxSectionBytes)
            throw new UnsupportedFileException(Input.Name, section.Offset, $"section {name} has {section.Length} bytes");
        var bytes = await ReadAsync(section.Offset, section.Length, cancellationToken);
        if (Crc32.Compute(bytes.Span) == section.Crc32)
            return bytes;
        bytes.Dispose();
        throw new CorruptFileException(Input.Name, section.Offset, $"section {name} does not match its checksum");
    }

    /// <summary>Reads bytes of the file; the caller disposes them.</summary>
    internal ValueTask<PooledBytes> ReadAsync(long offset, long length, CancellationToken cancellationToken) =>
        ReadAsync(offset, length, Options.Budget, cancellationToken);

    /// <summary>Reads bytes of the file, charged to a budget; the caller disposes them.</summary>
    internal async ValueTask<PooledBytes> ReadAsync(long offset, long length, MemoryBudget? budget, CancellationToken cancellationToken)
    {
        if (offset < 0 || length > Footer.FileLength - offset)
            throw new CorruptFileException(Input.Name, offset, $"the file ends before {length} bytes from here");
        if (length > Math.Min(Options.MaxColumnBytes, Array.MaxLength))
            throw new UnsupportedFileException(Input.Name, offset, $"{length} bytes would have to be read at once", isTooMuch: true);
        var bytes = ColumnMemory.Rent((int)length, budget);
        try
        {
            await Input.ReadAsync(offset, bytes.Memory, cancellationToken);
            return bytes;
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    /// <summary>Reads an index or filter, with the checksum that our files have behind it, and parses it.</summary>
    internal ValueTask<T> ReadIndexAsync<T, TState>(
        FileRange range, Func<ReadOnlySpan<byte>, TState, T> parse, TState state, CancellationToken cancellationToken)
    {
        if (!Footer.HasChecksums)
            return ReadPlainAsync(range, parse, state, cancellationToken);
        var withChecksum = range with { Length = range.Length + FileLayout.ChecksumBytes };
        return ReadPlainAsync(withChecksum, (bytes, inner) => parse(FileLayout.CheckTrailing(bytes), inner), state, cancellationToken);
    }

    /// <summary>Reads a few bytes and parses them.</summary>
    internal async ValueTask<T> ReadPlainAsync<T, TState>(
        FileRange range, Func<ReadOnlySpan<byte>, TState, T> parse, TState state, CancellationToken cancellationToken)
    {
        if (range.Length > Options.MaxSectionBytes)
            throw new UnsupportedFileException(Input.Name, range.Offset, $"an index or filter of {range.Length} bytes");
        using var bytes = await ReadAsync(range.Offset, range.Length, cancellationToken);
        try
        {
            return parse(bytes.Span, state);
        }
        catch (MalformedDataException e)
        {
            throw e.In(Input.Name, range.Offset);
        }
    }

    private static int FooterLength(ReadOnlySpan<byte> tail, IParquetInput input, ParquetReaderOptions options)
    {
        var trailer = tail[^FileLayout.TrailerBytes..];
        var at = input.Length - FileLayout.TrailerBytes;
        if (trailer[4..].SequenceEqual(FileLayout.EncryptedMagic))
            throw new UnsupportedFileException(input.Name, at, "encrypted files cannot be read");
        if (!trailer[4..].SequenceEqual(FileLayout.Magic))
            throw new CorruptFileException(input.Name, at, "the file does not end as a Parquet file does");
        var length = BinaryPrimitives.ReadUInt32LittleEndian(trailer);
        if (length > input.Length - FileLayout.TrailerBytes - FileLayout.Magic.Length || length == 0)
            throw new CorruptFileException(input.Name, at, $"a footer of {length} bytes");
        if (length > options.MaxFooterBytes)
            throw new UnsupportedFileException(input.Name, at, $"a footer of {length} bytes");
        return (int)length;
    }

    /// <param name="tail">The end of the file: footer and trailer, and the guard where there is room for one.</param>
    private static ParquetFooter ParseFooter(ReadOnlySpan<byte> tail, int footerBytes, IParquetInput input)
    {
        var offset = input.Length - FileLayout.TrailerBytes - footerBytes;
        var inTail = tail.Length - FileLayout.TrailerBytes - footerBytes;
        var bytes = tail.Slice(inTail, footerBytes);
        try
        {
            if (tail.Length == input.Length && !tail.StartsWith(FileLayout.Magic))
                throw new CorruptFileException(input.Name, 0, "the file does not begin as a Parquet file does");
            var isGuarded = inTail >= FileLayout.GuardBytes
                && FileLayout.CheckGuard(tail.Slice(inTail - FileLayout.GuardBytes, FileLayout.GuardBytes), bytes);
            var footer = FooterReader.Read(bytes, isGuarded ? offset - FileLayout.GuardBytes : offset, input.Length);
            if (footer.HasChecksums && !isGuarded)
                throw new MalformedDataException("the checksum of the footer is missing");
            return footer;
        }
        catch (MalformedDataException e)
        {
            throw e.In(input.Name, offset);
        }
    }
}
