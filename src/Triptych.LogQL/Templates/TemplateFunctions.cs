namespace Triptych.LogQL.Templates;

/// <summary>A function of the templates. <see cref="Run"/> gives null where it cannot be carried out on these values.</summary>
internal sealed record TemplateFunction(int MinArguments, int MaxArguments, Func<object[], ITemplateScope, object?> Run);

/// <summary>All functions by name.</summary>
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
        return all;
    }
}
