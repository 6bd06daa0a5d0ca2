using System.Text;
using Triptych.Columnar.Symbols;

namespace Triptych.LogQL.Stages;

/// <summary>A stage that makes labels out of the line. It keeps only the wanted ones where the query's answer cannot show the others.</summary>
internal abstract class ParserRowStage(SymbolTable symbols, IReadOnlySet<string>? wanted) : RowStage
{
    private readonly HashSet<int>? _wanted = wanted is null ? null : [.. wanted.Select(symbols.Intern)];
    private readonly Dictionary<int, int> _sanitized = [];

    protected SymbolTable Symbols { get; } = symbols;

    /// <summary>The label for a key that the line has: letters, digits and underscores, no digit first.</summary>
    protected int NameFor(scoped ReadOnlySpan<byte> key)
    {
        var raw = Symbols.Intern(key);
        if (_sanitized.TryGetValue(raw, out var name)) return name;
        name = Symbols.Intern(Sanitize(Symbols.GetString(raw)));
        _sanitized.Add(raw, name);
        return name;
    }

    /// <summary>Puts a finding into the row's labels.</summary>
    protected void Keep(ref Row row, int name, scoped ReadOnlySpan<byte> value)
    {
        name = row.Labels.ParsedName(name);
        if (name != SymbolTable.Empty && (_wanted is null || _wanted.Contains(name))) row.Labels.Set(name, value, LabelCategory.Parsed);
    }

    /// <summary>Whether a finding of this name would be kept.</summary>
    protected bool IsWanted(ref Row row, int name) => _wanted is null || _wanted.Contains(row.Labels.ParsedName(name));

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
