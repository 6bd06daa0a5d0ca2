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

    /// <summary>
    /// The limits of one request: what it takes is taken from the common budget too, and is known apart, so that a request that would not
    /// fit even if it were alone is told so instead of being asked to come again for ever.
    /// </summary>
    public IngestLimits ForRequest() => this with { InFlight = new MemoryBudget(InFlight.Name, InFlight.Limit, InFlight) };

    /// <summary>
    /// Why a request's own budget (<see cref="ForRequest"/>) refused so many bytes: 413 where it can never have them, 503 where it may
    /// later.
    /// </summary>
    public BodyError NoRoom(long bytes) => NoRoom(bytes, InFlight.Available);

    /// <summary>The same for a refusal that was thrown, by which time the request may have given back what it had.</summary>
    public BodyError NoRoom(MemoryBudgetExceededException refusal) => NoRoom(refusal.RequestedBytes, refusal.AvailableBytes);

    private BodyError NoRoom(long bytes, long available) => available < bytes
        ? new BodyError(413, $"the request takes more than {InFlight.Limit} bytes in flight when it is decoded: send smaller ones")
        : new BodyError(503, $"too many bytes in flight (limit {InFlight.Limit}); try again in {RetryAfter.TotalSeconds:0} s");
}
