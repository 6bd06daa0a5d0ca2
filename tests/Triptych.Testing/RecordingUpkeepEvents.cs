using System.Collections.Concurrent;
using Triptych.Model;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Storage.Deletion;
using Triptych.Storage.Instruments;
using Triptych.Storage.Retention;

namespace Triptych.Testing;

/// <summary>Keeps what upkeep reported as lines such as <c>merged Logs Flushed 4 2</c>.</summary>
public sealed class RecordingUpkeepEvents : IUpkeepEvents
{
    private readonly ConcurrentQueue<string> _lines = new();

    /// <summary>All lines so far, in order.</summary>
    public IReadOnlyList<string> Lines => [.. _lines];

    /// <summary>How many lines begin with a word.</summary>
    public int Count(string kind) => _lines.Count(l => l.StartsWith(kind + " ", StringComparison.Ordinal));

    public void Merged(PlannedMerge merge, int outputs, long outputBytes, long rowsDeleted, TimeSpan duration) =>
        Add($"merged {merge.Signal} {merge.Reason} {merge.Inputs.Count} {outputs} {rowsDeleted}");

    public void MergeFailed(PlannedMerge merge, Exception error, TimeSpan retryIn) => Add($"merge_failed {merge.Signal} {retryIn.TotalSeconds} {error}");

    public void MergeTooLarge(PlannedMerge merge, int mostBlocks, Exception error) =>
        Add($"merge_too_large {merge.Signal} {merge.Inputs.Count} {mostBlocks}");

    public void MergeNeedsMemory(PlannedMerge merge, long bytes, Exception error) => Add($"merge_needs_memory {merge.Signal} {merge.Inputs.Count} {bytes}");

    public void BlockSpared(PlannedMerge merge) => Add($"block_spared {merge.Signal} {merge.Reason}");

    public void SamplingPutOff(PlannedMerge merge, string reason, TimeSpan retryIn) => Add($"sampling_put_off {merge.Signal} {reason}");

    public void CommitRepeated(Exception error) => Add($"commit_repeated {error.Message}");

    public void Expired(Signal signal, ExpiryReason reason, int blocks, long bytes) => Add($"expired {signal} {reason} {blocks} {bytes}");

    public void RuleOverSize(Signal signal, int rule, long bytes, long sizeBytes, DateTimeOffset through) =>
        Add($"rule_over_size {signal} {rule} {bytes} {sizeBytes} {through:O}");

    public void BlockNotCounted(BlockMeta block, Exception error) => Add($"block_not_counted {block.Signal} {error.Message}");

    public void BudgetNotMet(long usedBytes, long budgetBytes) => Add($"budget_not_met {usedBytes} {budgetBytes}");

    public void ForeignFiles(long bytes, long budgetBytes) => Add($"foreign_files {bytes} {budgetBytes}");

    public void NoRoomToMerge(long neededBytes, long freeBytes) => Add($"no_room_to_merge {neededBytes} {freeBytes}");

    public void Deleted(DeletionRequest request) => Add($"deleted {request.Signal} {request.RowsDeleted}");

    public void UpkeepFailed(Exception error) => Add($"upkeep_failed {error}");

    private void Add(FormattableString line) => _lines.Enqueue(FormattableString.Invariant(line));
}
