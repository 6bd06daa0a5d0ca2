using Triptych.Columnar.Rows;
using Triptych.Columnar.Samples;
using Triptych.Metrics.Block;
using Triptych.Metrics.Head;
using Triptych.Model.Labels;
using Triptych.Storage.Index;

namespace Triptych.Metrics.Scan;

/// <summary>Collects the exemplars that a look-up asks for, by series, each once; charged to the look-up's budget until this is disposed.</summary>
internal sealed class ExemplarCollection(LabelLookup lookup) : IDisposable
{
    // A key and an entry in two dictionaries, and a list of pairs of strings: about so much beside the bytes of the labels themselves.
    private const int FixedBytes = 256;

    // Labels are held as bytes, as base64 text and as decoded strings.
    private const int CopiesOfLabels = 6;

    private readonly Dictionary<string, Entry> _series = new(StringComparer.Ordinal);
    private readonly ScanCharge _charge = new(lookup.Budget);
    private readonly LabelKey _key = new();
    private long _bytes;

    /// <summary>Adds those of a block.</summary>
    public void Add(MetricBlock block)
    {
        if (block.Exemplars.Count == 0) return;
        HashSet<int> wanted;
        lock (block.Index) wanted = [.. Selectors().SelectMany(block.Index.Select)];
        foreach (var row in block.Exemplars.Where(e => wanted.Contains(e.Row)))
        {
            Add(block.Index.KeyOf(row.Row, _key), row.TimestampMs, row.Value, row.Labels);
        }
    }

    /// <summary>Adds those of a head.</summary>
    public void Add(MetricHead head)
    {
        lock (head.Gate)
        {
            if (head.Find(lookup.Tenant) is not { } tenant) return;
            HashSet<int> wanted = [.. Selectors().SelectMany(tenant.Index.Select)];
            foreach (var exemplar in tenant.Exemplars.Where(e => wanted.Contains(e.Series)))
            {
                Add(tenant.Index.KeyOf(exemplar.Series, _key), exemplar.TimestampMs, exemplar.Value, exemplar.Labels);
            }
        }
    }

    /// <summary>All of them, by series and time.</summary>
    public IReadOnlyList<SeriesExemplars> ToList() =>
        [.. _series.Values
            .OrderBy(s => s.Labels, Comparer<byte[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b)))
            .Select(s => new SeriesExemplars(LabelSet.Decode(s.Labels), [.. s.Exemplars.Values]))];

    /// <inheritdoc/>
    public void Dispose() => _charge.Dispose();

    private IReadOnlyList<IReadOnlyList<LabelMatcher>> Selectors() => lookup.Selectors.Count == 0 ? [[]] : lookup.Selectors;

    private void Add(ReadOnlySpan<byte> series, long timestampMs, double value, byte[] labels)
    {
        if (timestampMs < lookup.MinTimeMs || timestampMs > lookup.MaxTimeMs) return;
        var key = Convert.ToBase64String(series);
        if (!_series.TryGetValue(key, out var known))
        {
            Charge(series.Length);
            _series[key] = known = new Entry(series.ToArray(), []);
        }

        Charge(labels.Length);

        // What was acknowledged first stands, as for samples.
        known.Exemplars.TryAdd((timestampMs, Convert.ToBase64String(labels)), new Exemplar(LabelSet.Decode(labels), value, timestampMs));
    }

    private void Charge(int labelBytes)
    {
        _bytes += FixedBytes + (labelBytes * CopiesOfLabels);
        _charge.Set(_bytes);
    }

    private sealed record Entry(byte[] Labels, SortedDictionary<(long TimestampMs, string Labels), Exemplar> Exemplars);
}
