using Triptych.Columnar;
using Triptych.Columnar.Parquet;
using Triptych.Model;
using Triptych.Storage.Catalog;
using Triptych.Storage.Instruments;

namespace Triptych.Storage.Blocks;

/// <summary>
/// What scans of a signal do about damage: the answer says what it lacks, and the block is set aside, so that later ones do not try it again. Only
/// what is proven to be wrong with the file counts; storage that fails is an <see cref="IOException"/> of the scan. Any thread may call.
/// </summary>
public sealed class DamagedBlocks(Signal signal, BlockQuarantine quarantine)
{
    /// <summary>Whether a block is set aside; then the statistics say that the answer lacks it.</summary>
    public async ValueTask<bool> IsSetAsideAsync(BlockMeta block, ScanStatistics statistics, CancellationToken cancellationToken)
    {
        await quarantine.LoadAsync(cancellationToken);
        if (quarantine.Find(block.Id) is not { } aside) return false;
        StorageInstruments.CountDamagedRead(signal);
        statistics.Warnings.Add($"a damaged block is set aside and missing from the answer: {aside.ObjectKey}: at byte {aside.Offset}: {aside.Reason}");
        return true;
    }

    /// <summary>Damage was met in a block, of which nothing or only a part is in the answer.</summary>
    public async ValueTask ReportAsync(
        BlockMeta block, CorruptFileException error, bool isPart, ScanStatistics statistics, CancellationToken cancellationToken)
    {
        StorageInstruments.CountDamagedRead(signal);
        statistics.Warnings.Add($"{(isPart ? "part of a block" : "a block")} could not be read and is missing from the answer: {error.Message}");

        // A block can be right and yet be too much for one read.
        if (error is UnsupportedFileException { IsTooMuch: true }) return;
        await quarantine.AddAsync(block, error.Offset, error.Problem, cancellationToken);
    }
}
