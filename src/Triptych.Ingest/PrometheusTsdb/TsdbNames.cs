using System.Globalization;

namespace Triptych.Ingest.PrometheusTsdb;

/// <summary>Names of files in a Prometheus data directory.</summary>
internal static class TsdbNames
{
    private const string UlidDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// <summary>Whether a directory's name is that of a block.</summary>
    public static bool IsUlid(string name)
    {
        if (name.Length != 26 || name[0] > '7') return false;
        foreach (var c in name)
        {
            if (!UlidDigits.Contains(c, StringComparison.Ordinal)) return false;
        }

        return true;
    }

    /// <summary>The files whose names are numbers, in the order of these.</summary>
    /// <exception cref="TsdbDamageException">The directory cannot be read.</exception>
    public static IReadOnlyList<(int Number, string Path)> Numbered(string directory)
    {
        try
        {
            return
            [
                .. Directory.EnumerateFiles(directory)
                    .Select(static path => (Number: NumberOf(Path.GetFileName(path)), Path: path))
                    .Where(static f => f.Number >= 0)
                    .OrderBy(static f => f.Number),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TsdbDamageException(directory, 0, $"it cannot be read: {e.Message}");
        }
    }

    /// <summary>The number that digits say; −1 where it is not digits alone.</summary>
    public static int NumberOf(string digits) => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
}
