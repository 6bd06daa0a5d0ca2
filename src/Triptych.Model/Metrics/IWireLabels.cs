using Triptych.Model.Labels;

namespace Triptych.Model.Metrics;

/// <summary>
/// Reads a series' labels as a protocol's message has them. Most series were seen before in the very same bytes; then nobody needs to read them, and so
/// decoders
/// leave it to the store.
/// </summary>
public interface IWireLabels
{
    /// <summary>Makes the canonical label set. Null when that went well, else what is wrong with the labels.</summary>
    /// <param name="wire">The bytes, as they were given to <see cref="MetricBatch.AddWireSeries"/>.</param>
    /// <param name="writer">Holds the set; what was in it is forgotten.</param>
    /// <param name="canonical">The set, valid until the writer is used again.</param>
    string? Canonicalise(ReadOnlySpan<byte> wire, LabelSetWriter writer, out ReadOnlySpan<byte> canonical);
}
