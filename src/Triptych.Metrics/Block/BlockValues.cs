using Triptych.Columnar.Parquet.Reading;
using Triptych.Metrics.Chunks;
using Triptych.Metrics.Scan;
using Triptych.Primitives.Binary;

namespace Triptych.Metrics.Block;

/// <summary>The values of some series of a block, in memory and still coded. The owner disposes it.</summary>
internal sealed class BlockValues(MetricBlock block, DecodedColumn values, DecodedColumn? histograms) : IDisposable
{
    /// <summary>Bytes of coded values.</summary>
    public long SizeBytes => values.Data.Length + (histograms?.Data.Length ?? 0);

    /// <summary>Adds the samples of a series to <paramref name="into"/>; <paramref name="place"/> is its place among those read.</summary>
    public void Read(int series, int place, SampleBuffer into)
    {
        var times = block.TimesOf(series);
        var codec = default(ValueCodec);
        var reader = new BitReader(values.Bytes(place));
        var histogramReader = new VarintReader(histograms is null ? default : histograms.Bytes(place));
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

    /// <inheritdoc/>
    public void Dispose()
    {
        values.Dispose();
        histograms?.Dispose();
    }
}
