namespace Triptych.LogQL.Templates;

/// <summary>A function of the templates. <see cref="Run"/> gives null where it cannot be carried out on these values.</summary>
internal sealed record TemplateFunction(int MinArguments, int MaxArguments, Func<object[], ITemplateScope, object?> Run)
{
    /// <summary>Whether the function takes times, maps, lists and nil too; others are never given them.</summary>
    public bool TakesAny { get; init; }
}

/// <summary>All functions by name; <c>and</c> and <c>or</c>, which do not compute all their arguments, are the parser's.</summary>
internal static class TemplateFunctions
{
    private static readonly Dictionary<string, TemplateFunction> s_all = Collect();

    public static TemplateFunction? Find(string name) => s_all.GetValueOrDefault(name);

    private static Dictionary<string, TemplateFunction> Collect()
    {
        var all = new Dictionary<string, TemplateFunction>(StringComparer.Ordinal)
        {
            ["__line__"] = new(0, 0, (_, scope) => scope.Line),
        };
        TextFunctions.AddTo(all);
        NumberFunctions.AddTo(all);
        LogicFunctions.AddTo(all);
        PrintFunctions.AddTo(all);
        CollectionFunctions.AddTo(all);
        TimeFunctions.AddTo(all);
        return all;
    }
}
