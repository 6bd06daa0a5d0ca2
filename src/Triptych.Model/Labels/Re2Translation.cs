using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Triptych.Model.Labels;

/// <summary>One pass over an RE2 expression that writes the .NET expression with the same meaning.</summary>
internal sealed class Re2Translation
{
    private const int MaxRepeat = 1000;
    private const int MaxDepth = 250;

    private static readonly SearchValues<char> s_operators = SearchValues.Create(@"\.*+?()[]{}|^$");

    private readonly string _source;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _literal = new();
    private readonly List<string> _groupNames = [];
    private readonly Stack<(bool Multiline, bool DotAll, bool Ungreedy)> _outer = new();
    private string _longestLiteral = "";
    private bool _literalsUnsure;
    private bool _multiline;
    private bool _dotAll = true;
    private bool _ungreedy;
    private int _index;

    private Re2Translation(string source) => _source = source;

    public string Text => _output.ToString();

    public IReadOnlyList<string> GroupNames => _groupNames;

    /// <summary>A text that each match contains; empty where none is certain.</summary>
    public string RequiredLiteral => _literalsUnsure ? "" : _longestLiteral;

    /// <summary>True where the expression has no operator at all.</summary>
    public bool IsLiteral => _source.Length > 0 && !_source.AsSpan().ContainsAny(s_operators);

    /// <summary>Empty, or what cannot be carried over.</summary>
    public string Problem { get; private set; } = "";

    public static Re2Translation Of(string source)
    {
        var translation = new Re2Translation(source);
        while (translation._index < source.Length && translation.Problem.Length == 0)
            translation.Step();
        translation.EndLiteral();
        if (translation._outer.Count > 0 && translation.Problem.Length == 0) translation.Problem = "missing closing )";
        return translation;
    }

    private void Step()
    {
        var c = _source[_index];
        switch (c)
        {
            case '(':
                EndLiteral();
                OpenGroup();
                break;
            case ')':
                EndLiteral();
                if (_outer.Count == 0)
                {
                    Problem = "unexpected )";
                    return;
                }
                (_multiline, _dotAll, _ungreedy) = _outer.Pop();
                Emit(")", 1);
                break;
            case '[':
                EndLiteral();
                ReadClass();
                break;
            case '\\':
                ReadEscape();
                break;
            case '|':
                EndLiteral();
                _literalsUnsure |= _outer.Count == 0;
                Emit("|", 1);
                break;
            case '$':
                EndLiteral();
                Emit(_multiline ? "$" : @"\z", 1);
                break;
            case '.':
                EndLiteral();
                Emit(IsRepeatedWithoutEnd(1) ? "." : OrPair(_dotAll ? "" : @"\n"), 1);
                break;
            case '^':
                EndLiteral();
                Emit("^", 1);
                break;
            case '*' or '?' or '+':
                EndLiteral();
                EmitRepeat(c.ToString(), 1);
                break;
            case '{':
                ReadRepeat();
                break;
            default:
                Literal(_source.Substring(_index, char.IsHighSurrogate(c) && _index + 1 < _source.Length ? 2 : 1), _index);
                break;
        }
    }

    // .NET counts units of UTF-16, RE2 characters, of which some are two. Any number of them is the same either way.
    private static string OrPair(string notAmong) => $@"(?:[^\uD800-\uDBFF{notAmong}]|[\uD800-\uDBFF][\uDC00-\uDFFF])";

    private bool IsRepeatedWithoutEnd(int ahead) => Next(ahead, '*') || Next(ahead, '+');

    private void Emit(string text, int used)
    {
        _output.Append(text);
        _index += used;
    }

    /// <summary>Writes a plain text and notes it as required, unless a quantifier makes it optional.</summary>
    private void Literal(string text, int start, int used = -1)
    {
        used = used < 0 ? text.Length : used;
        _output.Append(text.Length == 2 ? "(?:" + text + ")" : Regex.Escape(text));
        _index = start + used;
        if (_outer.Count > 0)
            return;
        var next = _index < _source.Length ? _source[_index] : '\0';
        if (next is '*' or '?' or '{')
        {
            EndLiteral();
            return;
        }
        _literal.Append(text);
        if (next == '+')
            EndLiteral();
    }

    private void EndLiteral()
    {
        if (_literal.Length > _longestLiteral.Length)
            _longestLiteral = _literal.ToString();
        _literal.Clear();
    }

