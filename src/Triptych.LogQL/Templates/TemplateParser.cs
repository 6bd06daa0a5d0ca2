using Triptych.LogQL.Syntax.Literals;

namespace Triptych.LogQL.Templates;

/// <summary>Reads the text and the blocks of a template; stops at the first problem.</summary>
internal sealed class TemplateParser(TemplateCursor cursor, PipelineReader pipelines)
{
    private readonly Dictionary<string, DefinedTemplate> _defined = new(StringComparer.Ordinal);
    private int _loops;
    private int _blocks;

    public IReadOnlyList<TemplateNode> Parse()
    {
        var nodes = ParseNodes(out var end);
        if (end is not null) cursor.Fail($"unexpected {{{{{end}}}}}");
        return nodes;
    }

    /// <summary>Nodes up to the end of the text or the word that closes a block, which is taken.</summary>
    private List<TemplateNode> ParseNodes(out string? end)
    {
        var nodes = new List<TemplateNode>();
        end = null;
        while (cursor.Problem is null && !cursor.IsAtEnd)
        {
            if (!TryOpen(nodes)) break;
            if (cursor.TryTake("/*"))
            {
                SkipComment();
                continue;
            }

            var start = cursor.At;
            var word = cursor.TakeWord();
            if (word is "end" or "else")
            {
                end = word;
                return nodes;
            }

            if (word == "define") Define();
            else nodes.Add(ParseAction(word, start));
        }

        return nodes;
    }

    /// <summary>Takes the text before the next action and the action's opening; false where there is no action.</summary>
    private bool TryOpen(List<TemplateNode> nodes)
    {
        var text = cursor.Text;
        var open = text.IndexOf("{{", cursor.At, StringComparison.Ordinal);
        var plain = open < 0 ? text[cursor.At..] : text[cursor.At..open];
        var trims = open >= 0 && open + 3 < text.Length && text[open + 2] == '-' && char.IsWhiteSpace(text[open + 3]);
        if (trims) plain = plain.TrimEnd();
        if (plain.Length > 0) nodes.Add(new TextNode(plain));
        cursor.At = open < 0 ? text.Length : open + (trims ? 3 : 2);
        cursor.SkipBlanks();
        return open >= 0;
    }

    private TemplateNode ParseAction(string word, int start)
    {
        switch (word)
        {
            case "if" or "with":
                return ParseCondition(word);
            case "range":
                return ParseRange();
            case "break" or "continue":
                if (_loops == 0) cursor.Fail($"{{{{{word}}}}} outside {{{{range}}}}");
                cursor.Close();
                return new JumpNode(word == "break" ? TemplateFlow.Break : TemplateFlow.Continue);
            case "template" or "block":
                return ParseCall(word);
            default:
                cursor.At = start;
                var pipeline = pipelines.Read();
                cursor.Close();
                return new ActionNode(pipeline);
        }
    }

    private void Define()
    {
        if (_blocks > 0) cursor.Fail("unexpected {{define}}");
        var name = pipelines.ReadName();
        cursor.Close();
        ParseDefinition(name);
    }

    /// <summary>A call; a block defines on the spot what it calls.</summary>
    private CallNode ParseCall(string word)
    {
        var name = pipelines.ReadName();
        cursor.SkipBlanks();
        var hasArgument = word == "block" || !cursor.IsAtClose;
        var argument = hasArgument ? pipelines.Read() : null;
        cursor.Close();
        if (word == "block") ParseDefinition(name);
        return new CallNode(name, argument, _defined);
    }

    private void ParseDefinition(string name)
    {
        var (loops, variables) = (_loops, pipelines.BeginTemplate());
        _loops = 0;
        if (cursor.TryEnter())
        {
            _blocks++;
            var nodes = ParseNodes(out var end);
            _blocks--;
            CloseBlock(end);
            if (!_defined.TryAdd(name, new DefinedTemplate(nodes, pipelines.MostVariables)))
                cursor.Fail($"multiple definition of template {StringLiteral.Quote(name)}");
        }

        cursor.Leave();
        pipelines.EndTemplate(variables);
        _loops = loops;
    }

    private TemplateNode ParseCondition(string word)
    {
        var known = pipelines.VariableCount;
        var condition = pipelines.Read();
        cursor.Close();
        IReadOnlyList<TemplateNode> then = [], otherwise = [];
        if (cursor.TryEnter()) (then, otherwise) = ParseBranches();
        cursor.Leave();
        pipelines.ForgetVariables(known);
        return word == "if" ? new IfNode(condition, then, otherwise) : new WithNode(condition, then, otherwise);
    }

    private RangeNode ParseRange()
    {
        var known = pipelines.VariableCount;
        var over = pipelines.ReadRange(out var key, out var item);
        cursor.Close();
        IReadOnlyList<TemplateNode> body = [], otherwise = [];
        _loops++;
        if (cursor.TryEnter()) (body, otherwise) = ParseBranches(isLoop: true);
        cursor.Leave();
        pipelines.ForgetVariables(known);
        return new RangeNode(over, key, item, body, otherwise);
    }

    private (IReadOnlyList<TemplateNode> Then, IReadOnlyList<TemplateNode> Else) ParseBranches(bool isLoop = false)
    {
        var known = pipelines.VariableCount;
        _blocks++;
        var then = ParseNodes(out var end);
        _blocks--;
        if (isLoop) _loops--;
        pipelines.ForgetVariables(known);
        if (end == "else")
        {
            cursor.SkipBlanks();
            var start = cursor.At;
            var word = cursor.TakeWord();
            // The end of a condition after else is the end of both.
            if (word is "if" or "with" && !isLoop) return (then, [ParseCondition(word)]);
            cursor.At = start;
            cursor.Close();
            _blocks++;
            var otherwise = ParseNodes(out end);
            _blocks--;
            pipelines.ForgetVariables(known);
            CloseBlock(end);
            return (then, otherwise);
        }

        CloseBlock(end);
        return (then, []);
    }

    private void CloseBlock(string? end)
    {
        if (end != "end") cursor.Fail("missing {{end}}");
        cursor.Close();
    }

    private void SkipComment()
    {
        var end = cursor.Text.IndexOf("*/", cursor.At, StringComparison.Ordinal);
        if (end < 0)
        {
            cursor.Fail("unclosed comment");
            return;
        }

        cursor.At = end + 2;
        cursor.Close();
    }
}
