using System.Collections;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Triptych.Server.Configuration;

/// <summary>
/// Fills an options object from a YAML document, and over it from the environment. Keys are the snake-case names of the properties; every
/// key that is not known and every value that is not of its type is a problem with its line. Options that a document does not name, or
/// names without a value, keep the defaults of the class.
/// </summary>
internal sealed class ConfigBinder(string source)
{
    private readonly List<ConfigProblem> _problems = [];
    private readonly Dictionary<string, ConfigProblem> _places = new(StringComparer.Ordinal);
    private readonly HashSet<string> _variables = new(StringComparer.Ordinal);

    /// <summary>What was wrong, in order of the lines.</summary>
    public IReadOnlyList<ConfigProblem> Problems => _problems;

    /// <summary>The names of all variables that <see cref="BindEnvironment"/> looked for.</summary>
    public IReadOnlySet<string> Variables => _variables;

    /// <summary>Reads a document.</summary>
    public void Bind(string yaml, object into)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(yaml));
        }
        catch (YamlException e)
        {
            var (line, column) = PlaceOf(e, yaml);
            _problems.Add(new ConfigProblem(source, line, column, OneLine(e.InnerException?.Message ?? e.Message)));
            return;
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            // The library's own slip over a text that is no YAML either; it does not say where.
            _problems.Add(new ConfigProblem(source, 0, 0, $"is not valid YAML: {OneLine(e.Message)}"));
            return;
        }

        if (stream.Documents.Count == 0) return;
        if (stream.Documents.Count > 1) Report(stream.Documents[1].RootNode, "a second document begins here: a configuration is one document");
        if (IsUnset(stream.Documents[0].RootNode)) return;
        BindSection(stream.Documents[0].RootNode, into, "");
    }

    /// <summary>Sets every scalar option for which the environment has a variable (<c>TRIPTYCH_LISTEN_ADDRESS</c>).</summary>
    public void BindEnvironment(IDictionary environment, object into, IReadOnlyList<string>? path = null)
    {
        foreach (var option in ConfigNames.OptionsOf(into.GetType()))
        {
            var optionPath = (path ?? []).Append(ConfigNames.ToSnakeCase(option.Name)).ToList();
            if (OptionTypes.IsScalar(option.PropertyType))
            {
                var variable = ConfigNames.ToVariable(optionPath);
                _variables.Add(variable);
                if (environment[variable] is not string text) continue;
                var value = OptionTypes.Read(option.PropertyType, text, out var error);
                var place = new ConfigProblem($"environment variable {variable}", 0, 0, error ?? "");
                _places[string.Join('.', optionPath)] = place;
                if (error is null) option.SetValue(into, value);
                else _problems.Add(place);
            }
            else if (option.GetValue(into) is { } section and not IEnumerable)
            {
                BindEnvironment(environment, section, optionPath);
            }
        }
    }

    /// <summary>A problem of an option that could be read, placed where its value was set, or else at the section around it.</summary>
    /// <param name="path">The option's path, such as <c>listen.ui_port</c> or <c>scrape_configs[2].scheme</c>.</param>
    /// <param name="message">What is wrong; names the option.</param>
    public ConfigProblem ProblemAt(string path, string message)
    {
        for (var at = path; at.Length > 0; at = at[..Math.Max(0, at.LastIndexOfAny(['.', '[']))])
        {
            if (_places.TryGetValue(at, out var place)) return place with { Message = message };
        }

        return new ConfigProblem(source, 0, 0, message);
    }

    private void BindSection(YamlNode node, object into, string path)
    {
        var where = path.Length == 0 ? "the file" : $"\"{path}\"";
        if (node is not YamlMappingNode map)
        {
            Report(node, $"{where} has to be a map of options");
            return;
        }

        var options = ConfigNames.OptionsOf(into.GetType()).ToDictionary(p => ConfigNames.ToSnakeCase(p.Name));
        foreach (var (keyNode, valueNode) in map.Children)
        {
            var key = (keyNode as YamlScalarNode)?.Value ?? "";
            if (!options.TryGetValue(key, out var option))
            {
                Report(keyNode, $"unknown key \"{key}\" in {where} (known: {string.Join(", ", options.Keys)})");
                continue;
            }

            var optionPath = path.Length == 0 ? key : $"{path}.{key}";
            Place(optionPath, keyNode);
            if (IsUnset(valueNode)) continue;
            var value = ReadValue(valueNode, option.PropertyType, option.GetValue(into), optionPath);
            if (value is not null) option.SetValue(into, value);
        }
    }

    private object? ReadValue(YamlNode node, Type type, object? current, string path)
    {
        if (OptionTypes.IsScalar(type))
        {
            if (node is not YamlScalarNode scalar)
            {
                Report(node, $"\"{path}\" has to be {OptionTypes.Describe(type)}");
                return null;
            }

            var value = OptionTypes.Read(type, scalar.Value ?? "", out var error);
            if (error is not null) Report(node, $"\"{path}\": {error}");
            return value;
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(List<>)) return ReadList(node, type, path);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Dictionary<,>)) return ReadMap(node, type, path);

        var section = current ?? Activator.CreateInstance(type)!;

        // A section with a mode may be written as the mode alone: "auth: none".
        if (node is YamlScalarNode { Value.Length: > 0 } && ConfigNames.ModeOf(type) is { } mode)
        {
            // What stands here by mistake may be a secret: the message does not repeat it.
            var value = OptionTypes.Read(mode.PropertyType, ((YamlScalarNode)node).Value!, out var error);
            if (error is null) mode.SetValue(section, value);
            else Report(node, $"\"{path}\" has to be a map of options, or {OptionTypes.Describe(mode.PropertyType)}");
            return section;
        }

        BindSection(node, section, path);
        return section;
    }

    private IList? ReadList(YamlNode node, Type type, string path)
    {
        if (node is not YamlSequenceNode sequence)
        {
            Report(node, $"\"{path}\" has to be a list");
            return null;
        }

        var list = (IList)Activator.CreateInstance(type)!;
        foreach (var child in sequence.Children)
        {
            var itemPath = $"{path}[{list.Count}]";
            Place(itemPath, child);
            if (ReadValue(child, type.GetGenericArguments()[0], null, itemPath) is { } item) list.Add(item);
        }

        return list;
    }

    private IDictionary? ReadMap(YamlNode node, Type type, string path)
    {
        if (node is not YamlMappingNode mapping)
        {
            Report(node, $"\"{path}\" has to be a map");
            return null;
        }

        var map = (IDictionary)Activator.CreateInstance(type)!;
        foreach (var (nameNode, valueNode) in mapping.Children)
        {
            var name = (nameNode as YamlScalarNode)?.Value ?? "";
            Place($"{path}.{name}", nameNode);
            if (ReadValue(valueNode, type.GetGenericArguments()[1], null, $"{path}.{name}") is { } value) map[name] = value;
        }

        return map;
    }

    // "key:" and nothing behind it, as in a file whose values are commented out.
    private static bool IsUnset(YamlNode node) => node is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" };

    /// <summary>
    /// Where the text became wrong, which is the end of what was being read. For a tab in the indentation the parser tells the start of the
    /// whole map.
    /// </summary>
    private static (int Line, int Column) PlaceOf(YamlException e, string yaml)
    {
        var lines = yaml.Split('\n');
        var tabbed = e.Message.Contains("tab", StringComparison.Ordinal) ? Array.FindIndex(lines, l => l.TrimStart(' ').StartsWith('\t')) : -1;
        if (tabbed >= 0) return (tabbed + 1, lines[tabbed].IndexOf('\t', StringComparison.Ordinal) + 1);
        var at = e.End.Line > e.Start.Line ? e.End : e.Start;
        return ((int)at.Line, (int)at.Column);
    }

    private static string OneLine(string message) => message.ReplaceLineEndings(" ");

    private void Place(string path, YamlNode node) => _places[path] = new ConfigProblem(source, (int)node.Start.Line, (int)node.Start.Column, "");

    private void Report(YamlNode node, string message) =>
        _problems.Add(new ConfigProblem(source, (int)node.Start.Line, (int)node.Start.Column, message));
}
