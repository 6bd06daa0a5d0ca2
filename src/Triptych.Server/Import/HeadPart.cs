using Triptych.Ingest.PrometheusTsdb;
using Triptych.Metrics.Import;
using Triptych.Model.Metrics;

namespace Triptych.Server.Import;

/// <summary>
/// Some series of the head, next to each other in the store's order, with all of their samples: filled by reading the files
/// once more. Memory: 16 bytes a sample, histograms and exemplars.
/// </summary>
internal sealed class HeadPart : IHeadRecords
{
    private readonly HeadSurvey _survey;
    private readonly ReadOnlyMemory<int> _series;
    private readonly Dictionary<int, int> _placeOf = [];
    private readonly int[] _starts;
    private readonly int[] _counts;
    private readonly long[] _times;
    private readonly double[] _values;
    private readonly Dictionary<int, FloatHistogram> _histograms = [];
    private readonly Dictionary<int, List<(long TimestampMs, double Value, byte[] Labels)>> _exemplars = [];

    private HeadPart(HeadSurvey survey, ReadOnlyMemory<int> series)
    {
        _survey = survey;
        _series = series;
        (_starts, _counts) = (new int[series.Length], new int[series.Length]);
        var samples = 0;
        for (var place = 0; place < series.Length; place++)
        {
            _placeOf[series.Span[place]] = place;
            _starts[place] = samples;
            samples += survey.SamplesOf(series.Span[place]);
        }

        (_times, _values) = (new long[samples], new double[samples]);
    }

    /// <inheritdoc/>
    public bool IsOutOfOrder { get; set; }

    /// <summary>Samples that were read.</summary>
    public long SampleCount => _counts.Sum(static c => (long)c);

    /// <summary>Divides the sorted series so that each part stays within a number of bytes, if it can: a series is never divided.</summary>
    public static IReadOnlyList<ReadOnlyMemory<int>> Divide(HeadSurvey survey, int[] sorted, long mostBytes)
    {
        var parts = new List<ReadOnlyMemory<int>>();
        var start = 0;
        long bytes = 0, samples = 0;
        for (var i = 0; i < sorted.Length; i++)
        {
            var (more, moreSamples) = (survey.BytesOf(sorted[i]), survey.SamplesOf(sorted[i]));
            if (i > start && (bytes + more > mostBytes || samples + moreSamples > Array.MaxLength / sizeof(long)))
            {
                parts.Add(sorted.AsMemory(start, i - start));
                (start, bytes, samples) = (i, 0, 0);
            }

            (bytes, samples) = (bytes + more, samples + moreSamples);
        }

        if (start < sorted.Length) parts.Add(sorted.AsMemory(start));
        return parts;
    }

    /// <summary>Reads a part.</summary>
    public static HeadPart Read(HeadSurvey survey, ReadOnlyMemory<int> series, Action<IHeadRecords> read)
    {
        var part = new HeadPart(survey, series);
        read(part);
        return part;
    }

    /// <summary>The windows that its samples lie in, oldest first.</summary>
    public IReadOnlyCollection<long> FindWindows(ImportWindows windows)
    {
        var found = new SortedSet<long>();
        var last = long.MinValue;
        for (var place = 0; place < _counts.Length; place++)
        {
            foreach (var time in _times.AsSpan(_starts[place], _counts[place]))
            {
                var window = windows.Of(time);
                if (window != last) found.Add(last = window);
            }
        }

        return found;
    }

    /// <summary>The series with what they have in a closed range. Exemplars go with the first samples of their series, once.</summary>
    public IImportSource Read(long minTimeMs, long maxTimeMs) => new Pass(this, minTimeMs, maxTimeMs);

    /// <inheritdoc/>
    public void Series(ulong series, ReadOnlySpan<byte> labels)
    {
        // Known from the survey.
    }

    /// <inheritdoc/>
    public void Sample(ulong series, long timestampMs, double value) => Add(series, timestampMs, value);

    /// <inheritdoc/>
    public void Sample(ulong series, long timestampMs, FloatHistogram histogram)
    {
        var at = Add(series, timestampMs, double.NaN);
        if (at >= 0) _histograms[at] = histogram;
    }

    /// <inheritdoc/>
    public void Deleted(ulong series, DeletedRange range)
    {
        // Known from the survey.
    }

    /// <inheritdoc/>
    public void Exemplar(ulong series, long timestampMs, double value, ReadOnlySpan<byte> labels)
    {
        if (!_survey.TakesExemplar(timestampMs) || !_placeOf.TryGetValue(_survey.NumberOf(series), out var place)) return;
        if (!_exemplars.TryGetValue(place, out var list)) _exemplars[place] = list = [];
        list.Add((timestampMs, value, labels.ToArray()));
    }

    /// <inheritdoc/>
    public void Metadata(ulong series, string type, string unit, string help)
    {
        // Known from the survey.
    }

    private int Add(ulong series, long timestampMs, double value)
    {
        if (!_survey.Takes(timestampMs, IsOutOfOrder) || !_placeOf.TryGetValue(_survey.NumberOf(series), out var place)) return -1;

        // The files do not change between two readings; whoever changes them finds the counts to differ.
        var room = place + 1 < _starts.Length ? _starts[place + 1] : _times.Length;
        var at = _starts[place] + _counts[place];
        if (at >= room) return -1;
        _counts[place]++;
        _times[at] = timestampMs;
        _values[at] = value;
        return at;
    }

    private sealed class Pass(HeadPart part, long minTimeMs, long maxTimeMs) : IImportSource
    {
        private int _place;

        public bool TryRead(ImportedSeries series)
        {
            if (_place == part._counts.Length) return false;
            var place = _place++;
            var number = part._series.Span[place];
            series.Begin(part._survey.LabelsOf(number));
            var hasSamples = false;
            var end = part._starts[place] + part._counts[place];
            for (var i = part._starts[place]; i < end; i++)
            {
                if (part._times[i] < minTimeMs || part._times[i] > maxTimeMs) continue;
                hasSamples = true;
                if (part._histograms.TryGetValue(i, out var histogram)) series.Add(part._times[i], histogram);
                else series.Add(part._times[i], part._values[i]);
            }

            foreach (var deleted in part._survey.DeletedOf(number)) series.Delete(deleted.MinTimeMs, deleted.MaxTimeMs);
            if (hasSamples && part._exemplars.Remove(place, out var exemplars))
            {
                foreach (var (timestampMs, value, labels) in exemplars) series.AddExemplar(timestampMs, value, labels);
            }

            return true;
        }
    }
}
