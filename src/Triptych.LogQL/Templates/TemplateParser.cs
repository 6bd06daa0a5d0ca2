using System.Globalization;
using Triptych.LogQL.Syntax.Literals;

namespace Triptych.LogQL.Templates;

/// <summary>Reads a template; stops at the first problem.</summary>
internal sealed class TemplateParser(string text)
{
    private const int MaxDepth = 50;

    /// <summary>Commands of a pipeline lean on each other, so this bounds the depth of an evaluation too.</summary>
    private const int MaxCommands = 500;

    private static readonly string[] s_unsupportedActions = ["range", "with", "define", "template", "block", "break", "continue"];

    private int _at;
    private int _depth;
    private int _commands;

    public TemplateProblem? Problem { get; private set; }

    public IReadOnlyList<TemplateNode> Parse()
    {
        var nodes = ParseNodes(out var end);
        if (end is not null) Fail($"unexpected {{{{{end}}}}}");
        return nodes;
    }

    private void Fail(string message, bool unsupported = false) => Problem ??= new TemplateProblem(message, unsupported);

    /// <summary>Nodes up to the end of the text or the word that closes a block, which is taken.</summary>
    private List<TemplateNode> ParseNodes(out string? end)
    {
        var nodes = new List<TemplateNode>();
        end = null;
        while (Problem is null && _at < text.Length)
        {
            var open = text.IndexOf("{{", _at, StringComparison.Ordinal);
            var plain = open < 0 ? text[_at..] : text[_at..open];
            var trims = open >= 0 && open + 3 < text.Length && text[open + 2] == '-' && char.IsWhiteSpace(text[open + 3]);
            if (trims) plain = plain.TrimEnd();
            if (plain.Length > 0) nodes.Add(new TextNode(plain));
            if (open < 0)
            {
                _at = text.Length;
                break;
            }

            _at = open + (trims ? 3 : 2);
            SkipBlanks();
            if (text.AsSpan(_at).StartsWith("/*"))
            {
                SkipComment();
                continue;
            }

            var start = _at;
            var word = TakeWord();
            if (word is "end" or "else")
            {
                end = word;
                return nodes;
            }

            if (word == "if")
            {
                nodes.Add(ParseIf());
                continue;
            }

            if (s_unsupportedActions.Contains(word, StringComparer.Ordinal)) Fail($"{word} in a template", unsupported: true);
            _at = start;
            nodes.Add(new ActionNode(ParsePipeline()));
            Close();
        }

        return nodes;
    }

    private IfNode ParseIf()
    {
        var condition = ParsePipeline();
        Close();
        if (!TryEnter()) return new IfNode(condition, [], []);
        var then = ParseNodes(out var end);
        IReadOnlyList<TemplateNode> otherwise = [];
        if (end == "else")
        {
            SkipBlanks();
            var start = _at;
            if (TakeWord() == "if")
            {
                otherwise = [ParseIf()];
                _depth--;
                return new IfNode(condition, then, otherwise);
            }

            _at = start;
            Close();
            otherwise = ParseNodes(out end);
        }

        if (end != "end") Fail("missing {{end}}");
        Close();
        _depth--;
        return new IfNode(condition, then, otherwise);
    }

    /// <summary>False, with a problem, where parentheses and blocks nest too deeply; nothing may go on then.</summary>
    private bool TryEnter()
    {
        if (Problem is not null) return false;
        if (++_depth <= MaxDepth) return true;
        Fail("template is nested too deeply");
        return false;
    }

    private void SkipComment()
    {
        var end = text.IndexOf("*/", _at, StringComparison.Ordinal);
        if (end < 0)
        {
            Fail("unclosed comment");
            return;
        }

        _at = end + 2;
        Close();
    }

    private void Close()
    {
        SkipBlanks();
        var trims = text.AsSpan(_at).StartsWith("-}}");
        if (!trims && !text.AsSpan(_at).StartsWith("}}"))
        {
            Fail(_at >= text.Length ? "unclosed action" : $"unexpected {StringLiteral.Quote(text[_at].ToString())} in an action");
            return;
        }

        _at += trims ? 3 : 2;
        if (trims) SkipBlanks();
    }

