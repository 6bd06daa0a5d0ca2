using System.Text;
using Triptych.Ingest;
using Triptych.Ingest.Exposition;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Memory;

namespace Triptych.Collect.Scrape;

/// <summary>What a scrape came to.</summary>
/// <param name="Error">Why it failed after all; null where it did not.</param>
/// <param name="Scraped">Samples in the exposition.</param>
/// <param name="Kept">Samples that were taken.</param>
/// <param name="Added">Series that the former scrape did not have.</param>
internal readonly record struct ScrapeCounts(string? Error, int Scraped, int Kept, int Added);

/// <summary>
/// Turns one target's expositions into batches, one after another: labels joined, times chosen, series that vanished ended, the target's own series
/// (<c>up</c> and <c>scrape_*</c>) last. One thread at a time.
/// </summary>
internal sealed class ScrapeBody : IDisposable
{
    /// <summary>The most characters that an exemplar's labels may have.</summary>
    internal const int MaxExemplarCharacters = 128;

    private readonly TargetLabels _labels;
    private readonly SeriesCache _series;
    private readonly FamilyCache _families = new();
    private readonly ProtobufExposition _protobuf = new();
    private readonly ExposedSamples _exposed;
    private readonly SeriesParts _parts = new();
    private readonly ClassicGathering? _classic;
    private readonly CreatedTimes? _created;
    private readonly LabelSetWriter _writer = new();
    private readonly ScrapeTarget _target;
    private readonly List<int> _vanished = [];
    private int _pass;
    private int _lastScrape;
    private bool _isEnded = true;

    public ScrapeBody(ScrapeTarget target, MemoryBudget budget)
    {
        _target = target;
        _labels = new TargetLabels(target.Labels, target.HonorLabels);
        _series = new SeriesCache(budget);
        _exposed = new ExposedSamples(target, _labels, _series, _families);
        if (target.Histograms.ConvertClassic) _classic = new ClassicGathering(target, _labels, _series);
        if (target.Features.CreatedAsStarts) _created = new CreatedTimes(_parts, _series);
    }

    /// <summary>How many series are kept from scrape to scrape, for tests.</summary>
    internal int KeptSeries => _series.Count;

    /// <summary>Adds a whole exposition to an empty batch; on an error the batch is empty again.</summary>
    public ScrapeCounts Read(ReadOnlySpan<byte> body, ExpositionFormat format, long timestampMs, MetricBatch batch, DecodeOutcome outcome)
    {
        _pass++;
        _families.Begin();
        var counts = format == ExpositionFormat.Protobuf
            ? ReadProtobuf(body, timestampMs, batch, outcome)
            : ReadSamples(body, format, timestampMs, batch, outcome);
        if (counts.Error is not null)
        {
            batch.Clear();
            return counts;
        }

        _families.WriteTo(batch);
        _vanished.Clear();
        _series.Commit(_pass, _isEnded ? 0 : _lastScrape, _vanished);
        AddMarkers(timestampMs, batch);
        _lastScrape = _pass;
        _isEnded = false;
        _series.Trim(_lastScrape);
        return counts;
    }

    /// <summary>Ends every series of the last successful scrape, once.</summary>
    public void EndAll(long timestampMs, MetricBatch batch)
    {
        if (_isEnded) return;
        _vanished.Clear();
        _series.FindIn(_lastScrape, _vanished);
        AddMarkers(timestampMs, batch);
        _isEnded = true;
    }

