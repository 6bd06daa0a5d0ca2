using System.Text;
using Triptych.Model.Logs;

namespace Triptych.Ingest.Levels;

/// <summary>The names of fields that tell a level, and the words that levels are written with.</summary>
internal static class LevelNames
{
    private const int LongestName = 13;

    private static readonly byte[][] FieldNames =
    [
        .. new[]
        {
            "level", "LEVEL", "Level", "log.level", "log_level", "severity", "SEVERITY", "Severity", "SeverityText", "lvl", "LVL", "Lvl",
            "severity_text", "Severity_Text", "SEVERITY_TEXT",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    /// <summary>Whether a label, metadata or line's field of this name tells the level.</summary>
    public static bool IsLevelField(ReadOnlySpan<byte> name)
    {
        if (name.Length is < 3 or > LongestName || (name[0] | 0x20) is not ('l' or 's')) return false;
        foreach (var known in FieldNames)
        {
            if (name.SequenceEqual(known)) return true;
        }

        return false;
    }

    /// <summary>The level that a word in any case stands for; unknown for other words.</summary>
    public static LogLevel Parse(ReadOnlySpan<byte> word) => word.Length switch
    {
        3 when Is(word, "trc"u8) => LogLevel.Trace,
        3 when Is(word, "dbg"u8) => LogLevel.Debug,
        3 when Is(word, "inf"u8) => LogLevel.Info,
        3 when Is(word, "wrn"u8) => LogLevel.Warn,
        3 when Is(word, "err"u8) => LogLevel.Error,
        4 when Is(word, "info"u8) => LogLevel.Info,
        4 when Is(word, "warn"u8) => LogLevel.Warn,
        5 when Is(word, "error"u8) => LogLevel.Error,
        5 when Is(word, "debug"u8) => LogLevel.Debug,
        5 when Is(word, "trace"u8) => LogLevel.Trace,
        5 when Is(word, "fatal"u8) => LogLevel.Fatal,
        7 when Is(word, "warning"u8) => LogLevel.Warn,
        8 when Is(word, "critical"u8) => LogLevel.Critical,
        11 when Is(word, "information"u8) => LogLevel.Info,
        _ => LogLevel.Unknown,
    };

    private static bool Is(ReadOnlySpan<byte> word, ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(word, name);
}
