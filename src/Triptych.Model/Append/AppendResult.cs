namespace Triptych.Model.Append;

/// <summary>How an append ended as a whole.</summary>
public enum AppendStatus
{
    /// <summary>What was not refused is durable.</summary>
    Ok,

    /// <summary>The same request was acknowledged before; nothing was written, everything is durable.</summary>
    Duplicate,

    /// <summary>Nothing can be taken just now (disk full, budget used up, stopping): answer with the protocol's retryable status.</summary>
    Unavailable,
}

/// <summary>Some items that were not taken, and why.</summary>
/// <param name="Reason">A short code such as <c>too_old</c>, used as a metric label.</param>
/// <param name="Count">How many samples, lines or spans.</param>
/// <param name="Detail">One line that says what was wrong with the first of them.</param>
public sealed record Refusal(string Reason, long Count, string Detail);

/// <summary>What became of a batch. Refused items do not stop the others.</summary>
public sealed record AppendResult
{
    /// <summary>How it ended as a whole.</summary>
    public AppendStatus Status { get; init; }

    /// <summary>Items that are durable now, those that were there before included.</summary>
    public long Accepted { get; init; }

    /// <summary>Of these, items that equal one that was there before.</summary>
    public long Duplicates { get; init; }

    /// <summary>Of the accepted, those that are native histograms.</summary>
    public long Histograms { get; init; }

    /// <summary>Exemplars that are durable now; they are not among the accepted.</summary>
    public long Exemplars { get; init; }

    /// <summary>Items that were not taken.</summary>
    public IReadOnlyList<Refusal> Refusals { get; init; } = [];

    /// <summary>For <see cref="AppendStatus.Unavailable"/>: why, in one line.</summary>
    public string? Detail { get; init; }

    /// <summary>For <see cref="AppendStatus.Unavailable"/>: when to try again.</summary>
    public TimeSpan RetryAfter { get; init; }

    /// <summary>All refused items.</summary>
    public long Refused => Refusals.Sum(r => r.Count);

    /// <summary>Nothing can be taken just now.</summary>
    public static AppendResult Unavailable(string detail, TimeSpan retryAfter) =>
        new() { Status = AppendStatus.Unavailable, Detail = detail, RetryAfter = retryAfter };
}
