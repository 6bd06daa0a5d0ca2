using Triptych.Model.Metrics;
using Triptych.Storage.Index;

namespace Triptych.Metrics.Head;

/// <summary>A sample that was taken.</summary>
internal readonly record struct AcceptedSample(int Series, long TimestampMs, double Value);

/// <summary>What an append has taken, on its way into the WAL record. Reused from append to append under the decision lock.</summary>
internal sealed class AppendScratch
{
    private int[] _numbers = [];

    /// <summary>Series whose labels the segment does not have yet.</summary>
    public List<int> Defined { get; } = [];

    /// <summary>Room for the labels of one of them.</summary>
    public LabelKey Key { get; } = new();

    /// <summary>Samples.</summary>
    public List<AcceptedSample> Samples { get; } = [];

    /// <summary>Of the samples that say it, by their place among them, when what they count began; ascending.</summary>
    public List<(int Sample, long StartMs)> Starts { get; } = [];

    /// <summary>The samples, by their place among them, that are running sums; ascending.</summary>
    public List<int> Sums { get; } = [];

    /// <summary>Native histograms.</summary>
    public List<(int Series, HistogramEntry Entry)> Histograms { get; } = [];

    /// <summary>Exemplars.</summary>
    public List<ExemplarSample> Exemplars { get; } = [];

    /// <summary>What senders said about metrics.</summary>
    public List<MetadataEntry> Metadata { get; } = [];

    /// <summary>Whether nothing was taken.</summary>
    public bool IsEmpty => Samples.Count + Histograms.Count + Exemplars.Count + Metadata.Count == 0;

    /// <summary>Room for the numbers that a batch's series have in the head, each set to <paramref name="value"/>.</summary>
    public int[] Numbers(int count, int value)
    {
        if (_numbers.Length < count) _numbers = new int[Math.Max(count, _numbers.Length * 2)];
        _numbers.AsSpan(0, count).Fill(value);
        return _numbers;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Defined.Clear();
        Samples.Clear();
        Starts.Clear();
        Sums.Clear();
        Histograms.Clear();
        Exemplars.Clear();
        Metadata.Clear();
    }
}
