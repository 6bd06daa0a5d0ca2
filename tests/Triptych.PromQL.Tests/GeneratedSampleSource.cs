using System.Globalization;
using Triptych.Columnar;
using Triptych.Columnar.Samples;
using Triptych.Columnar.Symbols;
using Triptych.Model;

namespace Triptych.PromQL.Tests;

/// <summary>
/// Many series without holding any: <c>requests_total{job,instance,path}</c>, 10 jobs, one time vector for all, values that rise. It
/// allocates by batch, so
/// that what a query allocates itself can be seen.
/// </summary>
internal sealed class GeneratedSampleSource(int seriesCount, int sampleCount, long intervalMs) : ISampleSource
{
    public ValueTask<ISampleScan> OpenAsync(SampleScanRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<ISampleScan>(new Scan(request, seriesCount, sampleCount, intervalMs));

    public ValueTask<IReadOnlyList<string>> LabelNamesAsync(LabelLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken) =>
        throw new NotSupportedException("queries do not look names up");

    public ValueTask<IReadOnlyList<string>> LabelValuesAsync(string labelName, LabelLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken) =>
        throw new NotSupportedException("queries do not look values up");

    public ValueTask<IReadOnlyList<MetricMetadata>> MetadataAsync(TenantId tenant, string? metricName, ScanStatistics statistics, CancellationToken cancellationToken) =>
        throw new NotSupportedException("queries do not look metadata up");

    public ValueTask<IReadOnlyList<SeriesExemplars>> ExemplarsAsync(LabelLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken) =>
        throw new NotSupportedException("queries do not look exemplars up");

    private sealed class Scan : ISampleScan
    {
        private readonly SampleBatch _batch = new();
        private readonly SampleScanRequest _request;
        private readonly int _seriesCount;
        private readonly long[] _times;
        private readonly double[] _values;
        private readonly LabelId[] _labels = new LabelId[4];
        private int _next;

        public Scan(SampleScanRequest request, int seriesCount, int sampleCount, long intervalMs)
        {
            _request = request;
            _seriesCount = seriesCount;
            _times = [.. Enumerable.Range(0, sampleCount).Select(i => i * intervalMs).Where(t => t >= request.MinTimeMs && t <= request.MaxTimeMs)];
            _values = [.. _times.Select(t => t / 100.0)];
        }

        public ScanStatistics Statistics { get; } = new();

        public ValueTask<SampleBatch?> NextAsync(CancellationToken cancellationToken)
        {
            if (_next == _seriesCount)
                return ValueTask.FromResult<SampleBatch?>(null);
            _batch.Clear();
            var vector = _batch.AddTimeVector(_times);
            while (_next < _seriesCount && _batch.SampleCount < SampleBatch.TargetSamples)
            {
                var count = 0;
                AddLabel("__name__", -1, ref count);
                AddLabel("instance", _next / 10, ref count);
                AddLabel("job", _next % 10, ref count);
                AddLabel("path", _next % 50, ref count);
                _values.CopyTo(_batch.AddSeries(_labels.AsSpan(0, count), vector));
                _next++;
            }
            return ValueTask.FromResult<SampleBatch?>(_batch);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private void AddLabel(string name, int number, ref int count)
        {
            if (!(_request.Labels?.Contains(name) ?? true))
                return;
            var value = number < 0 ? "requests_total" : number.ToString(CultureInfo.InvariantCulture);
            _labels[count++] = new LabelId(_request.Symbols.Intern(name), _request.Symbols.Intern(value));
        }
    }
}
