using Triptych.Primitives.Binary;

namespace Triptych.Collect.Scrape;

/// <summary>A target whose configuration cannot be used: it is down, and its error says why.</summary>
internal sealed class UnusableSource(string error) : IMetricSource
{
    /// <inheritdoc/>
    public ValueTask<FetchResult> FetchAsync(PooledBufferWriter body, TimeSpan timeout, CancellationToken cancellationToken) =>
        ValueTask.FromResult(FetchResult.Failed(error));

    /// <summary>Nothing to release.</summary>
    public void Dispose()
    {
    }
}