    private TemplatePipeline ParsePipeline()
    {
        TemplateExpression? last = null;
        if (!TryEnter()) return new TemplatePipeline(new LiteralExpression(""));
        do
        {
            last = ParseCommand(last);
            if (++_commands > MaxCommands) Fail("template has too many commands");
            SkipBlanks();
        }
        while (Problem is null && TryTake('|'));
        _depth--;
        return new TemplatePipeline(last ?? new LiteralExpression(""));
    }

    private TemplateExpression? ParseCommand(TemplateExpression? piped)
    {
        SkipBlanks();
        var start = _at;
        var word = TakeWord();
        if (word.Length > 0 && word is not ("true" or "false"))
        {
            var function = TemplateFunctions.Find(word);
            if (function is null)
            {
                Fail($"function {StringLiteral.Quote(word)} in a template", unsupported: true);
                return null;
            }

            var arguments = new List<TemplateExpression>();
            while (Problem is null && ParseOperand() is { } argument) arguments.Add(argument);
            var count = arguments.Count + (piped is null ? 0 : 1);
            if (Problem is null && (count < function.MinArguments || count > function.MaxArguments))
                Fail($"wrong number of arguments for {word}: {count}");
            return new CallExpression(function, arguments, piped);
        }

        _at = start;
        var operand = ParseOperand();
        if (operand is null) Fail("missing value in an action");
        if (piped is not null) Fail("a value cannot take what is piped into it");
        return operand;
    }

    private TemplateExpression? ParseOperand()
    {
        SkipBlanks();
        if (_at >= text.Length) return null;
        switch (text[_at])
        {
            case '(':
                _at++;
                var inner = ParsePipeline();
                SkipBlanks();
                if (!TryTake(')')) Fail("unclosed left paren");
                return inner;
            case '.':
                _at++;
                var name = TakeWord();
                if (name.Length == 0) Fail("the dot alone in a template", unsupported: true);
                if (_at < text.Length && text[_at] == '.') Fail("a chain of fields in a template", unsupported: true);
                return new FieldExpression(name);
            case '"' or '`':
                return ParseString();
            case '$':
                Fail("a variable in a template", unsupported: true);
                return null;
            case var c when char.IsAsciiDigit(c) || (c is '-' or '+' && _at + 1 < text.Length && char.IsAsciiDigit(text[_at + 1])):
                return ParseNumber();
            default:
                return ParseWordOperand();
        }
    }

    private TemplateExpression? ParseWordOperand()
    {
        var word = TakeWord();
        if (word.Length == 0) return null;
        if (word is "true" or "false") return new LiteralExpression(word == "true");
        if (TemplateFunctions.Find(word) is { MinArguments: 0 } function) return new CallExpression(function, [], null);
        Fail($"function {StringLiteral.Quote(word)} as an argument without parentheses", unsupported: true);
        return null;
    }

    private LiteralExpression? ParseString()
    {
        var end = StringLiteral.FindEnd(text, _at);
        if (end < 0)
        {
            Fail("unterminated string in an action");
            return null;
        }

        if (!StringLiteral.TryUnquote(text.AsSpan(_at, end - _at), out var value, out var problem)) Fail(problem);
        _at = end;
        return new LiteralExpression(value);
    }

    private LiteralExpression? ParseNumber()
    {
        var start = _at++;
        while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] is '.' or '_')) _at++;
        var number = text[start.._at];
        if (long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
            return new LiteralExpression(whole);
        if (double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var real)) return new LiteralExpression(real);
        Fail($"bad number {StringLiteral.Quote(number)}");
        return null;
    }

    private string TakeWord()
    {
        var start = _at;
        while (_at < text.Length && (char.IsAsciiLetter(text[_at]) || text[_at] == '_' || (_at > start && char.IsAsciiDigit(text[_at]))))
            _at++;
        return text[start.._at];
    }

    private bool TryTake(char c)
    {
        if (_at >= text.Length || text[_at] != c) return false;
        _at++;
        return true;
    }

    private void SkipBlanks()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at])) _at++;
    }
}
