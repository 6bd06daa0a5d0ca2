namespace Triptych.Collect.Tail;

/// <summary>
/// How far a file was read. Up to <see cref="Offset"/> everything is durable in the store. The range from there to <see cref="PendingEnd"/>
/// was about to be appended when this was saved: after a crash exactly that range is read again, as of the same
/// <see cref="ReadUnixNanos"/>, so that lines without a time of their own get the same time again and the store finds that it has them.
/// </summary>
public sealed record TailPosition
{
    /// <summary>Which file; the key of the position, for it stays when the file is renamed.</summary>
    public required FileIdentity Identity { get; init; }

    /// <summary>The path under which the file was met, which stays its label.</summary>
    public required string Path { get; init; }

    /// <summary>Where the first line begins that may not be durable.</summary>
    public long Offset { get; init; }

    /// <summary>The end of the range that is being appended; equal to the offset when none is.</summary>
    public long PendingEnd { get; init; }

    /// <summary>When that range was first read, Unix nanoseconds.</summary>
    public long ReadUnixNanos { get; init; }

    /// <summary>Whether the offset is within a line that was cut, whose rest is passed over.</summary>
    public bool IsInCutLine { get; init; }

    /// <summary>How many first bytes the fingerprint covers.</summary>
    public int FingerprintLength { get; init; }

    /// <summary>Hash of these bytes: a file that begins differently is another one, even with the same inode.</summary>
    public ulong Fingerprint { get; init; }
}

/// <summary>
/// Where positions are kept. What was saved must be durable when the call returns. One call at a time; failures are
/// <see cref="IOException"/>s and are tried again.
/// </summary>
public interface IPositionStore
{
    /// <summary>All positions.</summary>
    ValueTask<IReadOnlyList<TailPosition>> LoadAsync(CancellationToken cancellationToken);

    /// <summary>Saves positions, all or none.</summary>
    ValueTask SaveAsync(IReadOnlyList<TailPosition> positions, CancellationToken cancellationToken);

    /// <summary>Forgets a file.</summary>
    ValueTask ForgetAsync(FileIdentity identity, CancellationToken cancellationToken);
}
