using Triptych.Ingest.Exposition;
using Triptych.Primitives.Binary;

namespace Triptych.Collect.Scrape;

/// <summary>A target inside this program: a function that gives its exposition in the text format.</summary>
public sealed class TextSource(Func<string> write) : IMetricSource
{
    /// <inheritdoc/>
    public ValueTask<FetchResult> FetchAsync(PooledBufferWriter body, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            body.WriteUtf8(write());
            return ValueTask.FromResult(new FetchResult(null, ExpositionFormat.Prometheus));
        }
        catch (BufferLimitExceededException)
        {
            return ValueTask.FromResult(FetchResult.Failed(HttpSource.TooLarge(body)));
        }
    }

    /// <summary>Nothing to release.</summary>
    public void Dispose()
    {
    }
}
