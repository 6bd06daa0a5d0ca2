using System.Collections;
using System.ComponentModel;
using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text;

namespace Triptych.Server.Configuration;

/// <summary>Writes the reference of the configuration file (<c>docs/configuration.md</c>) from the same classes that the binder fills.</summary>
public static class ConfigReference
{
    private const string Introduction =
        """
        # Configuration

        Triptych needs no configuration: every option has a default. What differs stands in one YAML file (`triptych serve --config triptych.yaml`); environment
        variables go over the file, and the command line goes over both. `triptych check config triptych.yaml` names every problem with its line and column.

        An editor that knows YAML schemas completes and checks the file with this first line:

        ```yaml
        # yaml-language-server: $schema=./docs/triptych.schema.json
        ```

        Durations are written as in Prometheus (`15s`, `5m`, `1h30m`), sizes as `64MiB`, `5GB` or a plain number of bytes. A key without a value keeps its default; a key that
        is not known is an error, and so is a variable `TRIPTYCH_…` that is no option. Secrets go best into a file or the environment. `global` and `scrape_configs` are written as in a
        Prometheus file and can be pasted from one. Other parts of such a file, `global.external_labels`, `alerting` and `rule_files` among them, are refused: leave them out.

        This page is written by `triptych schema --markdown`, the schema by `triptych schema`.

        """;

    /// <summary>The whole page.</summary>
    public static string Write()
    {
        var text = new StringBuilder(Introduction.ReplaceLineEndings("\n"));
        WriteSection(text, "", "Top level", typeof(ServerConfig), new ServerConfig(), "", canComeFromEnvironment: true);
        return text.ToString();
    }

    private static void WriteSection(
        StringBuilder text, string path, string title, Type type, object defaults, string description, bool canComeFromEnvironment)
    {
        text.Append("\n## ").Append(title).Append("\n\n");
        if (description.Length > 0) text.Append(description).Append("\n\n");
        var sections = new List<PropertyInfo>();
        if (ConfigNames.OptionsOf(type).Any(o => SectionType(o.PropertyType) is null)) text.Append("| Option | Value | Default | |\n|---|---|---|---|\n");
        foreach (var option in ConfigNames.OptionsOf(type))
        {
            var key = ConfigNames.ToSnakeCase(option.Name);
            if (SectionType(option.PropertyType) is not null) sections.Add(option);
            else text.Append(
                CultureInfo.InvariantCulture,
                $"| `{key}` | {Kind(option.PropertyType)} | {Default(option.GetValue(defaults))} | {Describe(option)} |\n");
        }

        var hasVariables = canComeFromEnvironment && path.Length > 0 && ConfigNames.OptionsOf(type).Any(o => OptionTypes.IsScalar(o.PropertyType));
        if (hasVariables)
        {
            text.Append("\nVariables: ").AppendJoin(", ", ConfigNames.OptionsOf(type).Where(o => OptionTypes.IsScalar(o.PropertyType))
                .Select(o => $"`{ConfigNames.ToVariable([.. path.Split('.'), ConfigNames.ToSnakeCase(o.Name)])}`")).Append(".\n");
        }

        foreach (var option in sections)
        {
            var key = ConfigNames.ToSnakeCase(option.Name);
            var section = SectionType(option.PropertyType)!;
            var isList = section != option.PropertyType;
            var optionPath = path.Length == 0 ? key : $"{path}.{key}";
            var value = isList ? null : option.GetValue(defaults);
            WriteSection(
                text, optionPath, $"`{optionPath}`" + (isList ? " (a list)" : ""), section, value ?? Activator.CreateInstance(section)!, Describe(option),
                canComeFromEnvironment && value is not null);
        }
    }

    /// <summary>The class of a section or of a list of sections; null for anything else.</summary>
    private static Type? SectionType(Type type)
    {
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(List<>)) return SectionType(type.GetGenericArguments()[0]);
        return type.IsGenericType || OptionTypes.IsScalar(type) ? null : type;
    }

    private static string Kind(Type type)
    {
        if (!type.IsGenericType || Nullable.GetUnderlyingType(type) is not null) return OptionTypes.Describe(type);
        var arguments = type.GetGenericArguments();
        return typeof(IDictionary).IsAssignableFrom(type) ? $"a map to {Kind(arguments[1])}" : $"a list of {Kind(arguments[0])}";
    }

    private static string Default(object? value) => value switch
    {
        null => "",
        string { Length: 0 } => "",
        bool flag => flag ? "`true`" : "`false`",
        TimeSpan time => $"`{Duration(time)}`",
        Enum choice => $"`{ConfigNames.ToSnakeCase(choice.ToString())}`",
        string or int or double or ByteSize or IPAddress => string.Create(CultureInfo.InvariantCulture, $"`{value}`"),
        _ => "",
    };

    private static string Duration(TimeSpan time)
    {
        if (time == TimeSpan.Zero) return "0";
        if (time.Ticks % TimeSpan.TicksPerDay == 0 && time > TimeSpan.FromDays(2)) return string.Create(CultureInfo.InvariantCulture, $"{time.Ticks / TimeSpan.TicksPerDay}d");
        if (time.Ticks % TimeSpan.TicksPerHour == 0) return string.Create(CultureInfo.InvariantCulture, $"{time.Ticks / TimeSpan.TicksPerHour}h");
        if (time.Ticks % TimeSpan.TicksPerMinute == 0) return string.Create(CultureInfo.InvariantCulture, $"{time.Ticks / TimeSpan.TicksPerMinute}m");
        return time.Ticks % TimeSpan.TicksPerSecond == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{time.Ticks / TimeSpan.TicksPerSecond}s")
            : string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds}ms");
    }

    private static string Describe(PropertyInfo option) =>
        (option.GetCustomAttribute<DescriptionAttribute>()?.Description ?? "").Replace("|", "\\|", StringComparison.Ordinal);
}
