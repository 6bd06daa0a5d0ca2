using Triptych.LogQL.Syntax.Literals;

namespace Triptych.LogQL.Templates;

/// <summary>A place in a template's text, the first problem met there, and how deep its parts lie in each other.</summary>
internal sealed class TemplateCursor(string text)
{
    private const int MaxDepth = 50;

    private int _depth;

    public string Text => text;

    public int At { get; set; }

    public bool IsAtEnd => At >= text.Length;

    /// <summary>Whether an action ends here.</summary>
    public bool IsAtClose => text.AsSpan(At).StartsWith("}}") || text.AsSpan(At).StartsWith("-}}");

    public TemplateProblem? Problem { get; private set; }

    public void Fail(string message, bool unsupported = false) => Problem ??= new TemplateProblem(message, unsupported);

    /// <summary>False, with a problem, where parentheses and blocks nest too deeply; nothing may go on then.</summary>
    public bool TryEnter()
    {
        if (Problem is not null) return false;
        if (++_depth <= MaxDepth) return true;
        Fail("template is nested too deeply");
        return false;
    }

    public void Leave() => _depth--;

    /// <summary>Takes the end of an action.</summary>
    public void Close()
    {
        SkipBlanks();
        var trims = text.AsSpan(At).StartsWith("-}}");
        if (!trims && !text.AsSpan(At).StartsWith("}}"))
        {
            Fail(IsAtEnd ? "unclosed action" : $"unexpected {StringLiteral.Quote(text[At].ToString())} in an action");
            return;
        }

        At += trims ? 3 : 2;
        if (trims) SkipBlanks();
    }

    public string TakeWord()
    {
        var start = At;
        while (!IsAtEnd && (char.IsAsciiLetter(text[At]) || text[At] == '_' || (At > start && char.IsAsciiDigit(text[At])))) At++;
        return text[start..At];
    }

    public bool TryTake(string mark)
    {
        if (!text.AsSpan(At).StartsWith(mark, StringComparison.Ordinal)) return false;
        At += mark.Length;
        return true;
    }

    public void SkipBlanks()
    {
        while (!IsAtEnd && char.IsWhiteSpace(text[At])) At++;
    }
}
