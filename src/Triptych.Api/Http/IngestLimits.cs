using Triptych.Primitives.Memory;

namespace Triptych.Api.Http;

/// <summary>What bodies on their way in may use.</summary>
/// <param name="InFlight">One budget for all bytes in flight, taken as decompression proceeds.</param>
/// <param name="MaxCompressedBytes">The largest body as sent.</param>
/// <param name="MaxBodyBytes">The largest body after decompression.</param>
public sealed record IngestLimits(MemoryBudget InFlight, long MaxCompressedBytes, int MaxBodyBytes)
{
    /// <summary>When a client that was refused for want of budget is asked to come again.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(1);
}