    private void OpenGroup()
    {
        if (_outer.Count >= MaxDepth)
        {
            Problem = "expression nests too deeply";
            return;
        }
        if (!Next(1, '?'))
        {
            _outer.Push((_multiline, _dotAll, _ungreedy));
            Emit("(", 1);
            return;
        }
        var rest = _source.AsSpan(_index + 2);
        if (rest.StartsWith("P<") || (rest.StartsWith("<") && !rest.StartsWith("<=") && !rest.StartsWith("<!")))
        {
            OpenNamedGroup(rest);
            return;
        }
        OpenFlags(rest);
    }

    private void OpenNamedGroup(ReadOnlySpan<char> rest)
    {
        var nameStart = rest.IndexOf('<') + 1;
        var length = rest[nameStart..].IndexOf('>');
        var name = length > 0 ? rest.Slice(nameStart, length).ToString() : "";
        if (!IsGroupName(name))
        {
            Problem = "invalid named capture";
            return;
        }
        if (_groupNames.Contains(name, StringComparer.Ordinal))
        {
            Problem = "duplicate group name " + name;
            return;
        }
        _groupNames.Add(name);
        _outer.Push((_multiline, _dotAll, _ungreedy));
        Emit("(?<" + name + ">", 2 + nameStart + length + 1);
    }

    private void OpenFlags(ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOfAny(':', ')');
        if (end < 0)
        {
            Problem = "missing closing )";
            return;
        }
        var multiline = _multiline;
        var dotAll = _dotAll;
        var ungreedy = _ungreedy;
        var on = true;
        foreach (var flag in rest[..end])
        {
            switch (flag)
            {
                case '-' when on: on = false; break;
                case 'm': multiline = on; break;
                case 'i': _literalsUnsure |= on; break;
                case 's': dotAll = on; break;
                case 'U': ungreedy = on; break;
                default:
                    Problem = "invalid or unsupported group syntax (?" + rest[..Math.Min(end, 10)].ToString();
                    return;
            }
        }
        if (rest[end] == ':')
            _outer.Push((_multiline, _dotAll, _ungreedy));
        (_multiline, _dotAll, _ungreedy) = (multiline, dotAll, ungreedy);
        var flags = rest[..end].ToString().Replace("U", "", StringComparison.Ordinal).TrimEnd('-');
        Emit(flags.Length == 0 && rest[end] == ')' ? "" : "(?" + flags + rest[end], end + 3);
    }

