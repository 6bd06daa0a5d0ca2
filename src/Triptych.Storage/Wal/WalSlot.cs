using Triptych.Primitives.Memory;

namespace Triptych.Storage.Wal;

internal enum WalSlotState
{
    Reserved,
    Completed,
    Abandoned,
}

/// <summary>One record on its way to disk. Changed under the gate of its <see cref="WriteAheadLog"/>.</summary>
internal sealed class WalSlot(long sequence, long segment, long reservedBytes)
{
    public long Sequence { get; } = sequence;

    public long Segment { get; } = segment;

    /// <summary>What counts against the queue's bound: the size hint until the record is encoded, then its real size.</summary>
    public long ChargedBytes { get; set; } = reservedBytes;

    public WalSlotState State { get; set; }

    /// <summary>The whole record, header included; owned by the slot until it is durable.</summary>
    public PooledBytes? Bytes { get; set; }
}
