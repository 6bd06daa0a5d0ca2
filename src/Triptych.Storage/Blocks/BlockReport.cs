using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Parquet.Verification;
using Triptych.Storage.Catalog;
using Triptych.Storage.ObjectStore;

namespace Triptych.Storage.Blocks;

/// <summary>What verifying a block's file found.</summary>
/// <param name="Path">The file.</param>
/// <param name="SizeBytes">Its length.</param>
/// <param name="Rows">Rows by its footer; 0 when that cannot be read.</param>
/// <param name="Pages">Pages whose content was verified.</param>
/// <param name="Problems">What is wrong, each with file and offset; empty when all is right.</param>
public sealed record BlockReport(string Path, long SizeBytes, long Rows, long Pages, IReadOnlyList<CorruptFileException> Problems)
{
    /// <summary>Verifies a file and, when <paramref name="meta"/> is given, that it is what the catalog says.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <param name="path">The file.</param>
    /// <param name="meta">What the catalog says of it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="name">What the report calls the file, where it is a copy; null: its path.</param>
    public static async ValueTask<BlockReport> VerifyAsync(string path, BlockMeta? meta, CancellationToken cancellationToken, string? name = null)
    {
        using var input = new FileInput(path, name);
        return await VerifyAsync(input, meta, cancellationToken);
    }

    /// <summary>Since when, where and why queries and merges leave the block out; null when they do not.</summary>
    public QuarantinedBlock? SetAside { get; init; }

    private static async ValueTask<BlockReport> VerifyAsync(IParquetInput input, BlockMeta? meta, CancellationToken cancellationToken)
    {
        var path = input.Name;
        var verifier = new ParquetVerifier(input);
        await verifier.VerifyAsync(BlockFormat.OrderOf, cancellationToken);
        List<CorruptFileException> problems = [.. verifier.Problems];
        if (meta is not null)
            problems.AddRange(CompareWithCatalog(path, input.Length, verifier.File, meta).Select(problem => new CorruptFileException(path, 0, problem)));
        return new BlockReport(path, input.Length, verifier.File?.Footer.RowCount ?? 0, verifier.PagesVerified, problems);
    }

    /// <summary>Verifies a block where it lies, and that it is what the catalog says.</summary>
    /// <exception cref="IOException">The store failed, or does not have it.</exception>
    public static async ValueTask<BlockReport> VerifyAsync(IObjectStore objects, BlockMeta meta, CancellationToken cancellationToken)
    {
        var sizeBytes = await objects.GetLengthAsync(meta.ObjectKey, cancellationToken) ?? throw new ObjectNotFoundException(meta.ObjectKey);
        return await VerifyAsync(new ObjectInput(objects, meta.ObjectKey, sizeBytes), meta, cancellationToken);
    }

    internal static BlockReport Of(string path, CorruptFileException problem) => new(path, 0, 0, 0, [problem]);

    private static IEnumerable<string> CompareWithCatalog(string path, long sizeBytes, ParquetFile? file, BlockMeta meta)
    {
        if (sizeBytes != meta.SizeBytes)
            yield return $"the file has {sizeBytes} bytes, the catalog says {meta.SizeBytes}";
        if (System.IO.Path.GetFileNameWithoutExtension(path) != meta.Id.ToString("N"))
            yield return $"the file's name is not that of block {meta.Id:N}";
        if (file is null)
            yield break;
        if (file.Footer.RowCount != meta.Rows)
            yield return $"the file has {file.Footer.RowCount} rows, the catalog says {meta.Rows}";
        if (BlockFormat.Of(file) is not { } format)
        {
            yield return $"the file does not say that it is a block of a known format (metadata {BlockFormat.MetadataKey})";
            yield break;
        }

        if (format.Signal != meta.Signal)
            yield return $"the file holds {format.Signal}, the catalog says {meta.Signal}";
        if (file.Footer.RowCount == 0)
            yield break;
        if (Bound(file, format.MinTimeColumn, smallest: true) is { } min && min != meta.MinTime)
            yield return $"the smallest time is {min}, the catalog says {meta.MinTime}";
        if (Bound(file, format.MaxTimeColumn, smallest: false) is { } max && max != meta.MaxTime)
            yield return $"the largest time is {max}, the catalog says {meta.MaxTime}";
    }

    /// <summary>By the statistics, which verifying has compared with the values; null where a row group has none.</summary>
    private static long? Bound(ParquetFile file, string name, bool smallest)
    {
        if (!file.Schema.TryFind(name, out var column))
            return null;
        var bounds = new List<long>();
        foreach (var group in file.RowGroups.Where(group => group.RowCount > 0))
        {
            if (!group.Info.Columns[column.Index].Statistics.TryGetInt64(out var min, out var max))
                return null;
            bounds.Add(smallest ? min : max);
        }

        return bounds.Count == 0 ? null : smallest ? bounds.Min() : bounds.Max();
    }
}
