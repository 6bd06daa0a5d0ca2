using Triptych.Columnar.Parquet.Metadata;
using Triptych.Columnar.Parquet.Reading;

namespace Triptych.Columnar.Parquet.Verification;

/// <summary>
/// Reads all of a file and looks at everything that it says about itself: every checksum, the levels and values of every page, the places
/// and bounds of the page indexes, null counts, statistics, bloom filters, sections and, where given or recorded, the order of the rows. Goes on
/// behind what is wrong. In memory is a page of each column at a time. One thread at a time.
/// </summary>
public sealed class ParquetVerifier(IParquetInput input, ParquetReaderOptions? options = null)
{
    private readonly List<CorruptFileException> _problems = [];

    /// <summary>What is wrong so far, each with file and offset.</summary>
    public IReadOnlyList<CorruptFileException> Problems => _problems;

    /// <summary>Pages whose checksum and content were verified.</summary>
    public long PagesVerified { get; private set; }

    /// <summary>The file, when its footer can be read.</summary>
    public ParquetFile? File { get; private set; }

    /// <summary>Verifies the file; <see cref="Problems"/> holds the result.</summary>
    /// <param name="order">How rows are sorted within each row group, by the footer; null: by what the row groups record.</param>
    /// <param name="cancellationToken">Looked at with each page.</param>
    public async ValueTask VerifyAsync(Func<ParquetFile, IReadOnlyList<RowOrderKey>>? order, CancellationToken cancellationToken)
    {
        File = await TryAsync(async () => await ParquetFile.OpenAsync(input, options, cancellationToken));
        if (File is not { } file)
            return;
        await TryAsync(async () =>
        {
            using var magic = await file.ReadAsync(0, FileLayout.Magic.Length, cancellationToken);
            return magic.Span.SequenceEqual(FileLayout.Magic) ? file : throw Corrupt(0, "the file does not begin as a Parquet file does");
        });
        foreach (var (name, _) in file.Footer.Sections.OrderBy(section => section.Value.Offset))
        {
            await TryAsync(async () =>
            {
                using var section = await file.ReadSectionAsync(name, cancellationToken);
                return file;
            });
        }

        foreach (var group in file.RowGroups)
        {
            var isWhole = true;
            foreach (var column in file.Schema.Columns)
                isWhole &= await VerifyColumnAsync(file, group, column, cancellationToken);
            if (isWhole)
                await VerifyOrderAsync(file, group, order?.Invoke(file) ?? Recorded(file, group), cancellationToken);
        }
    }

    private static IReadOnlyList<RowOrderKey> Recorded(ParquetFile file, RowGroupReader group) =>
        [.. group.Info.SortingColumns.Select(sorting => new RowOrderKey(file.Schema.Columns[sorting.ColumnIndex], sorting.Descending, sorting.NullsFirst))];

    private async ValueTask<bool> VerifyColumnAsync(ParquetFile file, RowGroupReader group, ParquetColumn column, CancellationToken cancellationToken)
    {
        var before = _problems.Count;
        var chunk = group.Info.Columns[column.Index];
        await TryAsync(async () =>
        {
            using var stored = new StoredPages(file, chunk, 1024 * 1024);
            while (await stored.MoveNextAsync(cancellationToken))
                Try(stored.RequireChecksum);
            return file;
        });
        if (_problems.Count > before)
            return false;
        await TryAsync(async () =>
        {
            var check = await ChunkCheck.StartAsync(file, group, column, cancellationToken);
            using var pages = group.ReadPages(column, ColumnForm.Codes);
            while (await pages.MoveNextAsync(cancellationToken))
            {
                check.AddPage(pages);
                PagesVerified++;
            }

            check.Finish();
            return file;
        });
        return _problems.Count == before;
    }

    private ValueTask<ParquetFile?> VerifyOrderAsync(
        ParquetFile file, RowGroupReader group, IReadOnlyList<RowOrderKey> keys, CancellationToken cancellationToken) => TryAsync(async () =>
        {
            if (keys.Count == 0)
                return file;
            var check = new RowOrderCheck(file.Input.Name, keys, group.Info.Columns[keys[0].Column.Index].StartOffset);
            using var cursor = file.ReadRows([.. keys.Select(key => key.Column)], group.Info.Index..(group.Info.Index + 1));
            while (await cursor.MoveNextAsync(cancellationToken))
                check.Add(cursor);
            return file;
        });

    private async ValueTask<ParquetFile?> TryAsync(Func<ValueTask<ParquetFile>> step)
    {
        try
        {
            return await step();
        }
        catch (CorruptFileException e)
        {
            _problems.Add(e);
            return null;
        }
    }

    private void Try(Action step)
    {
        try
        {
            step();
        }
        catch (CorruptFileException e)
        {
            _problems.Add(e);
        }
    }

    private CorruptFileException Corrupt(long offset, string problem) => new(input.Name, offset, problem);
}
