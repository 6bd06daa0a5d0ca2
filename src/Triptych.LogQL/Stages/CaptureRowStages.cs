using System.Text;
using System.Text.RegularExpressions;
using Triptych.Columnar.Symbols;
using Triptych.LogQL.Syntax;
using Triptych.Model.Labels;

namespace Triptych.LogQL.Stages;

/// <summary><c>regexp</c>: each named group that took part becomes a label.</summary>
internal sealed class RegexpRowStage(RegexpStage stage, SymbolTable symbols, IReadOnlySet<string>? wanted) : ParserRowStage(symbols, wanted)
{
    private readonly Regex _regex = RegexSyntax.TryCompileUnanchored(stage.Regex, out _)!;

    private readonly List<(string Group, int Label)> _groups =
        [.. RegexSyntax.TryAnalyze(stage.Regex, out _)!.GroupNames.Select(name => (name, symbols.Intern(name)))];

    public override bool Apply(ref Row row)
    {
        var match = _regex.Match(Encoding.UTF8.GetString(row.Line));
        if (!match.Success) return true;
        foreach (var (group, label) in _groups)
        {
            if (match.Groups[group].Success) Keep(ref row, label, Encoding.UTF8.GetBytes(match.Groups[group].Value));
        }

        return true;
    }
}

/// <summary><c>pattern</c>: what stands between the texts becomes labels.</summary>
internal sealed class PatternRowStage : ParserRowStage
{
    private readonly PatternMatcher _matcher;
    private readonly int[] _labels;
    private readonly (int Start, int Length)[] _captures;

    public PatternRowStage(PatternStage stage, SymbolTable symbols, IReadOnlySet<string>? wanted)
        : base(symbols, wanted)
    {
        _matcher = new PatternMatcher(stage.Template);
        _labels = [.. _matcher.CaptureNames.Select(name => name == "_" ? SymbolTable.Empty : symbols.Intern(name))];
        _captures = new (int, int)[_labels.Length];
    }

    public override bool Apply(ref Row row)
    {
        var count = _matcher.Capture(row.Line, _captures);
        for (var i = 0; i < count; i++)
        {
            if (_labels[i] != SymbolTable.Empty) Keep(ref row, _labels[i], row.Line.Slice(_captures[i].Start, _captures[i].Length));
        }

        return true;
    }
}

/// <summary><c>unpack</c>: the texts of an object become labels, its <c>_entry</c> the line.</summary>
internal sealed class UnpackRowStage(SymbolTable symbols, IReadOnlySet<string>? wanted) : ParserRowStage(symbols, wanted)
{
    private byte[] _text = new byte[256];
    private byte[] _entry = new byte[1024];
    private byte[] _key = new byte[256];
    private int _place;

    public override bool Apply(ref Row row)
    {
        _place = 0;
        var json = new JsonText(row.Line);
        if (!TryUnpack(ref row, ref json, out var entryLength)) row.Labels.Fail(JsonRowStage.Error, "the line is not a packed JSON object");
        else if (entryLength >= 0) row.Line = _entry.AsSpan(0, entryLength);
        return true;
    }

    private bool TryUnpack(ref Row row, ref JsonText json, out int entryLength)
    {
        entryLength = -1;
        if (!json.TryTake((byte)'{')) return false;
        if (json.TryTake((byte)'}')) return true;
        do
        {
            if (!json.TryReadString(out var key, out var escaped) || !json.TryTake((byte)':')) return false;
            if (escaped) key = JsonText.Unescape(key, ref _key);
            if (json.Peek() != JsonKind.String)
            {
                if (!json.TrySkip(out _)) return false;
                continue;
            }

            if (!json.TryReadString(out var value, out escaped)) return false;
            if (escaped) value = JsonText.Unescape(value, ref _text);
            if (key.SequenceEqual("_entry"u8))
            {
                if (_entry.Length < value.Length) _entry = new byte[value.Length * 2];
                value.CopyTo(_entry);
                entryLength = value.Length;
            }
            else
            {
                Keep(ref row, NameFor(key, _place++), value);
            }
        }
        while (json.TryTake((byte)','));
        return json.TryTake((byte)'}');
    }
}
