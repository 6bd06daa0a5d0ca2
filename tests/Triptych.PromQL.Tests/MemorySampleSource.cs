using Triptych.Columnar;
using Triptych.Columnar.Samples;
using Triptych.Columnar.Symbols;
using Triptych.Model;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;

namespace Triptych.PromQL.Tests;

/// <summary>A store in memory that keeps the scan contract: projection, ranges, shared time vectors.</summary>
internal sealed class MemorySampleSource : ISampleSource
{
    private readonly Dictionary<string, Series> _series = new(StringComparer.Ordinal);

    /// <summary>Samples handed out by scans, to tell how much a query read.</summary>
    public long SamplesScanned { get; private set; }

    /// <summary>Sets the hints of a series' histograms, floats null among them, as some store would; null keeps them as they were added.</summary>
    public Action<FloatHistogram?[]>? Hints { get; init; }

    /// <summary>Labels asked for by the last scan.</summary>
    public IReadOnlyList<string>? LastProjection { get; private set; }

    public void Add(
        IReadOnlyDictionary<string, string> labels, long timestampMs, double value, FloatHistogram? histogram = null, long startTimeMs = 0)
    {
        var sorted = labels.Where(pair => pair.Value.Length > 0).OrderBy(pair => pair.Key, StringComparer.Ordinal).ToArray();
        var key = string.Join('\u0001', sorted.Select(pair => pair.Key + '\u0002' + pair.Value));
        if (!_series.TryGetValue(key, out var series))
            _series.Add(key, series = new Series(sorted));
        series.Add(timestampMs, value, histogram);
        if (startTimeMs != 0)
            series.StartTimes[timestampMs] = startTimeMs;
    }

    public ValueTask<ISampleScan> OpenAsync(SampleScanRequest request, CancellationToken cancellationToken)
    {
        LastProjection = request.Labels;
        return ValueTask.FromResult<ISampleScan>(new Scan(this, request));
    }

    public ValueTask<IReadOnlyList<string>> LabelNamesAsync(LabelLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken) =>
        throw new NotSupportedException("queries do not look names up");

    public ValueTask<IReadOnlyList<string>> LabelValuesAsync(string labelName, LabelLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken) =>
        throw new NotSupportedException("queries do not look values up");

    public ValueTask<IReadOnlyList<MetricMetadata>> MetadataAsync(TenantId tenant, string? metricName, ScanStatistics statistics, CancellationToken cancellationToken) =>
        throw new NotSupportedException("queries do not look metadata up");

    public ValueTask<IReadOnlyList<SeriesExemplars>> ExemplarsAsync(LabelLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken) =>
        throw new NotSupportedException("queries do not look exemplars up");

    private sealed record Series(KeyValuePair<string, string>[] Labels)
    {
        public SortedDictionary<long, (double Value, FloatHistogram? Histogram)> Samples { get; } = [];

        public Dictionary<long, long> StartTimes { get; } = [];

        private Dictionary<long, FloatHistogram?>? _hinted;

        /// <summary>The histograms with the hints that a store gives them.</summary>
        public Dictionary<long, FloatHistogram?> Hinted(Action<FloatHistogram?[]>? hints)
        {
            if (_hinted is not null)
                return _hinted;
            var histograms = Samples.Values.Select(sample => sample.Histogram).ToArray();
            hints?.Invoke(histograms);
            return _hinted = Samples.Keys.Zip(histograms).ToDictionary(pair => pair.First, pair => pair.Second);
        }

        public void Add(long timestampMs, double value, FloatHistogram? histogram)
        {
            Samples[timestampMs] = (value, histogram);
            _hinted = null;
        }

        public string ValueOf(string name) => Array.Find(Labels, pair => pair.Key == name).Value ?? "";
    }

    private sealed class Scan(MemorySampleSource source, SampleScanRequest request) : ISampleScan
    {
        private readonly SampleBatch _batch = new();
        private readonly Queue<Series> _rest = new(request.SortedByLabels ? source._series.Values.Order(s_byLabels) : source._series.Values);

        private static readonly Comparer<Series> s_byLabels = Comparer<Series>.Create((a, b) =>
        {
            var differing = a.Labels.Zip(b.Labels).FirstOrDefault(pair => pair.First.Key != pair.Second.Key || pair.First.Value != pair.Second.Value);
            if (differing.First.Key is null)
                return a.Labels.Length.CompareTo(b.Labels.Length);
            var names = string.CompareOrdinal(differing.First.Key, differing.Second.Key);
            return names != 0 ? names : string.CompareOrdinal(differing.First.Value, differing.Second.Value);
        });

        public ScanStatistics Statistics { get; } = new();

        public ValueTask<SampleBatch?> NextAsync(CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _batch.Clear();
            var vectors = new Dictionary<string, int>(StringComparer.Ordinal);

            // Small batches, so that tests meet several of them.
            while (_batch.SeriesCount < 7 && _rest.TryDequeue(out var series))
            {
                if (request.Matchers.All(matcher => matcher.Matches(series.ValueOf(matcher.Name))))
                    Add(series, vectors);
            }
            source.SamplesScanned += _batch.SampleCount;
            return ValueTask.FromResult(_batch.SeriesCount == 0 && _rest.Count == 0 ? null : _batch);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private void Add(Series series, Dictionary<string, int> vectors)
        {
            var samples = series.Samples.Where(pair => pair.Key >= request.MinTimeMs && pair.Key <= request.MaxTimeMs).ToArray();
            if (samples.Length == 0)
                return;
            var times = samples.Select(pair => pair.Key).ToArray();
            var key = string.Join(',', times);
            if (!vectors.TryGetValue(key, out var vector))
                vectors.Add(key, vector = _batch.AddTimeVector(times));
            var labels = series.Labels
                .Where(pair => request.Labels?.Contains(pair.Key) ?? true)
                .Select(pair => new LabelId(request.Symbols.Intern(pair.Key), request.Symbols.Intern(pair.Value)))
                .ToArray();
            var values = _batch.AddSeries(labels, vector);
            for (var i = 0; i < samples.Length; i++)
                values[i] = samples[i].Value.Value;
            if (series.StartTimes.Count > 0)
                _batch.SetStartTimes([.. samples.Select(pair => series.StartTimes.GetValueOrDefault(pair.Key))]);
            if (samples.Any(pair => pair.Value.Histogram is not null))
                _batch.SetHistograms([.. samples.Select(pair => pair.Value.Histogram is null ? null : series.Hinted(source.Hints)[pair.Key])]);
        }
    }
}
