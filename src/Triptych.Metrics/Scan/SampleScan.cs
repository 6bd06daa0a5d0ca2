using Triptych.Columnar;
using Triptych.Columnar.Samples;
using Triptych.Metrics.Head;
using Triptych.Storage.Heads;

namespace Triptych.Metrics.Scan;

/// <summary>
/// A scan over head generations and blocks (docs/adr/0001): series by series, a few hundred at a time, each source asked once for each batch. Owns the pinned view.
/// </summary>
internal sealed class SampleScan : ISampleScan
{
    private const int SeriesPerBatch = 512;

    private readonly SampleScanRequest _request;
    private readonly StoreView<MetricHead> _view;
    private readonly IReadOnlyList<ScanSource> _sources;
    private readonly SeriesUnion _union;
    private readonly SampleBatch _batch = new();
    private readonly SampleBuffer _buffer = new();
    private int _next;

    private SampleScan(SampleScanRequest request, StoreView<MetricHead> view, IReadOnlyList<ScanSource> sources, SeriesUnion union, ScanStatistics statistics)
    {
        _request = request;
        _view = view;
        _sources = sources;
        _union = union;
        Statistics = statistics;
    }

    /// <inheritdoc/>
    public ScanStatistics Statistics { get; }

    /// <summary>Finds the series in all sources, which come from the oldest to the newest.</summary>
    public static SampleScan Open(SampleScanRequest request, StoreView<MetricHead> view, IReadOnlyList<ScanSource> sources, ScanStatistics statistics)
    {
        var union = new SeriesUnion();
        for (var i = 0; i < sources.Count; i++)
        {
            var number = i;
            var source = sources[i];
            source.Select(
                request.Matchers, request.MinTimeMs, request.MaxTimeMs,
                sources.Count == 1 ? null : (place, labels) => union.Add(number, source.Selected[place], labels));
            if (sources.Count == 1) union.AddAll(0, source.Selected);
        }

        return new SampleScan(request, view, sources, union, statistics);
    }

    /// <inheritdoc/>
    public async ValueTask<SampleBatch?> NextAsync(CancellationToken cancellationToken)
    {
        _batch.Clear();
        while (_batch.SeriesCount == 0 && _next < _union.First.Count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var end = Math.Min(_next + SeriesPerBatch, _union.First.Count);
            var places = await LoadAsync(_next, end, cancellationToken);
            for (var series = _next; series < end; series++) AddSeries(_union.First[series], places);
            _next = end;
        }

        return _batch.SeriesCount == 0 ? null : _batch;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        foreach (var source in _sources) source.Release();
        _view.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Has each source load its part of some series; returns, by fragment, its place in what its source loaded.</summary>
    private async ValueTask<Dictionary<int, int>> LoadAsync(int first, int end, CancellationToken cancellationToken)
    {
        var places = new Dictionary<int, int>();
        for (var number = 0; number < _sources.Count; number++)
        {
            var wanted = new List<(int Series, int Fragment)>();
            for (var series = first; series < end; series++)
            {
                for (var f = _union.First[series]; f >= 0; f = _union.Fragments[f].Next)
                {
                    if (_union.Fragments[f].Source == number) wanted.Add((_union.Fragments[f].Series, f));
                }
            }

            // Blocks are read front to back.
            wanted.Sort();
            for (var place = 0; place < wanted.Count; place++) places[wanted[place].Fragment] = place;
            var before = _sources[number].BytesRead;
            await _sources[number].LoadAsync([.. wanted.Select(w => w.Series)], NeedsSamples(), cancellationToken);
            Statistics.BytesRead += _sources[number].BytesRead - before;
        }

        return places;
    }

    // Where only the series are asked for, samples matter when a series reaches over the range: it may have none within.
    private bool NeedsSamples() => !_request.SeriesOnly || _request.MinTimeMs > long.MinValue / 2 || _request.MaxTimeMs < long.MaxValue / 2;

    private void AddSeries(int firstFragment, Dictionary<int, int> places)
    {
        var source = _sources[_union.Fragments[firstFragment].Source];
        if (_request.SeriesOnly)
        {
            if (!HasSampleInRange(firstFragment, places)) return;
            if (_batch.TimeVectorCount == 0) _batch.AddTimeVector([]);
            _batch.AddSeries(source.LabelsAt(places[firstFragment]), 0);
            return;
        }

        ReadSamples(firstFragment, places);
        if (_buffer.Count == 0) return;
        Statistics.RowsRead += _buffer.Count;
        var last = _batch.TimeVectorCount - 1;
        var vector = last >= 0 && _batch.TimeVector(last).SequenceEqual(_buffer.TimestampsMs) ? last : _batch.AddTimeVector(_buffer.TimestampsMs);
        _buffer.Values.CopyTo(_batch.AddSeries(source.LabelsAt(places[firstFragment]), vector));
        if (!_buffer.Histograms.IsEmpty) _batch.SetHistograms(_buffer.Histograms.ToArray());
    }

    private bool HasSampleInRange(int firstFragment, Dictionary<int, int> places)
    {
        for (var f = firstFragment; f >= 0; f = _union.Fragments[f].Next)
        {
            var (min, max) = _sources[_union.Fragments[f].Source].RangeAt(places[f]);
            if (IsWanted(min) || IsWanted(max)) return true;
        }

        ReadSamples(firstFragment, places);
        return _buffer.Count > 0;
    }

    private bool IsWanted(long timestampMs) => timestampMs >= _request.MinTimeMs && timestampMs <= _request.MaxTimeMs;

    private void ReadSamples(int firstFragment, Dictionary<int, int> places)
    {
        _buffer.Clear();
        for (var f = firstFragment; f >= 0; f = _union.Fragments[f].Next) _sources[_union.Fragments[f].Source].Read(places[f], _buffer);
        _buffer.Settle(_request.MinTimeMs, _request.MaxTimeMs);
    }
}
