using System.Buffers;

namespace Triptych.Logs.Fields;

/// <summary>
/// Reads the fields of lines that consist of <c>key=value</c> and <c>key="quoted value"</c> alone, with blanks between them, the way LogQL's
/// <c>logfmt</c> does, strict or not. Values that are empty are told too, though that parser makes no label of them.
/// </summary>
internal static class LogfmtFields
{
    private static readonly SearchValues<byte> s_ends = SearchValues.Create([.. Enumerable.Range(0, 0x21).Select(static b => (byte)b), (byte)'=', (byte)'"']);
    private static readonly SearchValues<byte> s_quotedEnds = SearchValues.Create("\"\\"u8);

    /// <summary>Tells the fields; false where the line is not to be told, whatever was told before.</summary>
    public static bool TryRead<TSink>(ReadOnlySpan<byte> line, TSink sink)
        where TSink : IFieldSink
    {
        var at = 0;
        for (var place = 0; ; place++)
        {
            while (at < line.Length && line[at] <= (byte)' ') at++;
            if (at >= line.Length) return place > 0;
            var length = line[at..].IndexOfAny(s_ends);
            if (length <= 0 || line[at + length] != (byte)'=') return false;
            var key = line.Slice(at, length);
            at += length + 1;
            var isEscaped = false;
            ReadOnlySpan<byte> value;
            if (at < line.Length && line[at] == (byte)'"')
            {
                if (!TryReadQuoted(line, ref at, out value, out isEscaped)) return false;
            }
            else
            {
                length = line[at..].IndexOfAny(s_ends);
                value = length < 0 ? line[at..] : line.Slice(at, length);
                at += value.Length;
            }

            if ((at < line.Length && line[at] > (byte)' ') || !sink.Take(place, key, value, isEscaped)) return false;
        }
    }

    private static bool TryReadQuoted(ReadOnlySpan<byte> line, scoped ref int at, out ReadOnlySpan<byte> value, out bool isEscaped)
    {
        value = default;
        isEscaped = false;
        var start = ++at;
        while (at < line.Length)
        {
            var found = line[at..].IndexOfAny(s_quotedEnds);
            if (found < 0) return false;
            at += found;
            if (line[at] == (byte)'"')
            {
                value = line[start..at++];
                return true;
            }

            isEscaped = true;
            at += 2;
        }

        return false;
    }
}
