using System.Buffers;
using System.Globalization;
using System.Text;

namespace Triptych.TraceQL.Syntax;

/// <summary>
/// Cuts query text into tokens. Scopes are read together with what follows them (<c>span.http.route</c>,
/// <c>trace:rootName</c>), because attribute names may contain what elsewhere are operators (<c>- / + * %</c>).
/// </summary>
internal sealed class Lexer(string text)
{
    private static readonly SearchValues<char> MantissaChars = SearchValues.Create("0123456789.");

    private int _offset;
    private int _line = 1;
    private int _lineStart;

    /// <summary>Tokens with a closing <see cref="TokenKind.End"/>, or the first error.</summary>
    public static (List<Token>? Tokens, TraceQLError? Error) Tokenize(string text)
    {
        var lexer = new Lexer(text);
        var tokens = new List<Token>();
        while (true)
        {
            var (token, error) = lexer.Next();
            if (error is not null)
            {
                return (null, error);
            }

            tokens.Add(token);
            if (token.Kind == TokenKind.End)
            {
                return (tokens, null);
            }
        }
    }

    /// <summary>Whether an unquoted attribute name may contain this character.</summary>
    public static bool IsAttributeChar(char unit) =>
        !char.IsWhiteSpace(unit)
        && !char.IsControl(unit)
        && unit is not ('{' or '}' or '(' or ')' or '=' or '~' or '!' or '<' or '>' or '&' or '|' or '^' or ',');

    private SourcePosition Here => At(_offset);

    private char Current => Peek(0);

    private SourcePosition At(int offset) => new(offset, _line, offset - _lineStart + 1);

    private char Peek(int ahead) => _offset + ahead < text.Length ? text[_offset + ahead] : '\0';

    private (Token Token, TraceQLError? Error) Next()
    {
        SkipBlanks();
        var start = Here;
        if (_offset == text.Length)
        {
            return (new Token(TokenKind.End, start, "end of query"), null);
        }

        if (char.IsAsciiDigit(Current) || (Current == '.' && char.IsAsciiDigit(Peek(1))))
        {
            return Number(start);
        }

        if (Current is '"' or '`')
        {
            var (value, error) = StringLiteral(start);
            return error is null
                ? (new Token(TokenKind.Literal, start, text[start.Offset.._offset], StaticValue.OfString(value!)), null)
                : (default, error);
        }

        if (Current == '.')
        {
            _offset++;
            return Attribute(start, FieldScope.None, ofParent: false);
        }

        if (char.IsAsciiLetter(Current) || Current == '_')
        {
            return Word(start);
        }

        return Operator(start);
    }

    private void SkipBlanks()
    {
        while (_offset < text.Length)
        {
            if (text[_offset] == '\n')
            {
                _offset++;
                _line++;
                _lineStart = _offset;
            }
            else if (char.IsWhiteSpace(text[_offset]))
            {
                _offset++;
            }
            else if (Current == '/' && Peek(1) == '/')
            {
                var end = text.IndexOf('\n', _offset);
                _offset = end < 0 ? text.Length : end;
            }
            else
            {
                return;
            }
        }
    }

    private string TakeWord()
    {
        var start = _offset;
        while (char.IsAsciiLetterOrDigit(Current) || Current == '_')
        {
            _offset++;
        }

        return text[start.._offset];
    }

    private (Token Token, TraceQLError? Error) Word(SourcePosition start)
    {
        var word = TakeWord();
        if (Current == '.')
        {
            if (ScopeOf(word) is { } scope)
            {
                _offset++;
                return Attribute(start, scope, ofParent: false);
            }

            if (word == "parent")
            {
                _offset++;
                return ParentAttribute(start);
            }
        }
        else if (Current == ':')
        {
            _offset++;
            var spelling = word + ":" + TakeWord();
            return Intrinsics.TryFind(spelling, out var intrinsic)
                ? (new Token(TokenKind.Field, start, spelling, Field: new IntrinsicReference(intrinsic, spelling)), null)
                : (default, Error(start, $"unknown intrinsic {spelling}"));
        }

        return (new Token(TokenKind.Identifier, start, word), null);
    }

    private (Token Token, TraceQLError? Error) ParentAttribute(SourcePosition start)
    {
        foreach (var (prefix, scope) in new[] { ("span.", FieldScope.Span), ("resource.", FieldScope.Resource) })
        {
            if (string.CompareOrdinal(text, _offset, prefix, 0, prefix.Length) == 0)
            {
                _offset += prefix.Length;
                return Attribute(start, scope, ofParent: true);
            }
        }

        return Attribute(start, FieldScope.None, ofParent: true);
    }

    private (Token Token, TraceQLError? Error) Attribute(SourcePosition start, FieldScope scope, bool ofParent)
    {
        var name = new StringBuilder();
        while (_offset < text.Length)
        {
            if (Current == '"')
            {
                var (part, error) = StringLiteral(Here);
                if (error is not null)
                {
                    return (default, error);
                }

                name.Append(part);
            }
            else if (IsAttributeChar(Current))
            {
                name.Append(Current);
                _offset++;
            }
            else
            {
                break;
            }
        }

        if (name.Length == 0)
        {
            return (default, Error(start, "an attribute needs a name"));
        }

        var reference = new AttributeReference(scope, name.ToString(), ofParent);
        return (new Token(TokenKind.Field, start, text[start.Offset.._offset], Field: reference), null);
    }