    /// <summary>Adds the target's own series.</summary>
    public void AddReport(long timestampMs, bool isUp, TimeSpan duration, ScrapeCounts counts, MetricBatch batch)
    {
        Report("up", isUp ? 1 : 0);
        Report("scrape_duration_seconds", duration.TotalSeconds);
        Report("scrape_samples_scraped", counts.Scraped);
        Report("scrape_samples_post_metric_relabeling", counts.Kept);
        Report("scrape_series_added", counts.Added);

        void Report(string name, double value)
        {
            batch.AddSeries(_labels.ForReport(name));
            batch.AddSample(timestampMs, value);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _series.Dispose();
        _protobuf.Dispose();
        _exposed.Dispose();
        _classic?.Dispose();
    }

    /// <summary>What is said of a target that has more samples than it may.</summary>
    internal static string TooManySamples(int limit) => $"the target has more than the {limit} samples that sample_limit allows";

    private ScrapeCounts ReadProtobuf(ReadOnlySpan<byte> body, long timestampMs, MetricBatch batch, DecodeOutcome outcome)
    {
        _exposed.Begin(batch, outcome, timestampMs, _pass, _lastScrape);
        var error = _protobuf.Read(body, _target.Histograms, _exposed, _target.Features.TypeAndUnitLabels);
        return error is null ? _exposed.Counts : new ScrapeCounts(error, _exposed.Counts.Scraped, 0, 0);
    }

    private ScrapeCounts ReadSamples(ReadOnlySpan<byte> body, ExpositionFormat format, long timestampMs, MetricBatch batch, DecodeOutcome outcome)
    {
        var pass = new TextPass(timestampMs, batch, outcome, format == ExpositionFormat.OpenMetrics ? _created : null);
        _created?.BeginFamily();
        var parser = new ExpositionParser(body, format);
        _classic?.Reset();
        while (pass.Problem is null && parser.TryRead(out var item))
        {
            if (item == ExpositionItem.Sample)
            {
                ReadSample(parser, pass);
                continue;
            }

            EndHistogram(pass);
            _created?.BeginFamily();
            _families.Take(parser, item, _pass, format == ExpositionFormat.OpenMetrics);
        }

        if (parser.Error is null) EndHistogram(pass);
        return new ScrapeCounts(parser.Error ?? pass.Problem, pass.Scraped, pass.Kept, pass.Added);
    }

    private void ReadSample(in ExpositionParser parser, TextPass pass)
    {
        var role = _classic is null ? ClassicRole.None : ClassicGathering.RoleOf(parser);
        var series = FindSeries(parser, pass.Outcome);
        var part = series < 0 ? default : _series.PartOf(series);
        if (pass.Created is not null && series >= 0 && CreatedTimes.IsCreated(parser))
        {
            // Known for the next scrape, but no series of its own.
            _series.See(series, _pass, _lastScrape, isTracked: false);
            return;
        }

        var startMs = pass.Created?.StartOf(parser, part) ?? 0;
        if (_classic is not null)
        {
            if (role == ClassicRole.Bucket && double.IsNaN(part.Bound)) role = ClassicRole.None;
            if (role == ClassicRole.None || !_classic.Continues(part)) EndHistogram(pass);
            if (role != ClassicRole.None && series >= 0)
            {
                _classic.Take(parser, role, part, startMs, pass.Outcome);
                if (!_target.Histograms.ClassicBesideNative)
                {
                    _series.See(series, _pass, _lastScrape, isTracked: false);
                    return;
                }
            }
        }

        if (!CountSample(pass) || series < 0) return;
        var ownTimeMs = parser.HasTimestamp && _target.HonorTimestamps ? parser.TimestampMs : (long?)null;
        var sampleMs = Begin(series, ownTimeMs, pass);
        pass.Batch.AddSampleSince(startMs, sampleMs, parser.Value);
        if (parser.HasExemplar) AddExemplar(parser, sampleMs, pass.Batch, pass.Outcome);
    }

    private void EndHistogram(TextPass pass)
    {
        if (_classic is not { IsOpen: true }) return;
        if (!_classic.TryEnd(out var problem, out var failsScrape))
        {
            if (failsScrape) pass.Problem ??= problem;
            else pass.Outcome.Refuse("invalid_histogram", $"{_target.Url}: {problem}");
            return;
        }

        if (!CountSample(pass)) return;
        _classic.WriteTo(pass.Batch, Begin(_classic.Series, _classic.OwnTimeMs, pass));
    }

    private bool CountSample(TextPass pass)
    {
        pass.Scraped++;
        if (_target.SampleLimit == 0 || pass.Scraped <= _target.SampleLimit) return true;
        pass.Problem ??= TooManySamples(_target.SampleLimit);
        return false;
    }

    /// <summary>Begins a series in the batch; returns the time of its sample.</summary>
    private long Begin(int series, long? ownTimeMs, TextPass pass)
    {
        pass.Kept++;
        if (_series.See(series, _pass, _lastScrape, isTracked: ownTimeMs is null)) pass.Added++;
        pass.Batch.AddSeries(_series.LabelsOf(series));
        return ownTimeMs ?? pass.TimestampMs;
    }

    private int FindSeries(in ExpositionParser parser, DecodeOutcome outcome)
    {
        var known = _series.Find(parser.SeriesText);
        if (known >= 0) return known;
        _writer.Reset();
        parser.WriteLabels(_writer, _target.Features.TypeAndUnitLabels);
        var error = _writer.TryFinish(out var scraped);
        ReadOnlySpan<byte> merged = default;
        if (error == LabelSetError.None) error = _labels.TryMerge(scraped, parser.SeriesText, out merged);
        if (error == LabelSetError.None)
        {
            // The target's labels are the same for all: what belongs together is told by the scraped ones.
            return _series.Add(parser.SeriesText, merged, _classic is null && _created is null ? default : _parts.Of(scraped, parser));
        }

        var problem = error == LabelSetError.DuplicateName ? "a label is there twice" : "the labels cannot be used";
        outcome.Refuse("invalid_labels", $"line {parser.Line} of {_target.Url}: {problem}");
        return -1;
    }

    private void AddExemplar(in ExpositionParser parser, long sampleMs, MetricBatch batch, DecodeOutcome outcome)
    {
        _writer.Reset();
        parser.WriteExemplarLabels(_writer);
        if (_writer.TryFinish(out var labels) != LabelSetError.None || CharactersOf(labels) > MaxExemplarCharacters)
        {
            RefuseExemplar(_target, parser.Line, outcome);
            return;
        }

        batch.AddExemplar(parser.HasExemplarTimestamp ? parser.ExemplarTimestampMs : sampleMs, parser.ExemplarValue, labels);
    }

    /// <summary>Says that an exemplar is left out.</summary>
    internal static void RefuseExemplar(ScrapeTarget target, int line, DecodeOutcome outcome) => outcome.Refuse(
        "invalid_exemplar",
        $"line {line} of {target.Url}: an exemplar's labels have more than {MaxExemplarCharacters} characters or a name twice");

    /// <summary>How many characters names and values have together.</summary>
    internal static int CharactersOf(ReadOnlySpan<byte> labels)
    {
        var characters = 0;
        var reader = new LabelSetReader(labels);
        while (reader.TryRead(out var name, out var value)) characters += Encoding.UTF8.GetCharCount(name) + Encoding.UTF8.GetCharCount(value);
        return characters;
    }

    private void AddMarkers(long timestampMs, MetricBatch batch)
    {
        foreach (var series in _vanished)
        {
            batch.AddSeries(_series.LabelsOf(series));
            batch.AddSample(timestampMs, SpecialValues.StaleMarker);
        }
    }

    /// <summary>One text exposition while it is read.</summary>
    private sealed class TextPass(long timestampMs, MetricBatch batch, DecodeOutcome outcome, CreatedTimes? created)
    {
        public CreatedTimes? Created { get; } = created;

        public long TimestampMs { get; } = timestampMs;

        public MetricBatch Batch { get; } = batch;

        public DecodeOutcome Outcome { get; } = outcome;

        public int Scraped { get; set; }

        public int Kept { get; set; }

        public int Added { get; set; }

        /// <summary>What fails the scrape.</summary>
        public string? Problem { get; set; }
    }
}
