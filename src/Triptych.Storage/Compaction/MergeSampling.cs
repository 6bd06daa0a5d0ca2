namespace Triptych.Storage.Compaction;

/// <summary>What a merge is told of sampling, and says of it. One thread at a time.</summary>
/// <param name="through">Last time of what may be left out, in the signal's unit.</param>
public sealed class MergeSampling(long through)
{
    /// <summary>Last time of what may be left out, in the signal's unit, inclusive.</summary>
    public long Through { get; } = through;

    /// <summary>Whether the rules were used on all that they are for. Set by the merger.</summary>
    public bool IsDone { get; set; }

    /// <summary>Why the rules could not be used now. Set by the merger.</summary>
    public string? PutOff { get; set; }

    /// <summary>Counts what became of rows: called when outputs are in the place of inputs, or when these stay. Set by the merger.</summary>
    public Action? Committed { get; set; }
}
