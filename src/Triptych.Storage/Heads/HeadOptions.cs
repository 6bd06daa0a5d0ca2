using Triptych.Model;
using Triptych.Storage.Wal;

namespace Triptych.Storage.Heads;

/// <summary>When heads become blocks and how much they may hold.</summary>
public sealed record HeadOptions
{
    /// <summary>The WAL below the heads; names signal and directory.</summary>
    public required WalOptions Wal { get; init; }

    /// <summary>A head is flushed when its WAL has this many bytes as stored.</summary>
    public long FlushWalBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>A head is flushed when its oldest record was taken this long ago.</summary>
    public required TimeSpan FlushAge { get; init; }

    /// <summary>A head is flushed when it holds this much memory.</summary>
    public long FlushHeadBytes { get; init; } = 512L * 1024 * 1024;

    /// <summary>The side of a head is flushed when it holds this much memory.</summary>
    public long FlushSideBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>Appends are refused while all generations together hold more than this.</summary>
    public long MaxHeadBytes { get; init; } = 1024L * 1024 * 1024;

    /// <summary>
    /// How long the answer to an append may be held back while a head is flushed and the next one holds <see cref="FlushHeadBytes"/> too: what comes is
    /// slowed to what can be flushed, by senders that wait for their answers. A flush that fails holds nothing back.
    /// </summary>
    public TimeSpan MaxSlowdown { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Memory that the heads of several signals share; null where this one has its own bound only.</summary>
    public HeadMemory? Memory { get; init; }

    /// <summary>
    /// Appends of a tenant are refused while so many of its flushed blocks (level 0) wait to be merged: each query opens all that meet its range. No
    /// bound where nothing merges them.
    /// </summary>
    public int MaxFlushedBlocks { get; init; } = int.MaxValue;

    /// <summary>How often the conditions are looked at.</summary>
    public TimeSpan CheckInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>First pause after a failed flush; doubles up to <see cref="MaxRetryDelay"/>.</summary>
    public TimeSpan MinRetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest pause between two tries to flush.</summary>
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>What a refused client is told to wait.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a request is remembered.</summary>
    public TimeSpan RequestWindow { get; init; } = RequestTable.DefaultWindow;

    /// <summary>How many requests are remembered.</summary>
    public int MaxRequests { get; init; } = RequestTable.DefaultMaxEntries;

    /// <summary>Why a store with so many bytes in its heads takes no more; null where it does.</summary>
    internal string? WhyOverfull(long bytes)
    {
        if (bytes > MaxHeadBytes)
            return $"{bytes} bytes are in memory and wait to become blocks, more than the limit of {MaxHeadBytes}";
        if (Memory is not { } shared || bytes <= shared.SureBytes || shared.UsedBytes is var all && all <= shared.LimitBytes)
            return null;
        return $"{all} bytes of all signals are in memory and wait to become blocks, more than the limit of {shared.LimitBytes}";
    }

    /// <summary>The defaults of a signal: metrics flush after 2 h, logs and traces after 30 min.</summary>
    public static HeadOptions For(Signal signal, string dataDirectory) => new()
    {
        Wal = new WalOptions { Signal = signal, DataDirectory = dataDirectory },
        FlushAge = signal == Signal.Metrics ? TimeSpan.FromHours(2) : TimeSpan.FromMinutes(30),
    };
}

/// <summary>How far a store's replay is.</summary>
/// <param name="IsComplete">Whether every answer is complete now.</param>
/// <param name="Records">Records replayed.</param>
/// <param name="BytesDone">WAL bytes that are in.</param>
/// <param name="BytesTotal">WAL bytes to replay in all.</param>
/// <param name="Segments">The WAL files that it reads, by their numbers.</param>
public readonly record struct RecoveryState(bool IsComplete, long Records, long BytesDone, long BytesTotal, SegmentProgress Segments);

/// <summary>WAL segments of a replay; all 0 where there are none.</summary>
/// <param name="First">The first that is replayed.</param>
/// <param name="Last">The last one.</param>
/// <param name="Current">The one that is being read, <paramref name="Last"/> when it is over.</param>
public readonly record struct SegmentProgress(long First, long Last, long Current);
