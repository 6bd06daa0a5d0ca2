using System.Globalization;

namespace Triptych.PromQL.Syntax;

/// <summary>
/// Cuts a query into tokens, one at a time. A malformed token has <see cref="TokenKind.Error"/> and a message; after it, and
/// after the end, the same token comes again. Inside <c>[ ]</c> and <c>{ }</c> a colon does not belong to identifiers.
/// </summary>
public sealed class Lexer(string query)
{
    private readonly string _query = query;
    private int _position;
    private int _brackets;
    private int _braces;
    private Token? _stuck;

    /// <summary>Reads the next token.</summary>
    public Token Next()
    {
        if (_stuck is { } stuck)
            return stuck;
        SkipBlanksAndComments();
        var token = _position >= _query.Length ? Simple(TokenKind.EndOfInput, 0) : Read(_query[_position]);
        if (token.Kind is TokenKind.EndOfInput or TokenKind.Error)
            _stuck = token;
        return token;
    }

    private void SkipBlanksAndComments()
    {
        while (_position < _query.Length)
        {
            var c = _query[_position];
            if (c == '#')
            {
                var lineEnd = _query.IndexOf('\n', _position);
                _position = lineEnd < 0 ? _query.Length : lineEnd;
            }
            else if (c is ' ' or '\t' or '\n' or '\r')
            {
                _position++;
            }
            else
            {
                return;
            }
        }
    }

    private Token Read(char c)
    {
        switch (c)
        {
            case '(': return Simple(TokenKind.LeftParen, 1);
            case ')': return Simple(TokenKind.RightParen, 1);
            case '{': _braces++; return Simple(TokenKind.LeftBrace, 1);
            case '}': _braces--; return Simple(TokenKind.RightBrace, 1);
            case '[': _brackets++; return Simple(TokenKind.LeftBracket, 1);
            case ']': _brackets--; return Simple(TokenKind.RightBracket, 1);
            case ',': return Simple(TokenKind.Comma, 1);
            case '@': return Simple(TokenKind.At, 1);
            case '+': return Simple(TokenKind.Add, 1);
            case '-': return Simple(TokenKind.Subtract, 1);
            case '*': return Simple(TokenKind.Multiply, 1);
            case '/': return Simple(TokenKind.Divide, 1);
            case '%': return Simple(TokenKind.Modulo, 1);
            case '^': return Simple(TokenKind.Power, 1);
            case '=': return ReadEquals();
            case '!': return ReadBang();
            case '<':
            case '>': return ReadAngle(c);
            case '"':
            case '\'': return ReadQuoted(c);
            case '`': return ReadRaw();
            case ':' when _brackets > 0: return Simple(TokenKind.Colon, 1);
        }
        if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(PeekAt(1))))
            return ReadNumberOrDuration();
        if (IsIdentifierStart(c) || (c == ':' && _braces <= 0))
            return ReadIdentifier();
        return Error(_position, _position + 1, $"unexpected character: '{c}'");
    }

    private char PeekAt(int offset) => _position + offset < _query.Length ? _query[_position + offset] : '\0';

    private static bool IsIdentifierStart(char c) => char.IsAsciiLetter(c) || c == '_';

    private Token Simple(TokenKind kind, int length)
    {
        var token = new Token(kind, new SourceSpan(_position, _position + length), "", 0);
        _position += length;
        return token;
    }

    private static Token Error(int start, int end, string message) => new(TokenKind.Error, new SourceSpan(start, end), message, 0);

    private Token ReadEquals() => PeekAt(1) switch
    {
        '=' => Simple(TokenKind.Equal, 2),
        '~' => Simple(TokenKind.EqualRegex, 2),
        _ => Simple(TokenKind.Assign, 1),
    };

    private Token ReadBang() => PeekAt(1) switch
    {
        '=' => Simple(TokenKind.NotEqual, 2),
        '~' => Simple(TokenKind.NotEqualRegex, 2),
        '\0' => Error(_position, _position + 1, "unexpected end of input after '!'"),
        var other => Error(_position, _position + 2, $"unexpected character after '!': '{other}'"),
    };

    private Token ReadAngle(char c) => (c, PeekAt(1)) switch
    {
        ('<', '=') => Simple(TokenKind.LessOrEqual, 2),
        ('>', '=') => Simple(TokenKind.GreaterOrEqual, 2),
        ('<', '/') => Simple(TokenKind.TrimUpper, 2),
        ('>', '/') => Simple(TokenKind.TrimLower, 2),
        ('<', _) => Simple(TokenKind.Less, 1),
        _ => Simple(TokenKind.Greater, 1),
    };

    private Token ReadQuoted(char quote)
    {
        var start = _position;
        var at = start + 1;
        while (at < _query.Length && _query[at] != quote && _query[at] != '\n')
            at += _query[at] == '\\' ? 2 : 1;
        if (at >= _query.Length || _query[at] != quote)
            return Error(start, Math.Min(at, _query.Length), "unterminated quoted string");
        if (!QuotedString.TryUnescape(_query.AsSpan(start + 1, at - start - 1), quote, out var text))
            return Error(start, at + 1, "bad escape sequence in quoted string");
        _position = at + 1;
        return new Token(TokenKind.String, new SourceSpan(start, _position), text, 0);
    }

    private Token ReadRaw()
    {
        var start = _position;
        var close = _query.IndexOf('`', start + 1);
        if (close < 0)
            return Error(start, _query.Length, "unterminated raw string");
        _position = close + 1;
        return new Token(TokenKind.String, new SourceSpan(start, _position), _query[(start + 1)..close], 0);
    }

    private Token ReadIdentifier()
    {
        var start = _position;
        var colons = _brackets <= 0 && _braces <= 0;
        while (_position < _query.Length
            && (IsIdentifierStart(_query[_position]) || char.IsAsciiDigit(_query[_position]) || (colons && _query[_position] == ':')))
            _position++;
        return new Token(TokenKind.Identifier, new SourceSpan(start, _position), _query[start.._position], 0);
    }

    private Token ReadNumberOrDuration()
    {
        var start = _position;
        var hexadecimal = _query[start] == '0' && (PeekAt(1) is 'x' or 'X');
        var end = hexadecimal ? start + 2 : start;
        while (end < _query.Length
            && (char.IsAsciiLetterOrDigit(_query[end]) || _query[end] is '_' or '.' || IsExponentSign(end, start, hexadecimal)))
            end++;
        var text = _query.AsSpan(start, end - start);
        var span = new SourceSpan(start, end);
        _position = end;
        if (NumberText.TryParseNumber(text, out var number))
        {
            if (double.IsInfinity(number))
                return Error(start, end, $"error parsing number: strconv.ParseFloat: parsing \"{text}\": value out of range");
            return new Token(TokenKind.Number, span, "", number);
        }
        if (NumberText.TryParseDuration(text, out var milliseconds))
            return new Token(TokenKind.Duration, span, "", milliseconds / 1000.0);
        return Error(start, end, string.Create(CultureInfo.InvariantCulture, $"bad number or duration syntax: \"{text}\""));
    }

    // "1e-3" is one token, "1m-3" and "0x1e-3" are not.
    private bool IsExponentSign(int at, int start, bool hexadecimal) =>
        !hexadecimal && (_query[at] is '+' or '-') && at > start && (_query[at - 1] is 'e' or 'E') && at + 1 < _query.Length
        && char.IsAsciiDigit(_query[at + 1]);
}
