using Triptych.Columnar.Parquet.Reading;
using Triptych.Metrics.Scan;

namespace Triptych.Metrics.Block;

/// <summary>The values of some series of a block, in memory and still coded: a part for each row group that has some. The owner disposes it.</summary>
internal sealed class BlockValues(MetricBlock block) : IDisposable
{
    private readonly List<(int FirstPlace, DecodedColumn Values, DecodedColumn? Histograms, DecodedColumn? Starts)> _parts = [];

    /// <summary>Bytes of coded values.</summary>
    public long SizeBytes => _parts.Sum(p => (long)p.Values.Data.Length + (p.Histograms?.Data.Length ?? 0) + (p.Starts?.Data.Length ?? 0));

    /// <summary>Bytes of pages that were read for them, as they are stored.</summary>
    public long StoredBytes => _parts.Sum(p => p.Values.StoredBytes + (p.Histograms?.StoredBytes ?? 0) + (p.Starts?.StoredBytes ?? 0));

    /// <summary>Pages that were decoded for them.</summary>
    public long PagesRead => _parts.Sum(p => (long)p.Values.PagesRead + (p.Histograms?.PagesRead ?? 0) + (p.Starts?.PagesRead ?? 0));

    /// <summary>Takes the values of a row group's series over; the first has the place <paramref name="firstPlace"/> among all.</summary>
    public void Add(int firstPlace, DecodedColumn values) => _parts.Add((firstPlace, values, null, null));

    /// <summary>Takes the histograms of the series added last over.</summary>
    public void SetHistograms(DecodedColumn histograms) => _parts[^1] = _parts[^1] with { Histograms = histograms };

    /// <summary>Takes the start times of the series added last over.</summary>
    public void SetStarts(DecodedColumn starts) => _parts[^1] = _parts[^1] with { Starts = starts };

    /// <summary>Adds the samples of a series to <paramref name="into"/>; <paramref name="place"/> is its place among those read.</summary>
    public void Read(int series, int place, SampleBuffer into)
    {
        var part = _parts.Count - 1;
        while (_parts[part].FirstPlace > place) part--;
        var (first, values, histograms, starts) = _parts[part];
        SeriesDecoder.Read(
            block.TimesOf(series), values.Bytes(place - first), histograms is null ? default : histograms.Bytes(place - first),
            starts is null ? default : starts.Bytes(place - first), into);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, values, histograms, starts) in _parts)
        {
            values.Dispose();
            histograms?.Dispose();
            starts?.Dispose();
        }
    }
}
