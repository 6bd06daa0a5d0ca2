using Triptych.Metrics.Scan;
using Triptych.Model.Metrics;

namespace Triptych.Metrics.Import;

/// <summary>
/// A series on its way into the store, filled by an <see cref="IImportSource"/>: samples in any order, of equal times the one that was added first stands.
/// Reused from series to series.
/// </summary>
public sealed class ImportedSeries
{
    private readonly List<(long MinTimeMs, long MaxTimeMs)> _deleted = [];
    private readonly HashSet<(long TimestampMs, long Bits, string Labels)> _seen = [];
    private readonly List<(long TimestampMs, double Value, byte[] Labels)> _exemplars = [];
    private byte[] _labels = new byte[512];
    private int _labelBytes;

    /// <summary>The canonical labels.</summary>
    public ReadOnlySpan<byte> Labels => _labels.AsSpan(0, _labelBytes);

    /// <summary>Samples that were given and are not stored: deleted, or at the time of another.</summary>
    public long Dropped { get; private set; }

    internal SampleBuffer Samples { get; } = new();

    internal IReadOnlyList<(long TimestampMs, double Value, byte[] Labels)> Exemplars => _exemplars;

    /// <summary>Begins a series.</summary>
    public void Begin(ReadOnlySpan<byte> canonicalLabels)
    {
        if (_labels.Length < canonicalLabels.Length) _labels = new byte[canonicalLabels.Length * 2];
        canonicalLabels.CopyTo(_labels);
        _labelBytes = canonicalLabels.Length;
        Samples.Clear();
        _deleted.Clear();
        _exemplars.Clear();
        _seen.Clear();
    }

    /// <summary>Adds a float.</summary>
    public void Add(long timestampMs, double value) => Samples.Add(timestampMs, value);

    /// <summary>Adds a native histogram.</summary>
    public void Add(long timestampMs, FloatHistogram histogram) => Samples.Add(timestampMs, histogram);

    /// <summary>Adds an exemplar, whatever its time, and once however often it is given; its labels are canonical.</summary>
    public void AddExemplar(long timestampMs, double value, byte[] labels)
    {
        if (_seen.Add((timestampMs, BitConverter.DoubleToInt64Bits(value), Convert.ToBase64String(labels)))) _exemplars.Add((timestampMs, value, labels));
    }

    /// <summary>Samples in the closed range are not taken, whenever they are added.</summary>
    public void Delete(long minTimeMs, long maxTimeMs) => _deleted.Add((minTimeMs, maxTimeMs));

    /// <summary>Puts everything in order and leaves what lies in the closed range.</summary>
    internal void Settle(long minTimeMs, long maxTimeMs)
    {
        var given = Samples.Count;
        Samples.Settle(long.MinValue, long.MaxValue);
        foreach (var (min, max) in _deleted) Samples.Remove(min, max);
        Dropped = given - Samples.Count;
        Samples.Settle(minTimeMs, maxTimeMs);
        _exemplars.Sort(static (a, b) => a.TimestampMs.CompareTo(b.TimestampMs));
    }
}
