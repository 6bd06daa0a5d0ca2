using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Triptych.LogQL.Templates;

/// <summary>Why a template cannot be used; <paramref name="IsUnsupported"/> where it is valid Go and not evaluated here.</summary>
internal sealed record TemplateProblem(string Message, bool IsUnsupported);

/// <summary>
/// A Go template as line_format and label_format take it: text, <c>{{ }}</c> with labels (<c>.name</c>), literals, functions, pipelines,
/// variables, if, with and range.
/// What a row makes of it is bounded by <see cref="MaxOutputLength"/>.
/// </summary>
internal sealed class Template
{
    public const string Error = "TemplateFormatErr";

    /// <summary>The most characters that one row can make, and that one value can have: some more than the longest line that is taken in.</summary>
    public const int MaxOutputLength = 12 << 20;

    private readonly IReadOnlyList<TemplateNode> _nodes;
    private readonly int _variables;

    private Template(IReadOnlyList<TemplateNode> nodes, int variables)
    {
        _nodes = nodes;
        _variables = variables;
    }

    public static bool TryParse(string text, [NotNullWhen(true)] out Template? template, [NotNullWhen(false)] out TemplateProblem? problem)
    {
        var cursor = new TemplateCursor(text);
        var pipelines = new PipelineReader(cursor);
        var nodes = new TemplateParser(cursor, pipelines).Parse();
        problem = cursor.Problem;
        template = problem is null ? new Template(nodes, pipelines.MostVariables) : null;
        return problem is null;
    }

    /// <summary>A template that is known to be valid.</summary>
    /// <exception cref="ArgumentException">It is not.</exception>
    public static Template Parse(string text) =>
        TryParse(text, out var template, out var problem) ? template : throw new ArgumentException(problem.Message, nameof(text));

    /// <summary>Writes the template for a row; false where it cannot be carried out.</summary>
    public bool TryWrite(ITemplateScope scope, StringBuilder into) =>
        TemplateNode.WriteAll(_nodes, new TemplateFrame(scope, _variables), into) == TemplateFlow.Next;
}
