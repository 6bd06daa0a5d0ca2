using Triptych.Model;
using Triptych.Model.Labels;

namespace Triptych.Storage.Retention;

/// <summary>How long and how much is kept of the rows that match. Of several rules the first that matches a row holds for it.</summary>
/// <param name="Matchers">What they look at is the signal's, as in <see cref="Compaction.RowDeletion"/>; all must hold, at least one.</param>
/// <param name="Time">How long; zero: for ever.</param>
/// <param name="SizeBytes">
/// Most bytes of blocks that they may have together, all tenants; the oldest go first. Zero: no limit. A row's bytes are its block's by the number of rows.
/// </param>
public sealed record RetentionRule(IReadOnlyList<LabelMatcher> Matchers, TimeSpan Time, long SizeBytes = 0);

/// <summary>How long and how much of a signal is kept.</summary>
public sealed record SignalRetention
{
    /// <summary>How long rows are kept that no rule matches; zero: for ever.</summary>
    public TimeSpan Time { get; init; }

    /// <summary>Most bytes of blocks, all tenants together; the oldest go first. Zero: no limit.</summary>
    public long SizeBytes { get; init; }

    /// <summary>Exceptions from <see cref="Time"/>, and sizes of their own; the first that matches first.</summary>
    public IReadOnlyList<RetentionRule> Rules { get; init; } = [];

    /// <summary>Why the rules cannot be used; null when they can.</summary>
    public string? FindProblem()
    {
        try
        {
            RetentionTerms.Of(this);
            return null;
        }
        catch (ArgumentException e)
        {
            return e.Message;
        }
    }
}

/// <summary>What is kept.</summary>
public sealed record RetentionOptions
{
    /// <summary>Metrics; 15 days by default.</summary>
    public SignalRetention Metrics { get; init; } = new() { Time = TimeSpan.FromDays(15) };

    /// <summary>Logs; 31 days by default.</summary>
    public SignalRetention Logs { get; init; } = new() { Time = TimeSpan.FromDays(31) };

    /// <summary>Traces; 48 hours by default.</summary>
    public SignalRetention Traces { get; init; } = new() { Time = TimeSpan.FromHours(48) };

    /// <summary>Most bytes that the data directory may have in all; zero: no limit. Beyond it blocks go, never what is not yet in blocks.</summary>
    public long DiskBudgetBytes { get; init; }

    /// <summary>A signal's part.</summary>
    public SignalRetention For(Signal signal) => signal switch
    {
        Signal.Metrics => Metrics,
        Signal.Logs => Logs,
        Signal.Traces => Traces,
        _ => throw new ArgumentOutOfRangeException(nameof(signal), signal, "No such signal."),
    };
}
