using System.Text;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;

namespace Triptych.LogQL.Stages;

/// <summary>
/// A stage that makes labels out of the line. It keeps only the wanted ones where the query's answer cannot show the others.
/// </summary>
internal abstract class ParserRowStage(SymbolTable symbols, IReadOnlySet<string>? wanted) : RowStage
{
    private const int MaxRememberedKeys = 64;

    private readonly HashSet<int>? _wanted = wanted is null ? null : [.. wanted.Select(symbols.Intern)];
    private readonly Dictionary<int, int> _names = [];
    private readonly List<(byte[] Key, int Name)> _lastKeys = [];

    protected SymbolTable Symbols { get; } = symbols;

    /// <summary>Whether a finding without a value is a label, empty, in the lines of the answer.</summary>
    protected bool KeepsEmpty { get; init; }

    /// <summary>
    /// The label for a key that the line has: letters, digits and underscores, no digit first. <see cref="SymbolTable.Empty"/> where
    /// nothing wants it.
    /// Lines of one program have the same keys in the same order, so what the last line had at this place is tried before anything is
    /// hashed.
    /// </summary>
    /// <param name="key">The key, nested ones joined.</param>
    /// <param name="place">How many keys of the line came before.</param>
    protected int NameFor(scoped ReadOnlySpan<byte> key, int place)
    {
        if (place < _lastKeys.Count && key.SequenceEqual(_lastKeys[place].Key)) return _lastKeys[place].Name;
        var raw = Symbols.Intern(key);
        if (!_names.TryGetValue(raw, out var name))
        {
            var text = Sanitize(Symbols.GetString(raw));
            var isWanted = wanted is null || wanted.Contains(text) || wanted.Contains(text + "_extracted");
            name = isWanted ? Symbols.Intern(text) : SymbolTable.Empty;
            _names.Add(raw, name);
        }

        if (place < _lastKeys.Count) _lastKeys[place] = (key.ToArray(), name);
        else if (place < MaxRememberedKeys) _lastKeys.Add((key.ToArray(), name));
        return name;
    }

    /// <summary>Puts a finding into the row's labels.</summary>
    protected void Keep(ref Row row, int name, scoped ReadOnlySpan<byte> value)
    {
        if (name == SymbolTable.Empty) return;
        name = row.Labels.ParsedName(name);
        if (_wanted is not null && !_wanted.Contains(name)) return;
        if (value.IsEmpty && KeepsEmpty) row.Labels.SetSymbol(name, SymbolTable.Empty, LabelCategory.Parsed);
        else row.Labels.Set(name, value, LabelCategory.Parsed);
    }

    /// <summary>Puts the fields into the row's labels that the store knows; false where the line is to be parsed.</summary>
    protected bool TryKeepKnown(ref Row row)
    {
        if (row.Known is not { } known) return false;
        Span<byte> number = stackalloc byte[FieldNumber.MaxTextBytes];
        for (var label = 0; label < known.Count; label++)
        {
            ref readonly var value = ref known.ValueOf(label);
            if (value.Kind == FieldKind.Number) Keep(ref row, known.NameOf(label), number[..value.WriteNumber(number)]);
            else if (value.Kind == FieldKind.Text) Keep(ref row, known.NameOf(label), Symbols.GetUtf8((int)value.Bits));
        }

        return true;
    }

    private static string Sanitize(string key)
    {
        var text = new StringBuilder(key.Length + 1);
        foreach (var c in key.Trim())
        {
            if (text.Length == 0 && char.IsAsciiDigit(c)) text.Append('_');
            text.Append(char.IsAsciiLetterOrDigit(c) || c == '_' ? c : '_');
        }

        return text.ToString();
    }
}
