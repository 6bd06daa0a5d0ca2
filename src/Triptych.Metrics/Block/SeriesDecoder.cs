using Triptych.Metrics.Chunks;
using Triptych.Metrics.Scan;
using Triptych.Primitives.Binary;

namespace Triptych.Metrics.Block;

/// <summary>Decodes the samples of one row of a block.</summary>
internal static class SeriesDecoder
{
    /// <summary>Adds the samples to <paramref name="into"/>.</summary>
    /// <param name="times">The row's time vector.</param>
    /// <param name="values">As <see cref="ValueCodec"/> wrote them.</param>
    /// <param name="histograms">Each with its place before it; empty where there are none.</param>
    /// <param name="starts">As <see cref="StartCodec"/> wrote them; empty where there are none.</param>
    /// <param name="into">Where samples go.</param>
    public static void Read(
        ReadOnlySpan<long> times, ReadOnlySpan<byte> values, ReadOnlySpan<byte> histograms, ReadOnlySpan<byte> starts, SampleBuffer into)
    {
        ReadSamples(times, values, histograms, into);
        if (starts.IsEmpty) return;
        var reader = new StartCodec.Reader(starts);
        foreach (ref var start in into.StartsOfLast(times.Length)) start = reader.Next();
    }

    private static void ReadSamples(ReadOnlySpan<long> times, ReadOnlySpan<byte> values, ReadOnlySpan<byte> histograms, SampleBuffer into)
    {
        if (histograms.IsEmpty)
        {
            var stream = default(ValueStream);
            stream.Read(values, into.Add(times));
            return;
        }

        var codec = default(ValueCodec);
        var reader = new BitReader(values);
        var histogramReader = new VarintReader(histograms);
        var nextHistogram = histogramReader.AtEnd ? -1 : histogramReader.ReadCount(int.MaxValue);
        for (var i = 0; i < times.Length; i++)
        {
            var value = codec.Decode(ref reader);
            if (i != nextHistogram)
            {
                into.Add(times[i], value);
                continue;
            }

            into.Add(times[i], HistogramCodec.Read(ref histogramReader));
            nextHistogram = histogramReader.AtEnd ? -1 : histogramReader.ReadCount(int.MaxValue);
        }
    }
}
