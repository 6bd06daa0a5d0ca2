using System.Text.RegularExpressions;

namespace Triptych.Server.DataSources;

/// <summary>
/// Texts of provisioned files: <c>$NAME</c>, <c>${NAME}</c> and <c>$__env{NAME}</c> stand for variables of the environment, <c>$__file{path}</c> for what a
/// file holds, <c>$$</c> for a dollar sign, as Grafana has it. A variable that is not set is an error here: an empty password would be tried otherwise.
/// </summary>
internal static partial class ProvisionedText
{
    private const int MaxFileBytes = 64 * 1024;

    /// <summary>Puts in what the text names.</summary>
    /// <exception cref="InvalidDataException">A variable is not set, or a file cannot be read; the message names it.</exception>
    public static string Expand(string text, Func<string, string?> variable) => Token().Replace(text, match =>
    {
        if (match.Value == "$$") return "$";
        if (match.Groups["file"] is { Success: true } file) return ReadFile(file.Value.Trim());
        var name = match.Groups["braced"].Success ? match.Groups["braced"].Value : match.Groups["plain"].Value;
        return variable(name.Trim()) ?? throw new InvalidDataException($"the environment variable {name.Trim()} is not set");
    });

    private static string ReadFile(string path)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaxFileBytes }) throw new InvalidDataException($"the file {path} is larger than {MaxFileBytes} bytes");
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InvalidDataException($"the file {path} cannot be read: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    [GeneratedRegex(@"\$\$|\$__file\{(?<file>[^}]*)\}|\$(?:__env)?\{(?<braced>[^}]+)\}|\$(?<plain>[A-Za-z_][A-Za-z0-9_]*)", RegexOptions.CultureInvariant)]
    private static partial Regex Token();
}
