namespace Triptych.Storage.Heads;

/// <summary>What of a signal is not in blocks yet, and how flushing goes; all tenants together.</summary>
public sealed record HeadStatus
{
    /// <summary>Memory of all heads, in bytes.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Bytes of the head that takes appends at which it becomes blocks.</summary>
    public required long FlushAtBytes { get; init; }

    /// <summary>Bytes of all heads past which nothing is taken.</summary>
    public required long MaxBytes { get; init; }

    /// <summary>Heads that are, or wait to become, blocks.</summary>
    public required int Waiting { get; init; }

    /// <summary>Whether one is being written just now.</summary>
    public required bool IsFlushing { get; init; }

    /// <summary>When the oldest record arrived that is in no block yet, Unix milliseconds; null where there is none.</summary>
    public long? OldestUnixMs { get; init; }

    /// <summary>When the head that takes appends becomes blocks at the latest, Unix milliseconds; null where it is empty.</summary>
    public long? FlushDueUnixMs { get; init; }

    /// <summary>Bytes of the write-ahead log that are in no block yet.</summary>
    public long WalBytes { get; init; }

    /// <summary>Bytes that are not durable yet.</summary>
    public long WalQueuedBytes { get; init; }

    /// <summary>Number of the log's segment that is written.</summary>
    public long WalSegment { get; init; }

    /// <summary>Why nothing is taken just now; null where it is.</summary>
    public string? WhyRefusing { get; init; }

    /// <summary>The last flush that succeeded since the start.</summary>
    public FlushOutcome? LastFlush { get; init; }

    /// <summary>The last flush that failed since the start; it is tried again.</summary>
    public FlushFailure? LastFailure { get; init; }
}

/// <summary>A head that has become blocks.</summary>
/// <param name="At">When it was done.</param>
/// <param name="Duration">How long that took.</param>
/// <param name="Blocks">How many.</param>
/// <param name="Rows">Rows in them.</param>
/// <param name="Bytes">Their bytes.</param>
public sealed record FlushOutcome(DateTimeOffset At, TimeSpan Duration, int Blocks, long Rows, long Bytes);

/// <summary>A flush that failed.</summary>
/// <param name="At">When.</param>
/// <param name="Reason">Why.</param>
public sealed record FlushFailure(DateTimeOffset At, string Reason);
