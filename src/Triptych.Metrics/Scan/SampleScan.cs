using Triptych.Columnar;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Samples;
using Triptych.Metrics.Head;
using Triptych.Storage.Heads;

namespace Triptych.Metrics.Scan;

/// <summary>
/// A scan over head generations and blocks (docs/adr/0001): series by series, a few hundred at a time, each source asked once for each
/// batch. Owns the pinned view. What it holds is charged to the request's budget: while series are found, after each load, after each batch.
/// </summary>
internal sealed class SampleScan : ISampleScan
{
    private const int SeriesPerBatch = 512;
    private const int ChargeEverySeries = 1024;

    private readonly SampleScanRequest _request;
    private readonly StoreView<MetricHead> _view;
    private readonly IReadOnlyList<ScanSource> _sources;
    private readonly SeriesUnion _union;
    private readonly SampleBatch _batch = new();
    private readonly SampleBuffer _buffer = new();
    private readonly ScanCharge _charge;
    private readonly ScanCharge _blocks;
    private readonly List<(int Series, int Fragment)>[] _wanted;
    private readonly int[] _places;
    private int _next;
    private int _loadedEnd;

    private SampleScan(
        SampleScanRequest request, StoreView<MetricHead> view, IReadOnlyList<ScanSource> sources, SeriesUnion union,
        ScanCharge charge, ScanCharge blocks, ScanStatistics statistics)
    {
        _blocks = blocks;
        _request = request;
        _view = view;
        _sources = sources;
        _union = union;
        _charge = charge;
        _wanted = [.. sources.Select(_ => new List<(int, int)>())];
        _places = new int[union.Fragments.Count];
        Statistics = statistics;
    }

    /// <inheritdoc/>
    public ScanStatistics Statistics { get; }

