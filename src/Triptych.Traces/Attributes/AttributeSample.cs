using System.Runtime.InteropServices;
using System.Text;
using Triptych.Columnar.Predicates;
using Triptych.Model.Attributes;

namespace Triptych.Traces.Attributes;

/// <summary>Chooses by some spans which attributes get a column: those that many spans have, and that take the most bytes. One thread.</summary>
internal sealed class AttributeSample
{
    /// <summary>Spans that are enough to choose by.</summary>
    public const int Spans = 4096;

    /// <summary>The most columns that are chosen; a merge of blocks that chose otherwise may have some more.</summary>
    public const int MostColumns = 48;

    // Of all spans, those that have the attribute; and of those, the ones whose value is of the column's type.
    private const double LeastShare = 0.01;
    private const double LeastOfKind = 0.95;

    // Names of a sample that are counted: no sample has so many that are frequent.
    private const int MostNames = 1024;

    private readonly Dictionary<ReadOnlyMemory<byte>, Tally> _names = new(BytesComparer.Instance);
    private int _spans;

    /// <summary>Adds a span's attribute set.</summary>
    public void Add(ReadOnlySpan<byte> set)
    {
        _spans++;
        var names = _names.GetAlternateLookup<ReadOnlySpan<byte>>();
        var attributes = new AttributeReader(set);
        while (attributes.TryRead())
        {
            if (!AttributeSpec.IsColumnKind(attributes.Kind)) continue;
            if (_names.Count >= MostNames && !names.ContainsKey(attributes.Key)) continue;
            ref var tally = ref CollectionsMarshal.GetValueRefOrAddDefault(names, attributes.Key, out _);
            tally.Add(attributes.Kind, attributes.Key.Length + Math.Max(sizeof(long), attributes.Bytes.Length));
        }
    }

    /// <summary>The columns.</summary>
    public AttributeLayout Choose()
    {
        var choices = new List<(AttributeSpec Column, long Bytes)>();
        foreach (var (name, tally) in _names)
        {
            var (kind, count) = tally.Most;
            if (count < LeastShare * _spans || count < LeastOfKind * tally.Count || !AttributeSpec.IsColumnName(name.Span)) continue;
            choices.Add((new AttributeSpec(Encoding.UTF8.GetString(name.Span), kind), tally.Bytes));
        }

        // Some readers tell columns apart without regard to case.
        var chosen = choices.OrderByDescending(c => c.Bytes).ThenBy(c => c.Column.Name, StringComparer.Ordinal).Select(c => c.Column)
            .DistinctBy(c => c.Name.ToUpperInvariant()).Take(MostColumns).OrderBy(c => c.Name, StringComparer.Ordinal);
        return new AttributeLayout([.. chosen]);
    }

    /// <summary>How often a name came with a value of each kind, and how many bytes that took.</summary>
    private struct Tally
    {
        private int _strings;
        private int _bools;
        private int _integers;
        private int _doubles;

        public long Bytes { get; private set; }

        public readonly int Count => _strings + _bools + _integers + _doubles;

        public readonly (AttributeKind Kind, int Count) Most => new[]
        {
            (AttributeKind.String, _strings), (AttributeKind.Bool, _bools), (AttributeKind.Int, _integers), (AttributeKind.Double, _doubles),
        }.MaxBy(static k => k.Item2);

        public void Add(AttributeKind kind, int bytes)
        {
            Bytes += bytes;
            switch (kind)
            {
                case AttributeKind.String:
                    _strings++;
                    break;
                case AttributeKind.Bool:
                    _bools++;
                    break;
                case AttributeKind.Int:
                    _integers++;
                    break;
                default:
                    _doubles++;
                    break;
            }
        }
    }
}
