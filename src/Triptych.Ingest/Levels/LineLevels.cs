using System.Buffers;
using Triptych.Model.Logs;

namespace Triptych.Ingest.Levels;

/// <summary>The three ways to find a level in a line's text. None of them cares whether the line is well-formed.</summary>
internal static class LineLevels
{
    /// <summary>How much of a line is looked at: a level stands near its start, and long lines must not cost more than that.</summary>
    public const int MaxScannedBytes = 4096;

    private const int MaxJsonDepth = 2;

    private static readonly SearchValues<byte> BeforeField = SearchValues.Create(" \t,;[("u8);
    private static readonly SearchValues<byte> AfterValue = SearchValues.Create(" \t,;])"u8);

    /// <summary>The first string property down to depth 2 that names a level.</summary>
    public static LogLevel FromJson(ReadOnlySpan<byte> line)
    {
        var depth = 0;
        ReadOnlySpan<byte> name = default;
        for (var i = 0; i < line.Length; i++)
        {
            switch ((char)line[i])
            {
                case '{' or '[':
                    depth++;
                    name = default;
                    break;
                case '}' or ']':
                    depth--;
                    break;
                case ',':
                    name = default;
                    break;
                case '"':
                    var end = EndOfString(line, i + 1);
                    var text = line[(i + 1)..end];
                    if (name.IsEmpty) name = text;
                    else if (depth <= MaxJsonDepth && LevelNames.IsLevelField(name) && LevelNames.Parse(text) is var level and not LogLevel.Unknown)
                    {
                        return level;
                    }
                    i = end;
                    break;
            }
        }

        return LogLevel.Unknown;
    }

    /// <summary>The first <c>name=value</c> or <c>name="value"</c> that names a level.</summary>
    public static LogLevel FromLogfmt(ReadOnlySpan<byte> line)
    {
        var from = 0;
        while (from < line.Length)
        {
            var equals = line[from..].IndexOf((byte)'=');
            if (equals < 0) break;
            equals += from;
            var start = line[from..equals].LastIndexOfAny(BeforeField) + from + 1;
            from = equals + 1;
            if (!LevelNames.IsLevelField(line[start..equals]) || from == line.Length) continue;
            var isQuoted = line[from] == '"';
            if (isQuoted) from++;
            var length = isQuoted ? line[from..].IndexOf((byte)'"') : line[from..].IndexOfAny(AfterValue);
            var value = length < 0 ? line[from..] : line.Slice(from, length);
            if (LevelNames.Parse(value) is var level and not LogLevel.Unknown) return level;
        }

        return LogLevel.Unknown;
    }

    /// <summary>The first word (letters only) that is a level.</summary>
    public static LogLevel FromWords(ReadOnlySpan<byte> line)
    {
        var start = 0;
        for (var i = 0; i <= line.Length; i++)
        {
            if (i < line.Length && char.IsAsciiLetter((char)line[i])) continue;
            if (i - start is >= 3 and <= 11 && IsWordEnd(line, start, i) && LevelNames.Parse(line[start..i]) is var level and not LogLevel.Unknown)
            {
                return level;
            }
            start = i + 1;
        }

        return LogLevel.Unknown;
    }

    // error_count, error2, café: letters that go on as part of a longer word.
    private static bool IsWordEnd(ReadOnlySpan<byte> line, int start, int end) =>
        (start == 0 || !IsWordByte(line[start - 1])) && (end == line.Length || !IsWordByte(line[end]));

    private static bool IsWordByte(byte b) => b == '_' || b >= 0x80 || char.IsAsciiLetterOrDigit((char)b);

    private static int EndOfString(ReadOnlySpan<byte> line, int from)
    {
        for (var i = from; i < line.Length; i++)
        {
            if (line[i] == '\\') i++;
            else if (line[i] == '"') return i;
        }

        return line.Length;
    }
}
