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
}
