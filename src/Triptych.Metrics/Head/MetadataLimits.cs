using Triptych.Model.Metrics;

namespace Triptych.Metrics.Head;

/// <summary>How long what senders say about a metric may be: a name or unit beyond it is refused, a help text is cut and says so.</summary>
internal static class MetadataLimits
{
    /// <summary>The longest name, type or unit, in UTF-16 units.</summary>
    public const int MaxNameLength = 1024;

    /// <summary>The longest help text, in UTF-16 units.</summary>
    public const int MaxHelpLength = 4096;

    private const string CutMark = " … (cut)";

    /// <summary>What is too long about an entry, or null.</summary>
    public static string? TooLong(MetadataEntry entry)
    {
        var longest = Math.Max(entry.MetricName.Length, Math.Max(entry.Type.Length, entry.Unit.Length));
        return longest <= MaxNameLength ? null : $"a metric's metadata has a name, type or unit of {longest} characters, more than {MaxNameLength}";
    }

    /// <summary>The entry with a help text that is not too long.</summary>
    public static MetadataEntry CutHelp(MetadataEntry entry)
    {
        if (entry.Help.Length <= MaxHelpLength) return entry;
        var end = MaxHelpLength - CutMark.Length;
        if (char.IsHighSurrogate(entry.Help[end - 1])) end--;
        return entry with { Help = string.Concat(entry.Help.AsSpan(0, end), CutMark) };
    }
}
