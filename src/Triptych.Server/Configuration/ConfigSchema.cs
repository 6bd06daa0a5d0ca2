using System.ComponentModel;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Triptych.Server.Configuration;

/// <summary>Writes the JSON schema of the configuration file for editors, from the same classes that the binder fills.</summary>
public static class ConfigSchema
{
    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The schema as text.</summary>
    public static string Write()
    {
        var root = Section(typeof(ServerConfig));
        var schema = new Dictionary<string, object>
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "Triptych configuration",
        };
        foreach (var (key, value) in root) schema[key] = value;
        return JsonSerializer.Serialize(schema, Format) + "\n";
    }

    private static Dictionary<string, object> Section(Type type) => new()
    {
        ["type"] = "object",
        ["additionalProperties"] = false,
        ["properties"] = ConfigNames.OptionsOf(type).ToDictionary(p => ConfigNames.ToSnakeCase(p.Name), Option),
    };

    private static object Option(PropertyInfo option)
    {
        var schema = TypeSchema(option.PropertyType);
        if (option.GetCustomAttribute<DescriptionAttribute>() is { } description) schema["description"] = description.Description;
        return schema;
    }

    private static Dictionary<string, object> TypeSchema(Type type)
    {
        if (OptionTypes.IsScalar(type)) return OptionTypes.Schema(type);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(List<>))
        {
            return new() { ["type"] = "array", ["items"] = TypeSchema(type.GetGenericArguments()[0]) };
        }

        return type.IsGenericType
            ? new() { ["type"] = "object", ["additionalProperties"] = TypeSchema(type.GetGenericArguments()[1]) }
            : ConfigNames.ModeOf(type) is { } mode
                ? new() { ["anyOf"] = new object[] { OptionTypes.Schema(mode.PropertyType), Section(type) } } : Section(type);
    }
}
