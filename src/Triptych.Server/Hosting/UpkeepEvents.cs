using Microsoft.Extensions.Logging;
using Triptych.Model;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Storage.Deletion;
using Triptych.Storage.Instruments;
using Triptych.Storage.Retention;

namespace Triptych.Server.Hosting;

/// <summary>What compaction, retention and deletion have to tell, as diagnostics.</summary>
internal sealed partial class UpkeepEvents(ILogger<UpkeepEvents> logger) : IUpkeepEvents
{
    /// <inheritdoc/>
    public void Merged(PlannedMerge merge, int outputs, long outputBytes, long rowsDeleted, TimeSpan duration) =>
        MergeDone(merge.Signal, merge.Inputs.Count, merge.InputBytes, outputs, outputBytes, merge.Level, merge.Reason, rowsDeleted, duration.TotalSeconds);

    /// <inheritdoc/>
    public void MergeFailed(PlannedMerge merge, Exception error, TimeSpan retryIn) =>
        MergeNotDone(merge.Signal, merge.Inputs.Count, retryIn.TotalSeconds, error);

    /// <inheritdoc/>
    public void MergeTooLarge(PlannedMerge merge, int mostBlocks, Exception error) =>
        MergeBeyondMemory(merge.Signal, merge.Inputs.Count, mostBlocks, error);

    /// <inheritdoc/>
    public void MergeNeedsMemory(PlannedMerge merge, long bytes, Exception error) => MergeIndivisible(merge.Signal, merge.Inputs.Count, bytes, error);

    /// <inheritdoc/>
    public void BlockSpared(PlannedMerge merge) => NothingToDelete(merge.Signal, merge.Inputs[0].ObjectKey, merge.Reason);

    /// <inheritdoc/>
    public void SamplingPutOff(PlannedMerge merge, string reason, TimeSpan retryIn) =>
        NotSampled(merge.Signal, merge.Inputs[0].ObjectKey, reason, retryIn.TotalSeconds);

    /// <inheritdoc/>
    public void CommitRepeated(Exception error) => CommitUnknown(error);

    /// <inheritdoc/>
    public void Expired(Signal signal, ExpiryReason reason, int blocks, long bytes) => BlocksDropped(signal, blocks, bytes, reason);

    /// <inheritdoc/>
    public void RuleOverSize(Signal signal, int rule, long bytes, long sizeBytes, DateTimeOffset through) =>
        RuleIsOver(signal, rule, bytes, sizeBytes, through);

    /// <inheritdoc/>
    public void BlockNotCounted(BlockMeta block, Exception error) => NotCounted(block.Signal, block.ObjectKey, error);

    /// <inheritdoc/>
    public void BudgetNotMet(long usedBytes, long budgetBytes) => OverBudget(usedBytes, budgetBytes);

    /// <inheritdoc/>
    public void ForeignFiles(long bytes, long budgetBytes) => BesideBudget(bytes, budgetBytes);

    /// <inheritdoc/>
    public void NoRoomToMerge(long neededBytes, long freeBytes) => NoRoom(neededBytes, freeBytes);

    /// <inheritdoc/>
    public void Deleted(DeletionRequest request) => DeletionDone(request.Signal, request.Id, request.RowsDeleted, request.BlocksDone, request.Unreadable.Count);

    /// <inheritdoc/>
    public void UpkeepFailed(Exception error) => RoundFailed(error);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Signal}: merged {Blocks} blocks ({Bytes} bytes) to {Outputs} ({OutputBytes} bytes) of level {Level} ({Reason}), {RowsDeleted} rows deleted, in {Seconds:0.000} s")]
    private partial void MergeDone(
        Signal signal, int blocks, long bytes, int outputs, long outputBytes, int level, MergeReason reason, long rowsDeleted, double seconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Signal}: a merge of {Blocks} blocks failed and is tried again in {Seconds:0} s; nothing is lost")]
    private partial void MergeNotDone(Signal signal, int blocks, double seconds, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Signal}: a merge of {Blocks} blocks did not fit into its memory; the next ones take at most {MostBlocks}")]
    private partial void MergeBeyondMemory(Signal signal, int blocks, int mostBlocks, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Signal}: a merge of {Blocks} blocks holds something that did not fit into its memory; it begins again with {Bytes} bytes")]
    private partial void MergeIndivisible(Signal signal, int blocks, long bytes, Exception error);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Signal}: nothing in block {ObjectKey} is to be deleted ({Reason}); it stays as it is")]
    private partial void NothingToDelete(Signal signal, string objectKey, MergeReason reason);

    [LoggerMessage(
        Level = LogLevel.Warning, Message = "{Signal}: block {ObjectKey} is not sampled now, and looked at again in {Seconds:0} s: {Reason}")]
    private partial void NotSampled(Signal signal, string objectKey, string reason, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "it is not known whether a change of the catalog was made; it is repeated")]
    private partial void CommitUnknown(Exception error);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Signal}: retention dropped {Blocks} blocks ({Bytes} bytes), by {Reason}")]
    private partial void BlocksDropped(Signal signal, int blocks, long bytes, ExpiryReason reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Signal}: rules[{Rule}] of retention has {Bytes} bytes, more than its size ({SizeBytes}); its rows up to {Through:u} go")]
    private partial void RuleIsOver(Signal signal, int rule, long bytes, long sizeBytes, DateTimeOffset through);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Signal}: the rows of block {ObjectKey} could not be counted; to retention by size of rules it counts as none until they are")]
    private partial void NotCounted(Signal signal, string objectKey, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "blocks, write-ahead logs and metastore have {UsedBytes} bytes, more than storage.disk_budget ({BudgetBytes}), and no block is left that could go")]
    private partial void OverBudget(long usedBytes, long budgetBytes);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "the data directory has {ForeignBytes} bytes beside storage.disk_budget ({BudgetBytes}) in files that the server does not use: before-restore-*, quarantine or others; nothing is dropped for them")]
    private partial void BesideBudget(long foreignBytes, long budgetBytes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "a merge waits for room on the disk: it needs {NeededBytes} bytes, and {FreeBytes} are free")]
    private partial void NoRoom(long neededBytes, long freeBytes);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Signal}: deletion {Id} is done: {Rows} rows of {Blocks} blocks; {Unreadable} blocks could not be read")]
    private partial void DeletionDone(Signal signal, string id, long rows, long blocks, int unreadable);

    [LoggerMessage(Level = LogLevel.Error, Message = "a round of compaction, retention and deletion ended early; the next one goes on")]
    private partial void RoundFailed(Exception error);
}
