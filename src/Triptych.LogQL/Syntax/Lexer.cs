using System.Diagnostics.CodeAnalysis;
using Triptych.LogQL.Syntax.Literals;

namespace Triptych.LogQL.Syntax;

/// <summary>Cuts a query text into tokens; stops at the first character or literal that is none.</summary>
internal sealed class Lexer
{
    private readonly string _text;
    private readonly List<Token> _tokens = [];
    private int _offset;
    private int _line = 1;
    private int _column = 1;
    private LogQLParseError? _error;

    private Lexer(string text) => _text = text;

    public static bool TryTokenize(
        string text, [NotNullWhen(true)] out List<Token>? tokens, [NotNullWhen(false)] out LogQLParseError? error)
    {
        var lexer = new Lexer(text);
        while (lexer._error is null && lexer.SkipBlanks())
            lexer.ReadToken();
        error = lexer._error;
        if (error is not null)
        {
            tokens = null;
            return false;
        }
        lexer._tokens.Add(new Token(TokenKind.End, lexer.Here, ""));
        tokens = lexer._tokens;
        return true;
    }

    private SourcePosition Here => new(_line, _column);

    private char Current => _offset < _text.Length ? _text[_offset] : '\0';

    private char Following => _offset + 1 < _text.Length ? _text[_offset + 1] : '\0';

    private void Advance()
    {
        var c = _text[_offset++];
        if (c == '\n')
        {
            _line++;
            _column = 1;
        }
        else if (!char.IsLowSurrogate(c))
        {
            _column++;
        }
    }

    private void AdvanceTo(int offset)
    {
        while (_offset < offset)
            Advance();
    }

    private bool SkipBlanks()
    {
        while (_offset < _text.Length)
        {
            if (Current is ' ' or '\t' or '\r' or '\n')
            {
                Advance();
            }
            else if (Current == '#')
            {
                while (_offset < _text.Length && Current != '\n')
                    Advance();
            }
            else
            {
                return true;
            }
        }
        return false;
    }

    private void ReadToken()
    {
        var c = Current;
        if (IsIdentifierStart(c))
            ReadIdentifier();
        else if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(Following)))
            ReadQuantity();
        else if (c is '"' or '`')
            ReadString();
        else if (c == '[')
            ReadRange();
        else if (c == '-' && Following == '-' && _offset + 2 < _text.Length && IsIdentifierStart(_text[_offset + 2]))
            ReadFlag();
        else
            ReadOperator();
    }

    private static bool IsIdentifierStart(char c) => char.IsAsciiLetter(c) || c == '_';

    private static bool IsIdentifierPart(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    private void ReadIdentifier()
    {
        var start = _offset;
        var position = Here;
        while (IsIdentifierPart(Current))
            Advance();
        _tokens.Add(new Token(TokenKind.Identifier, position, _text[start.._offset]));
    }

    private void ReadFlag()
    {
        var start = _offset;
        var position = Here;
        AdvanceTo(_offset + 2);
        while (IsIdentifierPart(Current) || Current == '-')
            Advance();
        _tokens.Add(new Token(TokenKind.Flag, position, _text[start.._offset]));
    }

    private void ReadQuantity()
    {
        var start = _offset;
        var position = Here;
        while (char.IsAsciiLetterOrDigit(Current) || Current is '.' or '_' or 'µ' or 'μ' || IsExponentSign(start))
            Advance();
        var text = _text[start.._offset];
        if (Quantities.TryParseNumber(text, out var number))
            _tokens.Add(new Token(TokenKind.Number, position, text, Number: number));
        else if (Quantities.TryParseDuration(text, out var nanos))
            _tokens.Add(new Token(TokenKind.Duration, position, text, Nanos: nanos));
        else if (Quantities.TryParseBytes(text, out var bytes))
            _tokens.Add(new Token(TokenKind.Bytes, position, text, Number: bytes));
        else
            Fail(position, $"\"{Shortened(text)}\" is no number, duration or size");
    }

    /// <summary>
    /// The sign in <c>1e-3</c>: only after an e that follows nothing but digits, so that <c>0x1e-3</c> stays a subtraction.
    /// </summary>
    private bool IsExponentSign(int start)
    {
        if (Current is not ('+' or '-') || _offset == start || _text[_offset - 1] is not ('e' or 'E') || !char.IsAsciiDigit(Following))
            return false;
        foreach (var c in _text.AsSpan(start, _offset - 1 - start))
        {
            if (!char.IsAsciiDigit(c) && c != '.')
                return false;
        }
        return true;
    }

    private void ReadString()
    {
        var position = Here;
        var end = StringLiteral.FindEnd(_text, _offset);
        if (end < 0)
        {
            Fail(position, "string is not closed");
            return;
        }
        if (!StringLiteral.TryUnquote(_text.AsSpan(_offset, end - _offset), out var value, out var problem))
        {
            Fail(position, problem);
            return;
        }
        AdvanceTo(end);
        _tokens.Add(new Token(TokenKind.String, position, value));
    }

    private void ReadRange()
    {
        var position = Here;
        var end = _text.IndexOf(']', _offset);
        if (end < 0)
        {
            Fail(position, "missing closing ']' in duration");
            return;
        }
        var text = _text[(_offset + 1)..end].Trim();
        if (!Quantities.TryParseDuration(text, out var nanos))
        {
            Fail(position, $"not a valid duration string: \"{Shortened(text)}\"");
            return;
        }
        if (nanos <= 0)
        {
            Fail(position, "a range must be longer than zero");
            return;
        }
        AdvanceTo(end + 1);
        _tokens.Add(new Token(TokenKind.Range, position, "[" + text + "]", Nanos: nanos));
    }

    private void ReadOperator()
    {
        var two = (Current, Following) switch
        {
            ('|', '=') => TokenKind.PipeExact,
            ('|', '~') => TokenKind.PipeMatch,
            ('|', '>') => TokenKind.PipePattern,
            ('!', '=') => TokenKind.NotEqual,
            ('!', '~') => TokenKind.NotMatch,
            ('!', '>') => TokenKind.NotPattern,
            ('=', '~') => TokenKind.Match,
            ('=', '=') => TokenKind.Equal,
            ('>', '=') => TokenKind.GreaterOrEqual,
            ('<', '=') => TokenKind.LessOrEqual,
            _ => TokenKind.End,
        };
        if (two != TokenKind.End)
        {
            Add(two, 2);
            return;
        }
        var one = Current switch
        {
            '{' => TokenKind.OpenBrace,
            '}' => TokenKind.CloseBrace,
            '(' => TokenKind.OpenParen,
            ')' => TokenKind.CloseParen,
            ',' => TokenKind.Comma,
            '|' => TokenKind.Pipe,
            '=' => TokenKind.Assign,
            '>' => TokenKind.Greater,
            '<' => TokenKind.Less,
            '+' => TokenKind.Plus,
            '-' => TokenKind.Minus,
            '*' => TokenKind.Star,
            '/' => TokenKind.Slash,
            '%' => TokenKind.Percent,
            '^' => TokenKind.Caret,
            _ => TokenKind.End,
        };
        if (one != TokenKind.End)
            Add(one, 1);
        else if (Current == '\'')
            Fail(Here, "strings are written in double quotes or backticks");
        else
            Fail(Here, $"unexpected character {StringLiteral.Quote(Current.ToString())}");
    }

    private void Add(TokenKind kind, int length)
    {
        _tokens.Add(new Token(kind, Here, _text.Substring(_offset, length)));
        AdvanceTo(_offset + length);
    }

    private void Fail(SourcePosition position, string message) => _error ??= new LogQLParseError(position, message);

    private static string Shortened(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
