using Triptych.Columnar.Symbols;
using Triptych.Model.Labels;

namespace Triptych.Storage.Index;

/// <summary>
/// The labels of many series or streams and which of them have which label: the same for a head, which adds as they come, and for a block,
/// which adds all once when it is opened.
/// A series is its number, from 0 in order of addition; labels are numbers of the index's own symbol table. The canonical bytes of each
/// series are kept, for they are its identity.
/// Managed memory only. Not synchronised: a head holds its lock, a block's index does not change.
/// </summary>
public sealed class LabelIndex
{
    private readonly PagedArena<byte> _keys = new(64 * 1024);
    private readonly PagedArena<LabelId> _labels = new(8 * 1024);
    private readonly List<PageRef> _keyOf = [];
    private readonly List<PageRef> _labelsOf = [];
    private readonly Dictionary<LabelId, PostingList> _postings = [];
    private LabelId[] _scratch = new LabelId[64];
    private long _postingBytes;

    /// <summary>How many series there are.</summary>
    public int Count => _keyOf.Count;

    /// <summary>The index's symbols.</summary>
    public SymbolTable Symbols { get; } = new();

    /// <summary>About how much memory it holds, in bytes.</summary>
    public long SizeBytes => _keys.Capacity + (_labels.Capacity * 8) + (_keyOf.Count * 24L) + _postingBytes + Symbols.SizeBytes;

    /// <summary>Adds a series and returns its number.</summary>
    public int Add(ReadOnlySpan<byte> canonicalLabels)
    {
        var series = _keyOf.Count;
        _keyOf.Add(_keys.Append(canonicalLabels));
        var count = Symbols.InternLabels(canonicalLabels, ref _scratch);
        _labelsOf.Add(_labels.Append(_scratch.AsSpan(0, count)));
        for (var i = 0; i < count; i++)
        {
            if (!_postings.TryGetValue(_scratch[i], out var list))
            {
                _postings[_scratch[i]] = list = new PostingList();
                _postingBytes += 80;
            }

            list.Add(series);
            _postingBytes += 6;
        }

        return series;
    }

    /// <summary>The canonical bytes of a series.</summary>
    public ReadOnlySpan<byte> KeyOf(int series) => _keys.Read(_keyOf[series]);

    /// <summary>The labels of a series as numbers of <see cref="Symbols"/>, ordered by the bytes of their names.</summary>
    public ReadOnlySpan<LabelId> LabelsOf(int series) => _labels.Read(_labelsOf[series]);

    /// <summary>The value of one label of a series, <see cref="SymbolTable.Empty"/> where it has none.</summary>
    public int ValueOf(int series, int nameSymbol)
    {
        foreach (var label in LabelsOf(series))
        {
            if (label.Name == nameSymbol) return label.Value;
        }

        return SymbolTable.Empty;
    }

    /// <summary>The series that satisfy all matchers, ascending.</summary>
    public List<int> Select(IReadOnlyList<LabelMatcher> matchers)
    {
        // Begin with the matcher that names the fewest series, and test the others on what is left.
        List<int>? candidates = null;
        LabelMatcher? used = null;
        foreach (var matcher in matchers)
        {
            if (matcher.Op is not (MatchOp.Equal or MatchOp.Regex) || matcher.MatchesEmpty) continue;
            if (matcher.Literals is not { } literals) continue;
            var name = Symbols.Find(matcher.Name);
            if (name < 0) return [];
            var total = 0;
            foreach (var literal in literals) total += Find(name, literal)?.Count ?? 0;
            if (candidates is not null && total >= candidates.Count) continue;
            candidates = Union(name, literals, total);
            used = matcher;
        }

        candidates ??= Enumerable.Range(0, Count).ToList();
        foreach (var matcher in matchers)
        {
            if (ReferenceEquals(matcher, used)) continue;
            Keep(candidates, matcher);
        }

        return candidates;
    }

    private PostingList? Find(int name, string value)
    {
        var symbol = Symbols.Find(value);
        return symbol < 0 ? null : _postings.GetValueOrDefault(new LabelId(name, symbol));
    }

    private List<int> Union(int name, IReadOnlyCollection<string> literals, int total)
    {
        var union = new List<int>(total);
        foreach (var literal in literals)
        {
            if (Find(name, literal) is { } list) union.AddRange(list.Series);
        }

        // A series has one value of the label, so that no number comes twice.
        if (literals.Count > 1) union.Sort();
        return union;
    }

    private void Keep(List<int> candidates, LabelMatcher matcher)
    {
        var name = Symbols.Find(matcher.Name);
        var verdicts = new Dictionary<int, bool>();
        var kept = 0;
        for (var i = 0; i < candidates.Count; i++)
        {
            var series = candidates[i];
            var value = name < 0 ? SymbolTable.Empty : ValueOf(series, name);
            if (!verdicts.TryGetValue(value, out var holds)) verdicts[value] = holds = matcher.Matches(Symbols.GetString(value));
            if (holds) candidates[kept++] = series;
        }

        candidates.RemoveRange(kept, candidates.Count - kept);
    }
}
