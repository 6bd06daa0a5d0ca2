using System.Text;
using Triptych.Columnar.Predicates;
using Triptych.Model.Labels;
using Triptych.Primitives.Checksums;

namespace Triptych.Logs.Block;

/// <summary>Chooses by some rows which names of the structured metadata get a column: what is frequent, or large. One thread.</summary>
internal sealed class MetadataSample
{
    // Of all rows, those that have a name; or of all bytes of metadata, those of the name. And so many rows of the sample at least:
    // a column of fewer costs more than it saves.
    private const double LeastShare = 0.01;
    private const double LeastByteShare = 0.05;
    private const int LeastRows = 64;

    private const int MostColumns = 24;
    private const int MostNames = 1024;

    // Questions for one of many values are answered by filters: fewer are found by the bounds of pages, or are in all of them.
    private const int LeastFiltered = 64;
    private const double FilterBytesPerValue = 1.25;

    // Of a row, what filters may take.
    private const double MostFilterBytes = 5;

    private readonly Dictionary<ReadOnlyMemory<byte>, Values> _names = new(BytesComparer.Instance);
    private long _bytes;
    private int _rows;

    /// <summary>Adds a row's metadata, a canonical label set.</summary>
    public void Add(ReadOnlySpan<byte> metadata)
    {
        _rows++;
        var lookup = _names.GetAlternateLookup<ReadOnlySpan<byte>>();
        var reader = new LabelSetReader(metadata);
        while (reader.TryRead(out var name, out var value))
        {
            if (name.SequenceEqual("trace_id"u8) || name.SequenceEqual("span_id"u8)) continue;
            _bytes += value.Length;
            if (!lookup.TryGetValue(name, out var values))
            {
                if (_names.Count == MostNames) continue;
                lookup[name] = values = new Values();
            }

            values.Count++;
            values.Bytes += value.Length;
            values.Hashes.Add(XxHash64.Compute(value));
        }
    }

    /// <summary>The columns.</summary>
    public MetadataLayout Choose()
    {
        var chosen = _names.Where(n => IsWorth(n.Key.Span, n.Value))
            .Select(n => (Name: Encoding.UTF8.GetString(n.Key.Span), Values: n.Value))
            .OrderByDescending(n => n.Values.Bytes + n.Values.Count).ThenBy(n => n.Name, StringComparer.Ordinal)
            // Some readers tell columns apart without regard to case.
            .DistinctBy(n => n.Name, StringComparer.OrdinalIgnoreCase).Take(MostColumns).ToList();
        var left = MostFilterBytes * _rows;
        var columns = new List<MetadataSpec>();
        foreach (var (name, values) in chosen.OrderByDescending(n => n.Values.Hashes.Count).ThenBy(n => n.Name, StringComparer.Ordinal))
        {
            var distinct = values.Hashes.Count;
            var hasFilter = distinct > LeastFiltered && distinct * FilterBytesPerValue <= left;
            if (hasFilter) left -= distinct * FilterBytesPerValue;
            columns.Add(new MetadataSpec(name, hasFilter, IsDistinct: distinct * 2 > values.Count && distinct > LeastFiltered));
        }

        return columns.Count == 0 ? MetadataLayout.None : new MetadataLayout(columns);
    }

    private bool IsWorth(ReadOnlySpan<byte> name, Values values) =>
        values.Count >= LeastRows && (values.Count >= LeastShare * _rows || values.Bytes >= LeastByteShare * _bytes) && MetadataLayout.MayBeColumn(name);

    private sealed class Values
    {
        public HashSet<ulong> Hashes { get; } = [];

        public int Count { get; set; }

        public long Bytes { get; set; }
    }
}
