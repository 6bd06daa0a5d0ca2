using Triptych.Columnar.Rows;
using Triptych.Metrics.Block;
using Triptych.Metrics.Scan;
using Triptych.Storage.Compaction;

namespace Triptych.Metrics.Compaction;

/// <summary>All series that have samples in one range of times, in order, with what is left of them. One thread; the owner disposes it.</summary>
internal sealed class MetricMergePass(MergeJob job, IReadOnlyList<MetricMergeInput> inputs, SampleRange range) : IDisposable
{
    private const int SeriesBetweenYields = 1024;

    private readonly PriorityQueue<MetricMergeInput, MetricMergeInput> _waiting = new(Comparer<MetricMergeInput>.Create(MetricMergeInput.Compare));
    private readonly List<MetricMergeInput> _same = [];
    private readonly HashSet<(long TimestampMs, string Labels)> _met = [];
    private readonly List<ExemplarRow> _exemplars = [];
    private readonly ScanCharge _charge = new(job.Memory);
    private byte[] _series = [];
    private int _count;

    /// <summary>The canonical labels of the series at hand.</summary>
    public ReadOnlySpan<byte> Series => _series;

    /// <summary>Its samples in the range, at least one.</summary>
    public SampleBuffer Samples { get; } = new();

    /// <summary>Its exemplars that go with the range.</summary>
    public IReadOnlyList<ExemplarRow> Exemplars => _exemplars;

    /// <inheritdoc/>
    public void Dispose() => _charge.Dispose();

    /// <summary>Begins with the first series.</summary>
    public async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        foreach (var input in inputs)
        {
            input.Rewind();
            if (await input.MoveNextAsync(cancellationToken)) _waiting.Enqueue(input, input);
        }
    }

    /// <summary>Goes on to the next series; false when there is none.</summary>
    public async ValueTask<bool> NextAsync(CancellationToken cancellationToken)
    {
        while (_waiting.Count > 0)
        {
            if (++_count % SeriesBetweenYields == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await Task.Yield();
            }

            TakeSame();
            ReadSamples();
            if (Samples.Count > 0) ReadExemplars();
            foreach (var input in _same)
            {
                if (await input.MoveNextAsync(cancellationToken)) _waiting.Enqueue(input, input);
            }

            if (Samples.Count > 0) return true;
        }

        return false;
    }

    /// <summary>Takes the inputs that stand at the next series, the earliest first.</summary>
    private void TakeSame()
    {
        _same.Clear();
        _same.Add(_waiting.Dequeue());
        while (_waiting.TryPeek(out var other, out _) && other.Series.SequenceEqual(_same[0].Series)) _same.Add(_waiting.Dequeue());
        _series = _same[0].Series.ToArray();
    }

    private void ReadSamples()
    {
        Samples.Clear();
        foreach (var input in _same)
        {
            if (input.MinTimeMs <= range.MaxTimeMs && input.MaxTimeMs >= range.MinTimeMs) input.Read(Samples, range);
        }

        Samples.Settle(range.MinTimeMs, range.MaxTimeMs);
        _charge.Set(Samples.SizeBytes);
        foreach (var deletion in job.Deletions)
        {
            if (Samples.Count > 0 && DeletionMatch.Holds(deletion.Matchers, _series)) job.RowsDeleted += Samples.Remove(deletion.MinTime, deletion.MaxTime);
        }
    }

    /// <summary>An exemplar goes with the range of its time, or, where the series has none so early, with the series' first.</summary>
    private void ReadExemplars()
    {
        _met.Clear();
        _exemplars.Clear();
        var first = _same.Min(i => i.MinTimeMs);
        var last = _same.Max(i => i.MaxTimeMs);
        foreach (var input in _same)
        {
            foreach (var exemplar in input.Exemplars)
            {
                var place = Math.Clamp(exemplar.TimestampMs, first, last);
                if (place < range.MinTimeMs || place > range.MaxTimeMs) continue;
                if (IsDeleted(exemplar) || !_met.Add((exemplar.TimestampMs, Convert.ToBase64String(exemplar.Labels)))) continue;
                _exemplars.Add(exemplar);
            }
        }
    }

    private bool IsDeleted(ExemplarRow exemplar) => job.Deletions.Any(d =>
        exemplar.TimestampMs >= d.MinTime && exemplar.TimestampMs <= d.MaxTime && DeletionMatch.Holds(d.Matchers, _series));
}
