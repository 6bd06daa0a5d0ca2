using Triptych.Ingest.Exposition;
using Triptych.Primitives.Binary;

namespace Triptych.Collect.Scrape;

/// <summary>What a target said.</summary>
/// <param name="Error">Why there is nothing to read, in one line without secrets; null where the body is complete.</param>
/// <param name="Format">How to read the body.</param>
public readonly record struct FetchResult(string? Error, ExpositionFormat Format)
{
    /// <summary>There is nothing to read.</summary>
    public static FetchResult Failed(string error) => new(error, default);
}

/// <summary>Where a target's exposition comes from: over HTTP, from this program, from this host. One fetch at a time.</summary>
public interface IMetricSource : IDisposable
{
    /// <summary>Writes the whole exposition to <paramref name="body"/>. Expected failures are values; only the caller's cancellation throws.</summary>
    ValueTask<FetchResult> FetchAsync(PooledBufferWriter body, TimeSpan timeout, CancellationToken cancellationToken);
}
