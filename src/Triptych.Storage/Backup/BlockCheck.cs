using Triptych.Columnar.Parquet.Verification;
using Triptych.Storage.Blocks;
using Triptych.Storage.ObjectStore;

namespace Triptych.Storage.Backup;

/// <summary>
/// What is wrong with a block that was just copied, as <c>triptych block verify</c> would find it; null when nothing is. A copy has the same bytes as what the
/// server read, and those may be damaged: its SHA-256 does not tell.
/// </summary>
public delegate ValueTask<string?> BlockCheck(IObjectStore objects, ManifestBlock block, CancellationToken cancellationToken);

/// <summary>The check of Parquet blocks.</summary>
internal static class ParquetBlockCheck
{
    /// <summary>Reads every page.</summary>
    public static async ValueTask<string?> FindDamageAsync(IObjectStore objects, ManifestBlock block, CancellationToken cancellationToken)
    {
        var verifier = new ParquetVerifier(new ObjectInput(objects, block.ObjectKey, block.SizeBytes));
        await verifier.VerifyAsync(BlockFormat.OrderOf, cancellationToken);
        if (verifier.Problems is [var first, ..])
            return $"at byte {first.Offset}: {first.Problem}";
        return BlockReport.CompareWithCatalog(block.ObjectKey, block.SizeBytes, verifier.File, block.ToMeta()).FirstOrDefault();
    }
}
