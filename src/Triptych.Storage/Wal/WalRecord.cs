using Triptych.Model;
using Triptych.Primitives.Checksums;

namespace Triptych.Storage.Wal;

/// <summary>A record as replay hands it out. The payload is valid during the call only.</summary>
public readonly ref struct WalRecord
{
    /// <summary>Its number: grows from record to record, with gaps.</summary>
    public required long Sequence { get; init; }

    /// <summary>Its segment: dictionaries start anew where this differs from the record before.</summary>
    public required long Segment { get; init; }

    /// <summary>Whose data.</summary>
    public required TenantId Tenant { get; init; }

    /// <summary>When it was taken.</summary>
    public required long ReceivedUnixMs { get; init; }

    /// <summary>The request it came in, if that can be sent again.</summary>
    public Hash128? RequestHash { get; init; }

    /// <summary>The outcome of ingest in the signal's own encoding, decompressed.</summary>
    public required ReadOnlySpan<byte> Payload { get; init; }
}

/// <summary>Takes one record of a replay. <see cref="InvalidDataException"/> sets the record aside and goes on.</summary>
public delegate void WalReplayHandler(in WalRecord record);

/// <summary>A place in the WAL, reserved. Exactly one of <c>Complete</c> and <c>Abandon</c> follows.</summary>
public readonly record struct WalTicket
{
    internal WalTicket(WalSlot slot) => Slot = slot;

    /// <summary>Number of the record.</summary>
    public long Sequence => Slot.Sequence;

    /// <summary>Segment that it will stand in.</summary>
    public long Segment => Slot.Segment;

    internal WalSlot Slot { get; }
}

/// <summary>How waiting for durability ended.</summary>
public enum WalDurability
{
    /// <summary>Everything up to the sequence survives a power cut: acknowledge.</summary>
    Durable,

    /// <summary>The disk does not take it now. The bytes are kept and written as soon as it does; do not acknowledge.</summary>
    Unavailable,
}

/// <summary>How a <see cref="WriteAheadLog"/> works.</summary>
public sealed record WalOptions
{
    /// <summary>Whose WAL.</summary>
    public required Signal Signal { get; init; }

    /// <summary>Data directory: files are <c>&lt;dir&gt;/wal/&lt;signal&gt;/&lt;segment:D10&gt;.wal</c>.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>A segment is closed when this many bytes (before compression) were reserved in it.</summary>
    public long SegmentBytes { get; init; } = 128L * 1024 * 1024;

    /// <summary>Appends are refused while more than this is not yet durable.</summary>
    public long MaxQueuedBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>zstd level.</summary>
    public int CompressionLevel { get; init; } = 1;

    /// <summary>First pause after a failed write; doubles up to <see cref="MaxRetryDelay"/>.</summary>
    public TimeSpan MinRetryDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest pause between two tries.</summary>
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(5);

    internal string Folder => Path.Combine(DataDirectory, "wal", WalFormat.FolderOf(Signal));
}

/// <summary>Where a WAL goes on after its replay.</summary>
/// <param name="NextSegment">First segment it may write; no file of it or a later one exists.</param>
/// <param name="NextSequence">First sequence number it may give out.</param>
public readonly record struct WalStart(long NextSegment, long NextSequence);