    private static bool IsGroupName(string name)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
            return false;
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
                return false;
        }
        return true;
    }

    private void ReadRepeat()
    {
        var end = _source.IndexOf('}', _index);
        var inner = end < 0 ? "" : _source[(_index + 1)..end];
        var parts = inner.Split(',');
        if (parts.Length > 2 || !IsDigits(parts[0]) || (parts.Length == 2 && parts[1].Length > 0 && !IsDigits(parts[1])))
        {
            Literal("{", _index);
            return;
        }
        EndLiteral();
        foreach (var part in parts)
        {
            if (part.Length > 4 || (part.Length > 0 && int.Parse(part, CultureInfo.InvariantCulture) > MaxRepeat))
            {
                Problem = "invalid repeat count {" + inner[..Math.Min(inner.Length, 20)] + "}";
                return;
            }
        }
        EmitRepeat("{" + inner + "}", inner.Length + 2);
    }

    /// <summary>Writes a quantifier; under the flag U, which .NET does not have, one that takes most takes least, and the other way round.</summary>
    private void EmitRepeat(string text, int used)
    {
        Emit(text, used);
        if (!_ungreedy) return;
        if (Next(0, '?')) _index++;
        else _output.Append('?');
    }

    private static bool IsDigits(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExceptInRange('0', '9');

    private bool Next(int ahead, char c) => _index + ahead < _source.Length && _source[_index + ahead] == c;

    private void ReadEscape()
    {
        if (_index + 1 >= _source.Length)
        {
            Problem = "trailing backslash at end of expression";
            return;
        }
        var c = _source[_index + 1];
        switch (c)
        {
            case 'A' or 'z' or 'b' or 'B':
                EndLiteral();
                Emit("\\" + c, 2);
                break;
            case 'd' or 'w' or 's' or 'D' or 'W' or 'S':
                EndLiteral();
                var members = Re2Classes.Perl(char.ToLowerInvariant(c));
                if (char.IsLower(c)) Emit("[" + members + "]", 2);
                else Emit(IsRepeatedWithoutEnd(2) ? "[^" + members + "]" : OrPair(members), 2);
                break;
            case 'p' or 'P':
                EndLiteral();
                ReadUnicodeClass();
                break;
            case 'Q':
                ReadQuoted();
                break;
            default:
                if (TryReadCharacter(out var text, out var used))
                    Literal(text, _index, used);
                break;
        }
    }

    private void ReadQuoted()
    {
        var end = _source.IndexOf("\\E", _index + 2, StringComparison.Ordinal);
        var quoted = end < 0 ? _source[(_index + 2)..] : _source[(_index + 2)..end];
        _output.Append(Regex.Escape(quoted));
        EndLiteral();
        _index = end < 0 ? _source.Length : end + 2;
    }

    private void ReadUnicodeClass()
    {
        var name = Next(2, '{')
            ? _source[(_index + 3)..].Split('}')[0]
            : _source.Substring(_index + 2, Math.Min(1, _source.Length - _index - 2));
        if (!Re2Classes.IsGeneralCategory(name))
        {
            Problem = @"unsupported character class \p{" + name[..Math.Min(name.Length, 20)] + "}";
            return;
        }
        var used = Next(2, '{') ? name.Length + 4 : 3;
        if (_index + used > _source.Length)
        {
            Problem = "invalid character class";
            return;
        }
        Emit("\\" + _source[_index + 1] + "{" + name + "}", used);
    }

    /// <summary>The single character that an escape stands for.</summary>
    private bool TryReadCharacter(out string text, out int used)
    {
        var c = _source[_index + 1];
        used = 2;
        text = c switch
        {
            'a' => "\a",
            'f' => "\f",
            't' => "\t",
            'n' => "\n",
            'r' => "\r",
            'v' => "\v",
            '0' => "\0",
            _ => "",
        };
        if (text.Length > 0)
            return true;
        if (c == 'x')
            return TryReadHex(out text, out used);
        if (char.IsAsciiLetterOrDigit(c))
        {
            Problem = "invalid escape sequence \\" + c;
            return false;
        }
        text = c.ToString();
        return true;
    }

    private bool TryReadHex(out string text, out int used)
    {
        text = "";
        used = 0;
        var braced = Next(2, '{');
        var start = _index + (braced ? 3 : 2);
        var end = braced ? _source.IndexOf('}', start) : start + 2;
        if (end < 0 || end > _source.Length || end - start > 8
            || !uint.TryParse(
                _source.AsSpan(start, end - start), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            || !Rune.IsValid(code))
        {
            Problem = "invalid escape sequence \\x";
            return false;
        }
        text = new Rune(code).ToString();
        used = end - _index + (braced ? 1 : 0);
        return true;
    }

    private void ReadClass()
    {
        var start = _output.Length;
        _output.Append('[');
        _index++;
        var isNegated = _index < _source.Length && _source[_index] == '^';
        if (isNegated)
            Emit("^", 1);
        for (var first = true; Problem.Length == 0; first = false)
        {
            if (_index >= _source.Length)
            {
                Problem = "missing closing ]";
                return;
            }
            var c = _source[_index];
            if (c == ']' && !first)
            {
                if (isNegated && !IsRepeatedWithoutEnd(1))
                {
                    var members = _output.ToString(start + 2, _output.Length - start - 2);
                    _output.Length = start;
                    Emit(OrPair(members), 1);
                    return;
                }
                Emit("]", 1);
                return;
            }
            ReadClassItem(c);
        }
    }

    private void ReadClassItem(char c)
    {
        if (c == '[' && Next(1, ':'))
        {
            var end = _source.IndexOf(":]", _index + 2, StringComparison.Ordinal);
            var posix = end < 0 ? null : Re2Classes.Posix(_source[(_index + 2)..end]);
            if (posix is null)
                Problem = "invalid or unsupported character class range";
            else
                Emit(posix, end + 2 - _index);
        }
        else if (c == '\\' && _index + 1 < _source.Length)
        {
            ReadClassEscape(_source[_index + 1]);
        }
        else if (char.IsSurrogate(c))
        {
            Problem = "characters beyond U+FFFF in a class are not supported";
        }
        else
        {
            Emit(c is '[' or ']' or '\\' ? "\\" + c : c.ToString(), 1);
        }
    }

    private void ReadClassEscape(char c)
    {
        switch (c)
        {
            case 'd' or 'w' or 's':
                Emit(Re2Classes.Perl(c), 2);
                break;
            case 'D' or 'W' or 'S':
                Emit(Re2Classes.NotPerl(c), 2);
                break;
            case 'p' or 'P':
                ReadUnicodeClass();
                break;
            default:
                if (!TryReadCharacter(out var text, out var used))
                    return;
                if (text.Length > 1)
                    Problem = "characters beyond U+FFFF in a class are not supported";
                else
                    Emit(string.Create(CultureInfo.InvariantCulture, $"\\u{(int)text[0]:x4}"), used);
                break;
        }
    }
}
