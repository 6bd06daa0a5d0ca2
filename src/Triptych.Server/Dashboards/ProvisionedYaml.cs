using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Triptych.Server.Dashboards;

/// <summary>Reads the YAML of provisioned files.</summary>
internal static class ProvisionedYaml
{
    /// <summary>The first document; null for a text without one.</summary>
    /// <exception cref="InvalidDataException">It is no YAML.</exception>
    public static YamlNode? Load(string yaml)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(yaml));
        }
        catch (YamlException e)
        {
            throw new InvalidDataException($"it is no YAML: {e.Message} ({e.Start})", e);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            // The library's own slip over a text that is no YAML either; it does not say where.
            throw new InvalidDataException($"it is no YAML: {e.Message}", e);
        }

        return stream.Documents.Count == 0 ? null : stream.Documents[0].RootNode;
    }
}
