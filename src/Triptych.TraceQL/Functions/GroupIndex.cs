using Triptych.Query.Budgets;
using Triptych.TraceQL.Planning;

namespace Triptych.TraceQL.Functions;

/// <summary>
/// The accumulator of each combination of group values. One group by a text of few values, the common case, is found by its
/// symbol's number alone.
/// </summary>
internal sealed class GroupIndex(Func<StepAccumulator> create, QueryContext context) : IDisposable
{
    /// <summary>The most groups that are kept before any is left out of an answer.</summary>
    public const int MaxGroups = 100_000;

    private readonly Dictionary<FieldValue[], StepAccumulator> _groups = new(ValuesComparer.Instance);
    private StepAccumulator?[] _bySymbol = [];
    private long _charged;

    public IReadOnlyDictionary<FieldValue[], StepAccumulator> Groups => _groups;

    /// <summary>The accumulator of a group of one text.</summary>
    public StepAccumulator Find(int symbol)
    {
        if (symbol >= _bySymbol.Length)
        {
            Array.Resize(ref _bySymbol, Math.Max(symbol + 1, Math.Max(256, _bySymbol.Length * 2)));
        }

        return _bySymbol[symbol] ??= FindByValues([FieldValue.OfSymbol(symbol)]);
    }

    public StepAccumulator Find(ReadOnlySpan<FieldValue> values) =>
        values is [{ Kind: ValueKind.String } text] ? Find((int)text.Bits) : FindByValues(values);

    public void Dispose() => context.Release(_charged + _groups.Values.Sum(accumulator => accumulator.GrownBytes));

    private StepAccumulator FindByValues(ReadOnlySpan<FieldValue> values)
    {
        var lookup = _groups.GetAlternateLookup<ReadOnlySpan<FieldValue>>();
        if (lookup.TryGetValue(values, out var found))
        {
            return found;
        }

        if (_groups.Count == MaxGroups)
        {
            throw new QueryLimitException($"query would group spans into more than {MaxGroups} series");
        }

        var created = create();
        var bytes = created.SizeBytes + 64 + (values.Length * 16L);
        context.Charge(bytes);
        _charged += bytes;
        _groups.Add(values.ToArray(), created);
        return created;
    }

    private sealed class ValuesComparer : IEqualityComparer<FieldValue[]>, IAlternateEqualityComparer<ReadOnlySpan<FieldValue>, FieldValue[]>
    {
        public static readonly ValuesComparer Instance = new();

        public bool Equals(FieldValue[]? x, FieldValue[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<FieldValue> alternate, FieldValue[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(FieldValue[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<FieldValue> alternate)
        {
            var hash = new HashCode();
            foreach (var value in alternate)
            {
                hash.Add(value);
            }

            return hash.ToHashCode();
        }

        public FieldValue[] Create(ReadOnlySpan<FieldValue> alternate) => alternate.ToArray();
    }
}
