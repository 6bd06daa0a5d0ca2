using Triptych.Model;
using Triptych.Storage.Catalog;

namespace Triptych.Storage.Compaction;

/// <summary>
/// What a signal's store gives compaction: rows of several blocks become the rows of fewer, in the signal's sort order. Memory is bounded by
/// <see cref="MergeJob.Memory"/>, whatever the blocks' size. Any thread may call; merges of different jobs may run at once.
/// </summary>
public interface IBlockMerger
{
    /// <summary>Whose blocks.</summary>
    Signal Signal { get; }

    /// <summary>
    /// Writes the blocks that take the place of the job's inputs, and returns what the catalog shall say of them: none when nothing is left.
    /// Equal records are one in the result; where they differ otherwise, that of the earlier input stays. An output holds rows of one
    /// window only (<see cref="MergeJob.WindowOf"/>). Yields and looks for cancellation every few thousand rows. Objects of a call that
    /// throws are removed by the caller.
    /// </summary>
    /// <exception cref="Columnar.Parquet.CorruptFileException">An input cannot be read; it names the object.</exception>
    /// <exception cref="Primitives.Memory.MemoryBudgetExceededException">Something that cannot be divided does not fit into the job's memory.</exception>
    ValueTask<IReadOnlyList<BlockMeta>> MergeAsync(MergeJob job, CancellationToken cancellationToken);

    /// <summary>
    /// Whether the job's deletions, or its sampling, leave out any row of its inputs. Reads no more than it has to, and writes nothing; true may be
    /// wrong, false never is.
    /// </summary>
    /// <exception cref="Columnar.Parquet.CorruptFileException">An input cannot be read; it names the object.</exception>
    /// <exception cref="Primitives.Memory.MemoryBudgetExceededException">Something that cannot be divided does not fit into the job's memory.</exception>
    ValueTask<bool> DeletesAnyAsync(MergeJob job, CancellationToken cancellationToken);

    /// <summary>Counts the rows of the job's one input by retention rule and time. Reads labels and times only, and writes nothing.</summary>
    /// <exception cref="Columnar.Parquet.CorruptFileException">The input cannot be read; it names the object.</exception>
    /// <exception cref="Primitives.Memory.MemoryBudgetExceededException">Something that cannot be divided does not fit into the job's memory.</exception>
    ValueTask CountAsync(MergeJob job, RowTally tally, CancellationToken cancellationToken);
}
