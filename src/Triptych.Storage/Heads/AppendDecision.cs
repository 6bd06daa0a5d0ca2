namespace Triptych.Storage.Heads;

/// <summary>What was decided about a batch under the decision lock.</summary>
internal readonly struct AppendDecision
{
    /// <summary>Why nothing was taken.</summary>
    public string? Refused { get; init; }

    /// <summary>Whether an equal request was taken before.</summary>
    public bool IsResend { get; init; }

    /// <summary>Number up to which everything has to be durable before the answer.</summary>
    public long Barrier { get; init; }

    /// <summary>What became of the batch, where it was taken.</summary>
    public AppendOutcome Outcome { get; init; }
}
