namespace Triptych.Storage.Compaction;

/// <summary>From when on the blocks of a signal are looked at once by what its merger leaves out by itself.</summary>
/// <param name="Age">Rows have to be older than this.</param>
/// <param name="Mark">Stands for the rules by which that is done: a block on which they were used has it.</param>
public sealed record SamplingTerm(TimeSpan Age, long Mark);
