namespace Triptych.Query.Budgets;

/// <summary>What one query may use. Past a limit it ends with a <see cref="QueryLimitException"/>; it never takes the server down.</summary>
public sealed record QueryLimits
{
    /// <summary>How long it may run.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Samples that may be in memory at once.</summary>
    public long MaxSamples { get; init; } = 50_000_000;

    /// <summary>Bytes that it may hold.</summary>
    public long MaxBytes { get; init; } = 1L << 30;

    /// <summary>How far back an instant selector looks for its newest sample.</summary>
    public TimeSpan Lookback { get; init; } = TimeSpan.FromMinutes(5);
}
