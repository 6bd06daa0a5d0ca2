using Triptych.Api.Operations;
using Triptych.Columnar;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Samples;
using Triptych.Model;

namespace Triptych.Server.Hosting;

/// <summary>The prices of scans, from the stores.</summary>
internal sealed class StorePrices(Stores stores) : IScanPrices
{
    /// <inheritdoc/>
    public ValueTask<ScanPrice> OfSamplesAsync(SampleScanRequest request, int maxOpened, CancellationToken cancellationToken) =>
        stores.Metrics.PriceAsync(request, maxOpened, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ScanPrice> OfRowsAsync(Signal signal, RowScanRequest request, int maxOpened, CancellationToken cancellationToken) => signal switch
    {
        Signal.Logs => stores.Logs.PriceAsync(request, maxOpened, cancellationToken),
        Signal.Traces => stores.Traces.PriceAsync(request, maxOpened, cancellationToken),
        _ => throw new ArgumentOutOfRangeException(nameof(signal), signal, "Samples are not rows."),
    };
}
