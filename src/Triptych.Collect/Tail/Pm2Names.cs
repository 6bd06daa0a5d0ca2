namespace Triptych.Collect.Tail;

/// <summary>
/// PM2's log files: <c>&lt;app&gt;-out.log</c> and <c>&lt;app&gt;-error.log</c>, with the number of the process in
/// <c>&lt;app&gt;-out-0.log</c>. Copies that a rotation module leaves (<c>&lt;app&gt;-out__2026-01-01_00-00-00.log</c>) are not such files.
/// </summary>
internal static class Pm2Names
{
    /// <summary>The app that a file's name tells; null where it is none of PM2's.</summary>
    public static string? AppOf(string fileName)
    {
        if (!fileName.EndsWith(".log", StringComparison.Ordinal)) return null;
        var name = fileName.AsSpan(0, fileName.Length - 4);
        var digits = name.Length;
        while (digits > 0 && char.IsAsciiDigit(name[digits - 1])) digits--;
        if (digits < name.Length && digits > 0 && name[digits - 1] == '-') name = name[..(digits - 1)];
        foreach (var ending in (ReadOnlySpan<string>)["-out", "-error"])
        {
            if (name.EndsWith(ending, StringComparison.Ordinal) && name.Length > ending.Length) return name[..^ending.Length].ToString();
        }

        return null;
    }
}
