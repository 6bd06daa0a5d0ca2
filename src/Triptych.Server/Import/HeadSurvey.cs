using System.Runtime.InteropServices;
using System.Text;
using Triptych.Ingest.PrometheusTsdb;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;

namespace Triptych.Server.Import;

/// <summary>
/// What a first reading of the head's files tells: its series, how much there is of each, what is deleted, what is known about metrics. Memory: labels of all
/// series of the head, which Prometheus held in memory itself.
/// </summary>
/// <param name="scope">What to import.</param>
/// <param name="blocksEndMs">Samples before it that came in order are in blocks.</param>
internal sealed class HeadSurvey(ImportScope scope, long blocksEndMs) : IHeadRecords
{
    private const int SampleBytes = 2 * sizeof(long);
    private const int ExemplarBytes = 128;
    private const int NotKnown = -2;
    private const int OutOfScope = -1;
    private readonly Dictionary<ulong, int> _slotOf = [];
    private readonly List<Slot> _slots = [];
    private readonly Dictionary<byte[], int> _byLabels = new(LabelBytes.Comparer);
    private readonly List<byte[]> _labels = [];
    private int[] _samples = [];
    private long[] _bytes = [];
    private readonly Dictionary<int, List<DeletedRange>> _deleted = [];
    private readonly Dictionary<string, MetadataEntry> _metadata = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public bool IsOutOfOrder { get; set; }

    /// <summary>Series in the scope.</summary>
    public int SeriesCount => _labels.Count;

    /// <summary>Samples in the scope, equal ones counted each; known when the survey is complete, like all counts.</summary>
    public long SampleCount { get; private set; }

    /// <summary>Samples of series that the log does not tell, for it was damaged where it did.</summary>
    public long Nameless { get; private set; }

    /// <summary>What is known about metrics: the last that was said.</summary>
    public IReadOnlyCollection<MetadataEntry> MetricMetadata => _metadata.Values;

    /// <summary>First and last time of all samples.</summary>
    public (long MinTimeMs, long MaxTimeMs) Times { get; private set; } = (long.MaxValue, long.MinValue);

    /// <summary>The number of a series by the log's number; negative for one that is out of the scope or not known.</summary>
    public int NumberOf(ulong series) => _slotOf.TryGetValue(series, out var slot) ? _slots[slot].Number : NotKnown;

    /// <summary>The canonical labels of a series.</summary>
    public byte[] LabelsOf(int number) => _labels[number];

    /// <summary>Samples of a series.</summary>
    public int SamplesOf(int number) => _samples[number];

    /// <summary>Memory that samples and exemplars of a series take.</summary>
    public long BytesOf(int number) => _bytes[number];

    /// <summary>What is deleted of a series.</summary>
    public IReadOnlyList<DeletedRange> DeletedOf(int number) => _deleted.TryGetValue(number, out var ranges) ? ranges : [];

    /// <summary>Whether a sample at this time is to be taken.</summary>
    public bool Takes(long timestampMs, bool isOutOfOrder) => scope.Holds(timestampMs) && (isOutOfOrder || timestampMs >= blocksEndMs);

    /// <summary>Whether an exemplar at this time is to be taken; blocks have none.</summary>
    public bool TakesExemplar(long timestampMs) => scope.Holds(timestampMs);

    /// <summary>All series by metric name, then by the bytes of their labels.</summary>
    public int[] Sorted()
    {
        var order = Enumerable.Range(0, _labels.Count).ToArray();
        var names = _labels.Select(static l => Encoding.UTF8.GetBytes(ImportScope.ValueOf(l, LabelNames.MetricName))).ToArray();
        Array.Sort(order, (a, b) =>
        {
            var byName = names[a].AsSpan().SequenceCompareTo(names[b]);
            return byName != 0 ? byName : _labels[a].AsSpan().SequenceCompareTo(_labels[b]);
        });
        return order;
    }

    /// <summary>Ends the survey: adds up what the log's numbers have, some of which may stand for the same series.</summary>
    public void Complete()
    {
        (_samples, _bytes) = (new int[_labels.Count], new long[_labels.Count]);
        foreach (var slot in _slots)
        {
            if (slot.Number == NotKnown) Nameless += slot.Samples;
            if (slot.Number < 0) continue;
            SampleCount += slot.Samples;
            _samples[slot.Number] += slot.Samples;
            _bytes[slot.Number] += slot.Bytes;
        }
    }

    /// <inheritdoc/>
    public void Series(ulong series, ReadOnlySpan<byte> labels)
    {
        ref var slot = ref SlotOf(series);
        if (!scope.Selects(labels))
        {
            slot.Number = OutOfScope;
            return;
        }

        var lookup = _byLabels.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!lookup.TryGetValue(labels, out var number))
        {
            number = _labels.Count;
            var kept = labels.ToArray();
            _labels.Add(kept);
            _byLabels.Add(kept, number);
        }

        slot.Number = number;
    }

    /// <inheritdoc/>
    public void Sample(ulong series, long timestampMs, double value) => Count(series, timestampMs, SampleBytes);

    /// <inheritdoc/>
    public void Sample(ulong series, long timestampMs, FloatHistogram histogram) => Count(series, timestampMs, SampleBytes + histogram.SizeBytes);

    /// <inheritdoc/>
    public void Deleted(ulong series, DeletedRange range)
    {
        var number = NumberOf(series);
        if (number < 0) return;
        if (!_deleted.TryGetValue(number, out var ranges)) _deleted[number] = ranges = [];
        ranges.Add(range);
    }

    /// <inheritdoc/>
    public void Exemplar(ulong series, long timestampMs, double value, ReadOnlySpan<byte> labels)
    {
        if (TakesExemplar(timestampMs)) SlotOf(series).Bytes += ExemplarBytes + labels.Length;
    }

    /// <inheritdoc/>
    public void Metadata(ulong series, string type, string unit, string help)
    {
        var number = NumberOf(series);
        if (number < 0) return;
        var name = ImportScope.ValueOf(_labels[number], LabelNames.MetricName);
        _metadata[name] = new MetadataEntry(name, type, unit, help);
    }

    private void Count(ulong series, long timestampMs, long bytes)
    {
        if (!Takes(timestampMs, IsOutOfOrder)) return;
        Times = (Math.Min(Times.MinTimeMs, timestampMs), Math.Max(Times.MaxTimeMs, timestampMs));
        ref var slot = ref SlotOf(series);
        slot.Samples++;
        slot.Bytes += bytes;
    }

    private ref Slot SlotOf(ulong series)
    {
        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_slotOf, series, out var exists);
        if (!exists)
        {
            number = _slots.Count;
            _slots.Add(new Slot { Number = NotKnown });
        }

        return ref CollectionsMarshal.AsSpan(_slots)[number];
    }

    /// <summary>What one number of the log stands for, and how much there is of it.</summary>
    private struct Slot
    {
        public int Number;
        public int Samples;
        public long Bytes;
    }
}
