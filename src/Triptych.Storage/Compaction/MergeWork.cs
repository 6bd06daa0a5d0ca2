using Triptych.Storage.Catalog;

namespace Triptych.Storage.Compaction;

/// <summary>A planned merge with the rows that it leaves out and the marks that its outputs get.</summary>
/// <param name="Plan">Which blocks.</param>
/// <param name="Deletions">Rows to leave out.</param>
/// <param name="MarksOf">What has been done to an output.</param>
/// <param name="DeletionId">The deletion whose progress this is, or null.</param>
/// <param name="Sampling">Up to when rows may be sampled, and the mark of what that was done to; null for none.</param>
internal sealed record MergeWork(
    PlannedMerge Plan, IReadOnlyList<RowDeletion> Deletions, Func<BlockMeta, IReadOnlyList<long>> MarksOf, string? DeletionId,
    (long Through, long Mark)? Sampling = null)
{
    /// <summary>Whether the one input is written again for no other reason than to leave rows out: where none goes it can stay as it is.</summary>
    public bool IsForDeletionsOnly => Plan.Reason is MergeReason.Deletion or MergeReason.Retention or MergeReason.Sampling;

    /// <summary>What has been done to an output, or to an input that stays as it is.</summary>
    public IReadOnlyList<long> AllMarksOf(MergeJob job, BlockMeta block)
    {
        var marks = MarksOf(block);
        return Sampling is { } sampling && job.Sampling is { IsDone: true } && block.MaxTime <= sampling.Through && !marks.Contains(sampling.Mark)
            ? [.. marks, sampling.Mark]
            : marks;
    }
}

/// <summary>What came of a merge.</summary>
internal enum MergeOutcome
{
    /// <summary>Outputs took the place of inputs.</summary>
    Done,

    /// <summary>Somebody else was first; to be planned again.</summary>
    Refused,

    /// <summary>An input is set aside; to be planned again without it.</summary>
    Quarantined,

    /// <summary>It did not fit into memory; to be planned again with fewer inputs.</summary>
    TooLarge,

    /// <summary>It failed and is to be tried later.</summary>
    Failed,
}