    /// <summary>
    /// Finds the series in all sources, which come from the oldest to the newest. Takes over the view and <paramref name="blocks"/>, which is charged with what
    /// open blocks hold beyond what is kept of them, unless it throws.
    /// </summary>
    public static SampleScan Open(
        SampleScanRequest request, StoreView<MetricHead> view, IReadOnlyList<ScanSource> sources, ScanCharge blocks, ScanStatistics statistics)
    {
        var charge = new ScanCharge(request.Budget);
        try
        {
            var union = Select(request, sources, charge);
            foreach (var source in sources)
            {
                if (source.Info is { } info && !statistics.Infos.Contains(info)) statistics.Infos.Add(info);
            }

            return new SampleScan(request, view, sources, union, charge, blocks, statistics);
        }
        catch
        {
            charge.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<SampleBatch?> NextAsync(CancellationToken cancellationToken)
    {
        _batch.Clear();
        while (_batch.SeriesCount == 0 && _next < _union.First.Count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_next == _loadedEnd) await LoadAsync(cancellationToken);

            // Long series fill a batch before all that was loaded is in it.
            while (_next < _loadedEnd && _batch.SampleCount < SampleBatch.TargetSamples) AddSeries(_union.First[_next++]);
        }

        Charge();
        return _batch.SeriesCount == 0 ? null : _batch;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        foreach (var source in _sources) source.Release();
        _charge.Dispose();
        _blocks.Dispose();
        _view.Dispose();
        return ValueTask.CompletedTask;
    }

    private static SeriesUnion Select(SampleScanRequest request, IReadOnlyList<ScanSource> sources, ScanCharge charge)
    {
        var union = new SeriesUnion();

        // Of a single source nothing needs comparing, unless it is for the order.
        var needsKeys = sources.Count > 1 || request.SortedByLabels;
        for (var i = 0; i < sources.Count; i++)
        {
            var number = i;
            var source = sources[i];
            source.Select(request.Matchers, request.MinTimeMs, request.MaxTimeMs, needsKeys ? Add : null);
            if (!needsKeys) union.AddAll(0, source.Selected);
            charge.Set(SelectedBytes(sources) + union.SizeBytes);

            void Add(int place, ReadOnlySpan<byte> labels)
            {
                union.Add(number, source.Selected[place], labels);
                if (place % ChargeEverySeries == ChargeEverySeries - 1) charge.Set(SelectedBytes(sources) + union.SizeBytes);
            }
        }

        if (request.SortedByLabels) union.SortByLabels();
        return union;
    }

    private static long SelectedBytes(IReadOnlyList<ScanSource> sources)
    {
        var bytes = 0L;
        foreach (var source in sources) bytes += source.Selected.Capacity * 4L;
        return bytes;
    }

    private void Charge()
    {
        var bytes = SelectedBytes(_sources) + _union.SizeBytes + (_places.Length * 4L) + _batch.SizeBytes + _buffer.SizeBytes;
        foreach (var source in _sources) bytes += source.LoadedBytes;
        foreach (var wanted in _wanted) bytes += wanted.Capacity * 8L;
        _charge.Set(bytes);
    }

    /// <summary>
    /// Has each source load its part of the next series, and notes for each fragment its place in what its source loaded.
    /// </summary>
    private async ValueTask LoadAsync(CancellationToken cancellationToken)
    {
        _loadedEnd = Math.Min(_next + SeriesPerBatch, _union.First.Count);
        foreach (var wanted in _wanted) wanted.Clear();
        for (var series = _next; series < _loadedEnd; series++)
        {
            for (var f = _union.First[series]; f >= 0; f = _union.Fragments[f].Next)
            {
                _wanted[_union.Fragments[f].Source].Add((_union.Fragments[f].Series, f));
            }
        }

        for (var number = 0; number < _sources.Count; number++)
        {
            // Blocks are read front to back.
            var wanted = _wanted[number];
            wanted.Sort();
            for (var place = 0; place < wanted.Count; place++) _places[wanted[place].Fragment] = place;
            var source = _sources[number];
            var (before, pagesBefore) = (source.BytesRead, source.PagesRead);
            var wasWhole = source.Problem is null;
            await source.LoadAsync([.. wanted.Select(w => w.Series)], !_request.SeriesOnly, cancellationToken);
            Statistics.BytesRead += source.BytesRead - before;
            Statistics.PagesRead += source.PagesRead - pagesBefore;
            if (wasWhole && source.Problem is { } problem) await source.ReportAsync(problem, Statistics, cancellationToken);
            Charge();
        }
    }

    private void AddSeries(int firstFragment)
    {
        var source = _sources[_union.Fragments[firstFragment].Source];
        if (_request.SeriesOnly)
        {
            if (!HasSampleInRange(firstFragment)) return;
            if (_batch.TimeVectorCount == 0) _batch.AddTimeVector([]);
            _batch.AddSeries(source.LabelsAt(_places[firstFragment]), 0);
            return;
        }

        ReadSamples(firstFragment);
        if (_buffer.Count == 0) return;
        Statistics.RowsRead += _buffer.Count;
        var last = _batch.TimeVectorCount - 1;
        var isShared = last >= 0 && _batch.TimeVector(last).SequenceEqual(_buffer.TimestampsMs);
        var vector = isShared ? last : _batch.AddTimeVector(_buffer.TimestampsMs);
        _buffer.Values.CopyTo(_batch.AddSeries(source.LabelsAt(_places[firstFragment]), vector));
        if (_request.WithStartTimes && !_buffer.StartTimesMs.IsEmpty) _batch.SetStartTimes(_buffer.StartTimesMs.ToArray());
        if (!_buffer.Histograms.IsEmpty) _batch.SetHistograms(_buffer.Histograms.ToArray());
    }

    private bool HasSampleInRange(int firstFragment)
    {
        for (var f = firstFragment; f >= 0; f = _union.Fragments[f].Next)
        {
            if (_sources[_union.Fragments[f].Source].HasSampleIn(_places[f], _request.MinTimeMs, _request.MaxTimeMs)) return true;
        }

        return false;
    }

    private void ReadSamples(int firstFragment)
    {
        _buffer.Clear();
        for (var f = firstFragment; f >= 0; f = _union.Fragments[f].Next)
        {
            _sources[_union.Fragments[f].Source].Read(_places[f], _buffer);
        }

        _buffer.Settle(_request.MinTimeMs, _request.MaxTimeMs);
    }
}
