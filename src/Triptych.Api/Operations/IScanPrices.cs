using Triptych.Columnar;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Samples;
using Triptych.Model;

namespace Triptych.Api.Operations;

/// <summary>
/// What scans would read at most, from the catalog, the indexes of blocks and memory. Any thread may call. A range that is not replayed yet is a
/// <see cref="SourceNotReadyException"/>.
/// </summary>
public interface IScanPrices
{
    /// <summary>Of a scan of samples.</summary>
    /// <param name="request">The scan.</param>
    /// <param name="maxOpened">Blocks that may be opened for it; of others only the catalog is asked.</param>
    /// <param name="cancellationToken">Ends it.</param>
    ValueTask<ScanPrice> OfSamplesAsync(SampleScanRequest request, int maxOpened, CancellationToken cancellationToken);

    /// <summary>Of a scan of lines or of spans.</summary>
    /// <param name="signal">Logs or traces.</param>
    /// <param name="request">The scan.</param>
    /// <param name="maxOpened">Blocks that may be opened for it; of others only the catalog is asked.</param>
    /// <param name="cancellationToken">Ends it.</param>
    ValueTask<ScanPrice> OfRowsAsync(Signal signal, RowScanRequest request, int maxOpened, CancellationToken cancellationToken);
}
