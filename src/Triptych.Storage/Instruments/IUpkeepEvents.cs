using Triptych.Model;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Storage.Deletion;
using Triptych.Storage.Retention;

namespace Triptych.Storage.Instruments;

/// <summary>
/// What compaction, retention and deletion have to tell the operator. Calls come from any thread and must neither block nor throw.
/// </summary>
public interface IUpkeepEvents
{
    /// <summary>Blocks were written again.</summary>
    void Merged(PlannedMerge merge, int outputs, long outputBytes, long rowsDeleted, TimeSpan duration);

    /// <summary>A merge failed; its inputs stay as they are and it is tried again.</summary>
    void MergeFailed(PlannedMerge merge, Exception error, TimeSpan retryIn);

    /// <summary>
    /// A merge did not fit into its memory; for some time merges of its tenant and signal take at most so many blocks. Where two do not fit, or one
    /// that is written again, it is <see cref="MergeNeedsMemory"/>.
    /// </summary>
    void MergeTooLarge(PlannedMerge merge, int mostBlocks, Exception error);

    /// <summary>A merge that can have no fewer inputs did not fit into its memory; it begins again with more, when there is so much.</summary>
    void MergeNeedsMemory(PlannedMerge merge, long bytes, Exception error);

    /// <summary>A block stays as it is: no row of it is to be deleted.</summary>
    void BlockSpared(PlannedMerge merge);

    /// <summary>A block that is old enough could not be sampled now; it stays as it is, and is looked at again.</summary>
    void SamplingPutOff(PlannedMerge merge, string reason, TimeSpan retryIn);

    /// <summary>It is not known whether a change of the catalog was made; it is repeated as it is.</summary>
    void CommitRepeated(Exception error);

    /// <summary>Blocks went as a whole.</summary>
    void Expired(Signal signal, ExpiryReason reason, int blocks, long bytes);

    /// <summary>A retention rule has more bytes than its size: its rows up to a time go.</summary>
    void RuleOverSize(Signal signal, int rule, long bytes, long sizeBytes, DateTimeOffset through);

    /// <summary>The rows of a block could not be counted, so it counts as none to rules with a size; it is tried again. Said once of each block.</summary>
    void BlockNotCounted(BlockMeta block, Exception error);

    /// <summary>The data directory is over its budget and there is no block left that could go.</summary>
    void BudgetNotMet(long usedBytes, long budgetBytes);

    /// <summary>Beside the budget the data directory holds files that upkeep does not own; nothing is dropped for them.</summary>
    void ForeignFiles(long bytes, long budgetBytes);

    /// <summary>A merge waits: the disk has not the room for it.</summary>
    void NoRoomToMerge(long neededBytes, long freeBytes);

    /// <summary>A deletion is done.</summary>
    void Deleted(DeletionRequest request);

    /// <summary>A step of a round of upkeep failed; the others go on, and the next round tries it again.</summary>
    void UpkeepFailed(Exception error);
}
