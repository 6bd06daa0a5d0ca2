using Microsoft.Extensions.Logging;
using Triptych.Model;
using Triptych.Storage.Compaction;
using Triptych.Storage.Deletion;
using Triptych.Storage.Instruments;
using Triptych.Storage.Retention;

namespace Triptych.Server.Hosting;

/// <summary>What compaction, retention and deletion have to tell, as diagnostics.</summary>
internal sealed partial class UpkeepEvents(ILogger<UpkeepEvents> logger) : IUpkeepEvents
{
    private long _quarantined;

    /// <summary>Blocks that were set aside since the start.</summary>
    public long QuarantinedCount => Interlocked.Read(ref _quarantined);

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
    public void CommitRepeated(Exception error) => CommitUnknown(error);

    /// <inheritdoc/>
    public void BlockQuarantined(string objectKey, long offset, string reason)
    {
        Interlocked.Increment(ref _quarantined);
        BlockSetAside(objectKey, offset, reason);
    }

    /// <inheritdoc/>
    public void Expired(Signal signal, ExpiryReason reason, int blocks, long bytes) => BlocksDropped(signal, blocks, bytes, reason);

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

    [LoggerMessage(Level = LogLevel.Information, Message = "{Signal}: merged {Blocks} blocks ({Bytes} bytes) to {Outputs} ({OutputBytes} bytes) of level {Level} ({Reason}), {RowsDeleted} rows left out, in {Seconds:0.000} s")]
    private partial void MergeDone(
        Signal signal, int blocks, long bytes, int outputs, long outputBytes, int level, MergeReason reason, long rowsDeleted, double seconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Signal}: a merge of {Blocks} blocks failed and is tried again in {Seconds:0} s; nothing is lost")]
    private partial void MergeNotDone(Signal signal, int blocks, double seconds, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Signal}: a merge of {Blocks} blocks did not fit into its memory; the next ones take at most {MostBlocks}")]
    private partial void MergeBeyondMemory(Signal signal, int blocks, int mostBlocks, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "it is not known whether a change of the catalog was made; it is repeated")]
    private partial void CommitUnknown(Exception error);

    [LoggerMessage(Level = LogLevel.Error, Message = "block {ObjectKey} cannot be read at offset {Offset} ({Reason}); it is set aside and stays as it is")]
    private partial void BlockSetAside(string objectKey, long offset, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Signal}: retention dropped {Blocks} blocks ({Bytes} bytes), by {Reason}")]
    private partial void BlocksDropped(Signal signal, int blocks, long bytes, ExpiryReason reason);

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
