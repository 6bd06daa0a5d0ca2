using System.Runtime.InteropServices;
using Triptych.Columnar.Symbols;
using Triptych.Model.Labels;

namespace Triptych.Storage.Index;

/// <summary>
/// The labels of many series or streams and which of them have which label: the same for a head, which adds as they come, and for a block,
/// which adds all once when it is opened.
/// A series is its number, from 0 in order of addition; labels are numbers of the index's own symbol table, a few bytes each. The canonical bytes of a series,
/// its identity, are not kept: they are put together again when they are asked for (<see cref="LabelKey"/>).
/// Without postings a selection looks at the labels of all series.
/// Managed memory only. Not synchronised: a head holds its lock, a block's index does not change.
/// </summary>
public sealed class LabelIndex(bool withPostings = true)
{
    private const int PageBits = 16;
    private const int MostPages = 1 << (32 - PageBits);

    // Of a dictionary's entry and its bucket.
    private const int EntryBytes = 24;

    private readonly PagedArena<byte> _rows = new(1 << PageBits);

    // Page and place within it.
    private readonly List<uint> _rowOf = [];

    // By label the one series that has it, or ~ its list.
    private readonly Dictionary<LabelId, int> _postings = [];
    private readonly List<PostingList> _lists = [];
    private LabelId[] _scratch = new LabelId[64];
    private byte[] _row = new byte[256];
    private long _listBytes;

    /// <summary>How many series there are.</summary>
    public int Count => _rowOf.Count;

    /// <summary>The index's symbols.</summary>
    public SymbolTable Symbols { get; } = new();

    /// <summary>About how much memory it holds, in bytes.</summary>
    public long SizeBytes => _rows.Capacity + (_rowOf.Capacity * 4L) + (_postings.Capacity * (long)EntryBytes) + _listBytes + Symbols.SizeBytes;

    /// <summary>Adds a series and returns its number.</summary>
    /// <exception cref="InvalidOperationException">There are 4 GiB of labels.</exception>
    public int Add(ReadOnlySpan<byte> canonicalLabels)
    {
        var series = _rowOf.Count;
        var count = Symbols.InternLabels(canonicalLabels, ref _scratch);
        var labels = _scratch.AsSpan(0, count);
        var place = _rows.Append(WriteRow(labels));
        if (place.Page >= MostPages) throw new InvalidOperationException("An index of labels cannot hold any more.");
        _rowOf.Add(((uint)place.Page << PageBits) | (uint)place.Start);
        if (!withPostings) return series;
        foreach (var label in labels) AddPosting(label, series);
        return series;
    }

    /// <summary>The canonical bytes of a series, valid until <paramref name="key"/> is used for another.</summary>
    public ReadOnlySpan<byte> KeyOf(int series, LabelKey key) => key.Write(LabelsOf(series), Symbols);

    /// <summary>Whether a series has exactly these labels.</summary>
    public bool HasKey(int series, ReadOnlySpan<byte> canonicalLabels)
    {
        var reader = new LabelSetReader(canonicalLabels);
        foreach (var label in LabelsOf(series))
        {
            if (!reader.TryRead(out var name, out var value)) return false;
            if (!Symbols.GetUtf8(label.Value).SequenceEqual(value) || !Symbols.GetUtf8(label.Name).SequenceEqual(name)) return false;
        }

        return !reader.TryRead(out _, out _);
    }

    /// <summary>The labels of a series as numbers of <see cref="Symbols"/>, ordered by the bytes of their names.</summary>
    public LabelList LabelsOf(int series)
    {
        var place = _rowOf[series];
        var page = _rows.PageFrom((int)(place >> PageBits), (int)(place & ((1u << PageBits) - 1)));
        var lengthBytes = 1;
        var length = page[0] & 0x7f;
        for (; page[lengthBytes - 1] >= 0x80; lengthBytes++) length |= (page[lengthBytes] & 0x7f) << (7 * lengthBytes);
        return new LabelList(page.Slice(lengthBytes, length));
    }

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
            if (!withPostings || matcher.Op is not (MatchOp.Equal or MatchOp.Regex) || matcher.MatchesEmpty) continue;
            if (matcher.Literals is not { } literals) continue;
            var name = Symbols.Find(matcher.Name);
            if (name < 0) return [];
            var total = 0;
            foreach (var literal in literals) total += CountOf(Find(name, literal));
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

    private ReadOnlySpan<byte> WriteRow(ReadOnlySpan<LabelId> labels)
    {
        if (_row.Length < (labels.Length * 10) + 5) _row = new byte[(labels.Length * 20) + 5];
        var end = 5;
        foreach (var label in labels)
        {
            end = WriteNumber(label.Name, end);
            end = WriteNumber(label.Value, end);
        }

        // The length goes before it, once it is known how many bytes it takes.
        var length = end - 5;
        var lengthBytes = WriteNumber(length, 0);
        _row.AsSpan(0, lengthBytes).CopyTo(_row.AsSpan(5 - lengthBytes));
        return _row.AsSpan(5 - lengthBytes, lengthBytes + length);
    }

    private int WriteNumber(int number, int at)
    {
        var rest = (uint)number;
        for (; rest >= 0x80; rest >>= 7) _row[at++] = (byte)(rest | 0x80);
        _row[at++] = (byte)rest;
        return at;
    }

    private void AddPosting(LabelId label, int series)
    {
        ref var posting = ref CollectionsMarshal.GetValueRefOrAddDefault(_postings, label, out var isKnown);
        if (!isKnown)
        {
            posting = series;
            return;
        }

        PostingList list;
        if (posting >= 0)
        {
            list = new PostingList();
            list.Add(posting);
            _lists.Add(list);
            posting = ~(_lists.Count - 1);
        }
        else
        {
            list = _lists[~posting];
            _listBytes -= list.SizeBytes;
        }

        list.Add(series);
        _listBytes += list.SizeBytes;
    }

    /// <summary>The one series that has a label, ~ the number of its list, or null.</summary>
    private int? Find(int name, string value)
    {
        var symbol = Symbols.Find(value);
        return symbol >= 0 && _postings.TryGetValue(new LabelId(name, symbol), out var posting) ? posting : null;
    }

    private int CountOf(int? posting) => posting switch
    {
        null => 0,
        >= 0 => 1,
        { } list => _lists[~list].Count,
    };

    private List<int> Union(int name, IReadOnlyCollection<string> literals, int total)
    {
        var union = new List<int>(total);
        foreach (var literal in literals)
        {
            var posting = Find(name, literal);
            if (posting >= 0) union.Add(posting.Value);
            else if (posting is { } list) _lists[~list].CopyTo(union);
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
