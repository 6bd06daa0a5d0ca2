using Triptych.Columnar.Symbols;

namespace Triptych.LogQL.Functions;

/// <summary>The label sets of the series of an aggregation, each with a number. Labels come ordered by number of the name.</summary>
internal sealed class SeriesTable
{
    private readonly Dictionary<Key, int>.AlternateLookup<ReadOnlySpan<LabelId>> _lookup;
    private readonly List<LabelId[]> _labels = [];

    public SeriesTable() => _lookup = new Dictionary<Key, int>(KeyComparer.Instance).GetAlternateLookup<ReadOnlySpan<LabelId>>();

    public int Count => _labels.Count;

    public LabelId[] LabelsOf(int series) => _labels[series];

    public int GetOrAdd(ReadOnlySpan<LabelId> labels)
    {
        if (_lookup.TryGetValue(labels, out var number)) return number;
        number = _labels.Count;
        _labels.Add(labels.ToArray());
        _lookup[labels] = number;
        return number;
    }

    private readonly record struct Key(LabelId[] Labels);

    private sealed class KeyComparer : IEqualityComparer<Key>, IAlternateEqualityComparer<ReadOnlySpan<LabelId>, Key>
    {
        public static readonly KeyComparer Instance = new();

        public bool Equals(Key x, Key y) => x.Labels.AsSpan().SequenceEqual(y.Labels);

        public int GetHashCode(Key key) => GetHashCode(key.Labels.AsSpan());

        public bool Equals(ReadOnlySpan<LabelId> alternate, Key other) => alternate.SequenceEqual(other.Labels);

        public int GetHashCode(ReadOnlySpan<LabelId> alternate)
        {
            var hash = new HashCode();
            foreach (var label in alternate) hash.Add(((long)label.Name << 32) | (uint)label.Value);
            return hash.ToHashCode();
        }

        public Key Create(ReadOnlySpan<LabelId> alternate) => new(alternate.ToArray());
    }
}
