using System.Text;
using Triptych.Model.Logs;

namespace Triptych.Logs.Block;

/// <summary>The names of the levels, as <c>detected_level</c> shows them.</summary>
internal static class LevelNames
{
    private static readonly byte[][] Names = [.. Enum.GetValues<LogLevel>().Select(l =>
        Encoding.UTF8.GetBytes(l.ToString().ToLowerInvariant()))];

    /// <summary>The name of a level.</summary>
    public static ReadOnlySpan<byte> NameOf(LogLevel level) => Names[(int)level < Names.Length ? (int)level : 0];

    /// <summary>The level of a name; unknown where there is none of that name.</summary>
    public static LogLevel Read(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty) return LogLevel.Unknown;
        var level = name[0] switch
        {
            (byte)'t' => LogLevel.Trace,
            (byte)'d' => LogLevel.Debug,
            (byte)'i' => LogLevel.Info,
            (byte)'w' => LogLevel.Warn,
            (byte)'e' => LogLevel.Error,
            (byte)'c' => LogLevel.Critical,
            (byte)'f' => LogLevel.Fatal,
            _ => LogLevel.Unknown,
        };
        return name.SequenceEqual(Names[(int)level]) ? level : LogLevel.Unknown;
    }
}
