using System.Collections;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Triptych.Server.Configuration;

/// <summary>
/// Fills an options object from a YAML document, and over it from the environment. Keys are the snake-case names of the properties; every key that is not known
/// and every value that is not of its type is a problem with its line. Options that a document does not name keep the defaults of the class.
/// </summary>
internal sealed class ConfigBinder(string source)
{
    private readonly List<ConfigProblem> _problems = [];

    /// <summary>What was wrong, in order of the lines.</summary>
    public IReadOnlyList<ConfigProblem> Problems => _problems;

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
            _problems.Add(new ConfigProblem(source, (int)e.Start.Line, (int)e.Start.Column, e.InnerException?.Message ?? e.Message));
            return;
        }

        if (stream.Documents.Count == 0) return;
        if (stream.Documents.Count > 1) _problems.Add(new ConfigProblem(source, 1, 1, "more than one document in the file"));
        if (stream.Documents[0].RootNode is YamlScalarNode { Value: null or "" }) return;
        BindSection(stream.Documents[0].RootNode, into, "the file");
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
                if (environment[variable] is not string text) continue;
                var value = OptionTypes.Read(option.PropertyType, text, out var error);
                if (error is null) option.SetValue(into, value);
                else _problems.Add(new ConfigProblem($"environment variable {variable}", 0, 0, error));
            }
            else if (option.GetValue(into) is { } section and not IEnumerable)
            {
                BindEnvironment(environment, section, optionPath);
            }
        }
    }

    private void BindSection(YamlNode node, object into, string where)
    {
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

            var value = ReadValue(valueNode, option.PropertyType, option.GetValue(into), key);
            if (value is not null) option.SetValue(into, value);
        }
    }

    private object? ReadValue(YamlNode node, Type type, object? current, string key)
    {
        if (OptionTypes.IsScalar(type))
        {
            if (node is not YamlScalarNode scalar)
            {
                Report(node, $"\"{key}\" has to be {OptionTypes.Describe(type)}");
                return null;
            }

            var value = OptionTypes.Read(type, scalar.Value ?? "", out var error);
            if (error is not null) Report(node, $"\"{key}\": {error}");
            return value;
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(List<>)) return ReadList(node, type, key);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Dictionary<,>)) return ReadMap(node, type, key);

        var section = current ?? Activator.CreateInstance(type)!;
        if (node is YamlScalarNode { Value: null or "" }) return section;
        BindSection(node, section, $"\"{key}\"");
        return section;
    }

    private IList? ReadList(YamlNode node, Type type, string key)
    {
        if (node is not YamlSequenceNode sequence)
        {
            Report(node, $"\"{key}\" has to be a list");
            return null;
        }

        var list = (IList)Activator.CreateInstance(type)!;
        foreach (var child in sequence.Children)
        {
            if (ReadValue(child, type.GetGenericArguments()[0], null, key) is { } item) list.Add(item);
        }

        return list;
    }

    private IDictionary? ReadMap(YamlNode node, Type type, string key)
    {
        if (node is not YamlMappingNode mapping)
        {
            Report(node, $"\"{key}\" has to be a map");
            return null;
        }

        var map = (IDictionary)Activator.CreateInstance(type)!;
        foreach (var (nameNode, valueNode) in mapping.Children)
        {
            var name = (nameNode as YamlScalarNode)?.Value ?? "";
            if (ReadValue(valueNode, type.GetGenericArguments()[1], null, name) is { } value) map[name] = value;
        }

        return map;
    }

    private void Report(YamlNode node, string message) =>
        _problems.Add(new ConfigProblem(source, (int)node.Start.Line, (int)node.Start.Column, message));
}
