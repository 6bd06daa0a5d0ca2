using Triptych.Ingest;
using Triptych.Ingest.Exposition;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;

namespace Triptych.Collect.Scrape;

/// <summary>
/// Takes the samples of a target's protobuf expositions into batches, one scrape after another, as <see cref="ScrapeBody"/> does those of text. One thread
/// at a time.
/// </summary>
internal sealed class ExposedSamples(ScrapeTarget target, TargetLabels labels, SeriesCache cache, FamilyCache families) : IExpositionSink, IDisposable
{
    private static readonly double s_nan = BitConverter.Int64BitsToDouble(SpecialValues.NormalNanBits);

    private readonly PooledBufferWriter _key = new(capacity: 0);
    private MetricBatch _batch = null!;
    private DecodeOutcome _outcome = null!;
    private long _timestampMs;
    private long _sampleMs;
    private int _pass;
    private int _lastScrape;
    private int _scraped;
    private int _kept;
    private int _added;
    private bool _isTaken;

    /// <summary>What the scrape came to; its error is the reader's to tell.</summary>
    public ScrapeCounts Counts => new(null, _scraped, _kept, _added);

    /// <summary>Begins a scrape.</summary>
    public void Begin(MetricBatch batch, DecodeOutcome outcome, long timestampMs, int pass, int lastScrape)
    {
        (_batch, _outcome, _timestampMs, _pass, _lastScrape) = (batch, outcome, timestampMs, pass, lastScrape);
        (_scraped, _kept, _added) = (0, 0, 0);
    }

    /// <inheritdoc/>
    public void TakeFamily(ReadOnlySpan<byte> name, string type, ReadOnlySpan<byte> help, ReadOnlySpan<byte> unit) =>
        families.Take(name, type, help, unit, _pass);

    /// <inheritdoc/>
    public string? TakeSample(in ExposedSeries series, double value)
    {
        if (TryBegin(series, out var problem)) _batch.AddSampleSince(series.StartMs, _sampleMs, double.IsNaN(value) ? s_nan : value);
        return problem;
    }

    /// <inheritdoc/>
    public string? TakeHistogram(in ExposedSeries series, long sizeBytes, Func<FloatHistogram> build)
    {
        if (TryBegin(series, out var problem)) _batch.AddHistogram(_sampleMs, sizeBytes, build, series.StartMs);
        return problem;
    }

    /// <inheritdoc/>
    public void TakeExemplar(ReadOnlySpan<byte> canonicalLabels, double value, long? timestampMs)
    {
        if (!_isTaken) return;
        if (ScrapeBody.CharactersOf(canonicalLabels) <= ScrapeBody.MaxExemplarCharacters)
            _batch.AddExemplar(timestampMs ?? _sampleMs, value, canonicalLabels);
        else
            Refuse("invalid_exemplar", $"an exemplar's labels have more than {ScrapeBody.MaxExemplarCharacters} characters");
    }

    /// <inheritdoc/>
    public void Refuse(string reason, string detail) => _outcome.Refuse(reason, $"{target.Url}: {detail}");

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private bool TryBegin(in ExposedSeries series, out string? problem)
    {
        problem = null;
        _isTaken = false;
        _scraped++;
        if (target.SampleLimit > 0 && _scraped > target.SampleLimit)
        {
            problem = ScrapeBody.TooManySamples(target.SampleLimit);
            return false;
        }

        var number = Find(series);
        if (number < 0) return false;
        _kept++;
        var hasOwnTime = series.TimestampMs is not null && target.HonorTimestamps;
        if (cache.See(number, _pass, _lastScrape, isTracked: !hasOwnTime)) _added++;
        _sampleMs = hasOwnTime ? series.TimestampMs!.Value : _timestampMs;
        _batch.AddSeries(cache.LabelsOf(number));
        return _isTaken = true;
    }

    private int Find(in ExposedSeries series)
    {
        _key.Reset();
        _key.Write(series.CanonicalLabels);
        _key.Write(series.EmptyLabels);
        var known = cache.Find(_key.WrittenSpan);
        if (known >= 0) return known;
        if (labels.TryMerge(series.CanonicalLabels, series.EmptyLabels, out var merged) == LabelSetError.None) return cache.Add(_key.WrittenSpan, merged);
        Refuse("invalid_labels", "the labels cannot be used");
        return -1;
    }
}