    private static FieldScope? ScopeOf(string word) => word switch
    {
        "span" => FieldScope.Span,
        "resource" => FieldScope.Resource,
        "event" => FieldScope.Event,
        "link" => FieldScope.Link,
        "instrumentation" => FieldScope.Instrumentation,
        _ => null,
    };

    private (Token Token, TraceQLError? Error) Number(SourcePosition start)
    {
        while (char.IsAsciiLetterOrDigit(Current) || Current is '.' or 'µ' or 'μ' or '_'
               || (Current is '+' or '-' && IsExponentSign(start.Offset)))
        {
            _offset++;
        }

        var written = text[start.Offset.._offset];
        if (ParseNumber(written) is { } value)
        {
            return (new Token(TokenKind.Literal, start, written, value), null);
        }

        return (default, Error(start, $"{written} is neither a number nor a duration, or is out of range"));
    }

    private bool IsExponentSign(int start) =>
        text[_offset - 1] is 'e' or 'E'
        && char.IsAsciiDigit(Peek(1))
        && !text.AsSpan(start, _offset - 1 - start).ContainsAnyExcept(MantissaChars);

    private static StaticValue? ParseNumber(string written)
    {
        const NumberStyles FloatStyle = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (long.TryParse(written, NumberStyles.None, CultureInfo.InvariantCulture, out var integer))
        {
            return StaticValue.OfInteger(integer);
        }

        if (written.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return long.TryParse(written.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out integer) && integer >= 0
                ? StaticValue.OfInteger(integer)
                : null;
        }

        if (written.AsSpan().ContainsAny(".eE") && double.TryParse(written, FloatStyle, CultureInfo.InvariantCulture, out var number))
        {
            return double.IsFinite(number) ? StaticValue.OfFloat(number) : null;
        }

        return DurationLiteral.TryParse(written, out var nanos) ? StaticValue.OfDuration(nanos) : null;
    }

    private (string? Value, TraceQLError? Error) StringLiteral(SourcePosition start)
    {
        var quote = Current;
        _offset++;
        if (quote == '`')
        {
            return RawString(start);
        }

        var value = new StringBuilder();
        while (true)
        {
            switch (Current)
            {
                case '\0' when _offset >= text.Length:
                case '\n':
                    return (null, Error(start, "a string is not closed"));
                case '"':
                    _offset++;
                    return (value.ToString(), null);
                case '\\':
                    var escape = Here;
                    _offset++;
                    if (!Escape(value))
                    {
                        return (null, Error(escape, "unknown escape in a string"));
                    }

                    break;
                default:
                    value.Append(Current);
                    _offset++;
                    break;
            }
        }
    }

    private (string? Value, TraceQLError? Error) RawString(SourcePosition start)
    {
        var end = text.IndexOf('`', _offset);
        if (end < 0)
        {
            return (null, Error(start, "a string is not closed"));
        }

        var value = text[_offset..end];
        for (var i = _offset; i < end; i++)
        {
            if (text[i] == '\n')
            {
                _line++;
                _lineStart = i + 1;
            }
        }

        _offset = end + 1;
        return (value, null);
    }

    private bool Escape(StringBuilder value)
    {
        var unit = Current;
        _offset++;
        switch (unit)
        {
            case 'a': value.Append('\a'); return true;
            case 'b': value.Append('\b'); return true;
            case 'f': value.Append('\f'); return true;
            case 'n': value.Append('\n'); return true;
            case 'r': value.Append('\r'); return true;
            case 't': value.Append('\t'); return true;
            case 'v': value.Append('\v'); return true;
            case '\\': value.Append('\\'); return true;
            case '"': value.Append('"'); return true;
            case 'x': return CodePoint(value, 2);
            case 'u': return CodePoint(value, 4);
            case 'U': return CodePoint(value, 8);
            default: return false;
        }
    }

    private bool CodePoint(StringBuilder value, int digits)
    {
        if (_offset + digits > text.Length
            || !int.TryParse(text.AsSpan(_offset, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            || !Rune.IsValid(code))
        {
            return false;
        }

        _offset += digits;
        value.Append(new Rune(code).ToString());
        return true;
    }

    private (Token Token, TraceQLError? Error) Operator(SourcePosition start)
    {
        var (kind, length) = OperatorTable.Match(text.AsSpan(_offset));
        if (length == 0)
        {
            return (default, Error(start, $"unexpected character {StaticValue.Quote(text.Substring(_offset, 1))}"));
        }

        _offset += length;
        return (new Token(kind, start, text.Substring(start.Offset, length)), null);
    }

    private static TraceQLError Error(SourcePosition position, string message) => new(TraceQLErrorKind.Syntax, message, position);
}
