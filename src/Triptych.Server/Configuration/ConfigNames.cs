using System.Reflection;
using System.Text;

namespace Triptych.Server.Configuration;

/// <summary>How a C# name is written in the file and in the environment.</summary>
internal static class ConfigNames
{
    /// <summary>Before the name of every environment variable that sets an option.</summary>
    public const string EnvironmentPrefix = "TRIPTYCH_";

    /// <summary><c>MaxBodyBytes</c> → <c>max_body_bytes</c>.</summary>
    public static string ToSnakeCase(string name)
    {
        var text = new StringBuilder(name.Length + 8);
        for (var i = 0; i < name.Length; i++)
        {
            if (char.IsUpper(name[i]) && i > 0 && !char.IsUpper(name[i - 1])) text.Append('_');
            text.Append(char.ToLowerInvariant(name[i]));
        }

        return text.ToString();
    }

    /// <summary><c>listen</c>, <c>address</c> → <c>TRIPTYCH_LISTEN_ADDRESS</c>.</summary>
    public static string ToVariable(IEnumerable<string> path) => EnvironmentPrefix + string.Join('_', path).ToUpperInvariant();

    /// <summary>The options of a section, in order of declaration.</summary>
    public static IEnumerable<PropertyInfo> OptionsOf(Type section) =>
        section.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite).OrderBy(p => p.MetadataToken);

    /// <summary>The option that a section may be written as alone, where it has one: its <c>Mode</c>.</summary>
    public static PropertyInfo? ModeOf(Type section) => section.GetProperty("Mode") is { PropertyType.IsEnum: true } mode ? mode : null;
}
