using System.Text;
using Triptych.Columnar.Symbols;
using Triptych.Model.Labels;

namespace Triptych.LogQL.Stages;

/// <summary>Where a label of a row comes from.</summary>
public enum LabelCategory : byte
{
    /// <summary>The stream.</summary>
    Stream,

    /// <summary>The record's structured metadata.</summary>
    Metadata,

    /// <summary>A parser or format stage.</summary>
    Parsed,
}

/// <summary>
/// The labels of one row on its way through the stages. Structured metadata hides a stream label of the same name; what a parser finds
/// under a
/// stream label's name is called <c>name_extracted</c>, and under a metadata key's name it replaces that. A label with an empty value is
/// no label, except what a parser that keeps such puts in as a symbol: lines show it, series do not.
/// The error of a stage is kept beside the labels. One thread at a time; reused for each row.
/// </summary>
internal sealed class RowLabels(SymbolTable symbols)
{
    public const string ErrorName = "__error__";
    public const string ErrorDetailsName = "__error_details__";

    private readonly Dictionary<int, int> _extractedNames = [];
    private readonly int _errorName = symbols.Intern(ErrorName);
    private readonly int _errorDetailsName = symbols.Intern(ErrorDetailsName);
    private readonly int _levelName = symbols.Intern(LabelNames.DetectedLevel);
    private Entry[] _entries = new Entry[32];
    private int _count;
    private byte[] _buffer = new byte[1024];
    private int _used;
    private LabelId[] _stream = [];
    private int _streamCount;

    /// <summary>Null, or the kind of the first error a stage had with this row.</summary>
    public string? Error { get; private set; }

    public string ErrorDetails { get; private set; } = "";

    public SymbolTable Symbols => symbols;

    /// <summary>Begins a row.</summary>
    public void Reset(ReadOnlySpan<LabelId> stream, ReadOnlySpan<byte> canonicalMetadata, int level)
    {
        Error = null;
        ErrorDetails = "";
        _count = 0;
        _used = 0;
        if (_stream.Length < stream.Length) _stream = new LabelId[stream.Length * 2];
        stream.CopyTo(_stream);
        _streamCount = stream.Length;
        foreach (var label in stream) Append(new Entry(label.Name, label.Value, 0, 0, LabelCategory.Stream));
        var metadata = new LabelSetReader(canonicalMetadata);
        while (metadata.TryRead(out var name, out var value)) Set(symbols.Intern(name), value, LabelCategory.Metadata);
        if (level != SymbolTable.Empty) SetSymbol(_levelName, level, LabelCategory.Metadata);
    }

    /// <summary>A label's value, empty where there is none; valid until the labels or the symbols change.</summary>
    public ReadOnlySpan<byte> Get(int name)
    {
        if (name == _errorName) return Error is null ? [] : Encoding.UTF8.GetBytes(Error);
        if (name == _errorDetailsName) return Encoding.UTF8.GetBytes(ErrorDetails);
        var index = IndexOf(name);
        return index < 0 ? [] : ValueOf(_entries[index]);
    }

    public void Set(int name, ReadOnlySpan<byte> value, LabelCategory category)
    {
        if (value.IsEmpty)
        {
            Remove(name);
            return;
        }

        if (_used + value.Length > _buffer.Length) Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _used + value.Length));
        value.CopyTo(_buffer.AsSpan(_used));
        Put(new Entry(name, -1, _used, value.Length, category));
        _used += value.Length;
    }

    public void SetSymbol(int name, int value, LabelCategory category) => Put(new Entry(name, value, 0, 0, category));

    public void Remove(int name)
    {
        var index = IndexOf(name);
        if (index >= 0) _entries[index] = _entries[--_count];
    }

    /// <summary>Removes the labels that do not satisfy the condition; the stage error stays.</summary>
    public void RemoveWhere(Func<int, bool> condition)
    {
        for (var i = _count - 1; i >= 0; i--)
        {
            if (condition(_entries[i].Name)) _entries[i] = _entries[--_count];
        }
    }

    /// <summary>The name under which a parser's finding is kept: with a suffix where the stream has a label of that name.</summary>
    public int ParsedName(int name)
    {
        var found = false;
        for (var i = 0; i < _streamCount && !found; i++) found = _stream[i].Name == name;
        if (!found) return name;
        if (_extractedNames.TryGetValue(name, out var extracted)) return extracted;
        extracted = symbols.Intern(symbols.GetString(name) + "_extracted");
        _extractedNames.Add(name, extracted);
        return extracted;
    }

    /// <summary>Notes that a stage could not do its work on this row; the first error stands.</summary>
    public void Fail(string error, string details)
    {
        if (Error is not null) return;
        Error = error;
        ErrorDetails = details;
    }

    public void ClearError(int name)
    {
        if (name == _errorName) Error = null;
        if (name == _errorDetailsName) ErrorDetails = "";
    }

    public bool IsErrorName(int name) => name == _errorName || name == _errorDetailsName;

    /// <summary>
    /// The labels as symbols, ordered by number of the name; those of one category, or all with the error where there is one.
    /// </summary>
    public LabelId[] ToArray(LabelCategory? category)
    {
        var labels = new List<LabelId>(_count + 2);
        for (var i = 0; i < _count; i++)
        {
            if (category is null || _entries[i].Category == category) labels.Add(new LabelId(_entries[i].Name, SymbolOf(i)));
        }

        if (Error is not null && category is null or LabelCategory.Parsed)
        {
            labels.Add(new LabelId(_errorName, symbols.Intern(Error!)));
            if (ErrorDetails.Length > 0) labels.Add(new LabelId(_errorDetailsName, symbols.Intern(ErrorDetails)));
        }

        labels.Sort((a, b) => a.Name.CompareTo(b.Name));
        return [.. labels];
    }

    /// <summary>Writes the labels that a selection keeps, ordered by number of the name; returns how many.</summary>
    public int Select(Functions.LabelSelection selection, ref LabelId[] into)
    {
        if (into.Length < _count) into = new LabelId[_count * 2];
        var count = 0;
        for (var i = 0; i < _count; i++)
        {
            if (selection.Keeps(_entries[i].Name) && _entries[i].Symbol != SymbolTable.Empty) into[count++] = new LabelId(_entries[i].Name, SymbolOf(i));
        }

        into.AsSpan(0, count).Sort((a, b) => a.Name.CompareTo(b.Name));
        return count;
    }

    private int SymbolOf(int index)
    {
        ref var entry = ref _entries[index];
        if (entry.Symbol < 0) entry = entry with { Symbol = symbols.Intern(ValueOf(entry)) };
        return entry.Symbol;
    }

    private ReadOnlySpan<byte> ValueOf(Entry entry) =>
        entry.Symbol >= 0 ? symbols.GetUtf8(entry.Symbol) : _buffer.AsSpan(entry.Start, entry.Length);

    private int IndexOf(int name)
    {
        for (var i = 0; i < _count; i++)
        {
            if (_entries[i].Name == name) return i;
        }

        return -1;
    }

    private void Put(Entry entry)
    {
        var index = IndexOf(entry.Name);
        if (index >= 0) _entries[index] = entry;
        else Append(entry);
    }

    private void Append(Entry entry)
    {
        if (_count == _entries.Length) Array.Resize(ref _entries, _count * 2);
        _entries[_count++] = entry;
    }

    private readonly record struct Entry(int Name, int Symbol, int Start, int Length, LabelCategory Category);
}
