using YamlDotNet.RepresentationModel;

namespace Triptych.Server.Dashboards;

/// <summary>A folder of dashboard files, as an entry of Grafana's <c>provisioning/dashboards/*.yaml</c> names it.</summary>
/// <param name="Name">What the entry is called.</param>
/// <param name="Folder">The title of the dashboards' folder; empty for none.</param>
/// <param name="FolderUid">Its uid; empty to have one made of the title.</param>
/// <param name="Path">Where the files lie.</param>
/// <param name="FoldersFromFiles">Whether folders are named by the directories below the path.</param>
internal sealed record ProvisioningProvider(string Name, string Folder, string FolderUid, string Path, bool FoldersFromFiles)
{
    /// <summary>Reads the entries of one file. A relative path starts at the file's own directory.</summary>
    /// <exception cref="InvalidDataException">The file is no such list, or an entry is of a kind that is not supported; the message says which.</exception>
    public static IReadOnlyList<ProvisioningProvider> Read(string yaml, string directory)
    {
        if (ProvisionedYaml.Load(yaml) is not { } document) return [];
        if (document is not YamlMappingNode root || Child(root, "providers") is not YamlSequenceNode providers)
            throw new InvalidDataException("it has no list \"providers\"");
        return [.. providers.Children.Select(node => ReadOne(node, directory))];
    }

    private static ProvisioningProvider ReadOne(YamlNode node, string directory)
    {
        if (node is not YamlMappingNode provider) throw new InvalidDataException($"an entry of \"providers\" is no mapping ({node.Start})");
        var name = Text(provider, "name");
        var type = Text(provider, "type");
        if (type is not ("" or "file")) throw new InvalidDataException($"provider \"{name}\" is of the type {type}; only file is supported");
        if (Child(provider, "options") is not YamlMappingNode options || Text(options, "path") is not { Length: > 0 } path)
            throw new InvalidDataException($"provider \"{name}\" has no options.path");
        var fromFiles = Text(options, "foldersFromFilesStructure") == "true";
        return new ProvisioningProvider(name, Text(provider, "folder"), Text(provider, "folderUid"), System.IO.Path.Combine(directory, path), fromFiles);
    }

    private static YamlNode? Child(YamlMappingNode node, string key) => node.Children.TryGetValue(new YamlScalarNode(key), out var found) ? found : null;

    private static string Text(YamlMappingNode node, string key) => Child(node, key) is YamlScalarNode { Value: { } value } ? value : "";
}
