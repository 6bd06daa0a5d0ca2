using System.Reflection;

namespace Triptych.Api.Admin;

/// <summary>Which build this is.</summary>
public sealed record BuildInfo(string Version, string Revision)
{
    /// <summary>Reads it from an assembly's informational version (<c>0.1.0+revision</c>).</summary>
    public static BuildInfo Of(Assembly assembly)
    {
        var text = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
        var plus = text.IndexOf('+', StringComparison.Ordinal);
        return plus < 0 ? new BuildInfo(text, "") : new BuildInfo(text[..plus], text[(plus + 1)..]);
    }

    /// <summary>The body that Prometheus, Loki and Tempo answer with, each in its own envelope.</summary>
    public IReadOnlyDictionary<string, string> ToDictionary() => new Dictionary<string, string>
    {
        ["version"] = Version,
        ["revision"] = Revision,
        ["branch"] = "",
        ["buildUser"] = "",
        ["buildDate"] = "",
        ["goVersion"] = "",
    };
}
