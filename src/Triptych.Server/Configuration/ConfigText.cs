using System.Collections;
using System.Globalization;
using System.Text;
using Triptych.Primitives.Text;

namespace Triptych.Server.Configuration;

/// <summary>Writes a configuration in force as YAML, for <c>/api/v1/status/config</c>. Secrets stand as <c>&lt;secret&gt;</c>.</summary>
public static class ConfigText
{
    private const string Secret = "<secret>";

    private static readonly HashSet<string> Secrets = new(StringComparer.Ordinal) { "Token", "Password", "Credentials", "SecretKey", "Headers" };

    /// <summary>The whole configuration.</summary>
    public static string Write(ServerConfig config)
    {
        var text = new StringBuilder();
        WriteSection(text, config, "");
        return text.ToString();
    }

    private static void WriteSection(StringBuilder text, object section, string indent)
    {
        foreach (var option in ConfigNames.OptionsOf(section.GetType()))
        {
            var value = option.GetValue(section);
            if (value is null) continue;
            text.Append(indent).Append(ConfigNames.ToSnakeCase(option.Name)).Append(':');
            WriteValue(text, Secrets.Contains(option.Name) && value is not IDictionary { Count: 0 } ? Secret : value, indent);
        }
    }

    private static void WriteValue(StringBuilder text, object value, string indent)
    {
        switch (value)
        {
            case IDictionary { Count: 0 }:
                text.Append(" {}\n");
                break;
            case IDictionary map:
                text.Append('\n');
                foreach (DictionaryEntry entry in map)
                {
                    text.Append(indent).Append("  ").Append(Quote(entry.Key.ToString()!)).Append(':');
                    WriteValue(text, entry.Value!, indent + "  ");
                }

                break;
            case string or ValueType:
                text.Append(' ').Append(Scalar(value)).Append('\n');
                break;
            case System.Net.IPAddress address:
                text.Append(' ').Append(Quote(address.ToString())).Append('\n');
                break;
            case IList { Count: 0 }:
                text.Append(" []\n");
                break;
            case IList list:
                text.Append('\n');
                foreach (var item in list) WriteItem(text, item!, indent + "  ");
                break;
            default:
                text.Append('\n');
                WriteSection(text, value, indent + "  ");
                break;
        }
    }

    private static void WriteItem(StringBuilder text, object item, string indent)
    {
        if (item is string or ValueType)
        {
            text.Append(indent).Append("- ").Append(Scalar(item)).Append('\n');
            return;
        }

        var section = new StringBuilder();
        WriteSection(section, item, indent + "  ");
        text.Append(indent).Append("- ").Append(section.ToString().AsSpan(indent.Length + 2));
    }

    private static string Scalar(object value) => value switch
    {
        string s => Quote(s),
        bool b => b ? "true" : "false",
        TimeSpan duration => Durations.FormatPrometheus(duration.Ticks * 100),
        Enum e => ConfigNames.ToSnakeCase(e.ToString()),
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => Quote(value.ToString() ?? ""),
    };

    private static string Quote(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal)}\"";
}
