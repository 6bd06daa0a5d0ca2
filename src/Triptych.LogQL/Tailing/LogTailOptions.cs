namespace Triptych.LogQL.Tailing;

/// <summary>What tails may use, all of a server.</summary>
public sealed record LogTailOptions
{
    /// <summary>The most tails of one tenant at a time.</summary>
    public int MaxTails { get; init; } = 10;

    /// <summary>The most bytes of lines that wait for one tail; further ones are left out, and the client is told.</summary>
    public long MaxQueuedBytes { get; init; } = 8 << 20;

    /// <summary>How long a tail may run.</summary>
    public TimeSpan MaxDuration { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a client may take to read a frame, and to answer a ping.</summary>
    public TimeSpan ClientTimeout { get; init; } = TimeSpan.FromSeconds(15);
}
