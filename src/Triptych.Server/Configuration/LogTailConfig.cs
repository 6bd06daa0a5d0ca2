using System.ComponentModel;
using Triptych.LogQL.Tailing;

namespace Triptych.Server.Configuration;

/// <summary>Live tails of logs.</summary>
public sealed class LogTailConfig
{
    internal const long SmallestQueueBytes = 64L << 10;
    internal const long LargestQueueBytes = 1L << 30;

    /// <summary>How many at a time.</summary>
    [Description("How many live tails a tenant may have at a time.")]
    public int MaxConcurrent { get; set; } = 10;

    /// <summary>How long one may run.</summary>
    [Description("How long a live tail may run; then the connection is closed, and clients begin another.")]
    public TimeSpan MaxDuration { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Memory of one.</summary>
    [Description("Lines that may wait for one live tail whose client reads too slowly. Further ones are left out, and the client is told which.")]
    public ByteSize MaxQueue { get; set; } = ByteSize.MiB(8);

    /// <summary>As the tails want it.</summary>
    internal LogTailOptions ToOptions() => new() { MaxTails = MaxConcurrent, MaxDuration = MaxDuration, MaxQueuedBytes = MaxQueue.Bytes };
}
