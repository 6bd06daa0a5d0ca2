namespace Triptych.Ingest.PrometheusTsdb;

/// <summary>Decodes chunks of any encoding. One thread at a time.</summary>
internal sealed class ChunkDecoder
{
    private const byte Xor = 1;
    private const byte Histogram = 2;
    private const byte FloatHistogram = 3;
    private readonly HistogramChunk _histograms = new();

    /// <summary>Decodes all samples; returns what is wrong, or null.</summary>
    public string? Decode(byte encoding, ReadOnlySpan<byte> data, ITsdbSamples into) => encoding switch
    {
        Xor => XorChunk.Decode(data, into),
        Histogram or FloatHistogram => _histograms.Decode(data, encoding == FloatHistogram, into),
        _ => $"a chunk has the encoding {encoding}, which this version does not know",
    };
}
