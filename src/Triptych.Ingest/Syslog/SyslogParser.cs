using System.Buffers.Text;
using Triptych.Ingest.Text;

namespace Triptych.Ingest.Syslog;

/// <summary>
/// Takes syslog messages apart, RFC 5424 and what RFC 3164 found in use. Nothing is refused: where a message goes another way, the rest of it is its text, so
/// that nothing is lost.
/// </summary>
internal static class SyslogParser
{
    // user.notice, as RFC 3164 has it for messages without a priority.
    private const int DefaultPriority = 13;
    private const int MostTagBytes = 64;

    /// <summary>Takes a message apart.</summary>
    /// <param name="message">The message without its framing.</param>
    /// <param name="now">For the year of times that have none.</param>
    /// <param name="zone">The zone of times that have none.</param>
    public static SyslogMessage Parse(ReadOnlySpan<byte> message, DateTimeOffset now, TimeZoneInfo zone)
    {
        var parsed = default(SyslogMessage);
        var rest = message;
        var priority = ReadPriority(ref rest);
        (parsed.Facility, parsed.Severity) = (priority >> 3, priority & 7);
        if (rest.StartsWith("1 "u8) && TryRfc5424(rest[2..], ref parsed)) return parsed;
        ReadRfc3164(rest, now, zone, ref parsed);
        return parsed;
    }

    private static int ReadPriority(scoped ref ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty || rest[0] != '<') return DefaultPriority;
        var end = rest[..Math.Min(rest.Length, 5)].IndexOf((byte)'>');
        if (end < 2 || !Utf8Parser.TryParse(rest[1..end], out int priority, out var used) || used != end - 1) return DefaultPriority;
        if (priority is < 0 or > 191) return DefaultPriority;
        rest = rest[(end + 1)..];
        return priority;
    }

    /// <summary><c>TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA [MSG]</c>, each but the last a dash where it is not known.</summary>
    private static bool TryRfc5424(ReadOnlySpan<byte> rest, ref SyslogMessage parsed)
    {
        if (!TryToken(ref rest, out var time) || !TryToken(ref rest, out var host) || !TryToken(ref rest, out var app)
            || !TryToken(ref rest, out var process) || !TryToken(ref rest, out var kind) || !TryStructuredData(ref rest, out var data))
        {
            return false;
        }

        if (TextTime.TryParseRfc3339(time, out var nanos))
        {
            parsed.TimeUnixNanos = nanos;
            parsed.IsTimeCoarse = time.Length > 19 && time[19] is not ((byte)'.' or (byte)',');
        }

        parsed.HostName = host;
        parsed.AppName = app;
        parsed.ProcId = process;
        parsed.MsgId = kind;
        parsed.StructuredData = data;
        parsed.Text = rest.StartsWith("\uFEFF"u8) ? rest[3..] : rest;
        return true;
    }

    private static bool TryToken(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> token)
    {
        var end = rest.IndexOf((byte)' ');
        token = end < 0 ? default : rest[..end];
        if (end <= 0) return false;
        rest = rest[(end + 1)..];
        if (token.SequenceEqual("-"u8)) token = default;
        return true;
    }

    private static bool TryStructuredData(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> data)
    {
        data = default;
        var end = 0;
        if (rest.IsEmpty) return false;
        if (rest[0] == '-')
        {
            end = 1;
        }
        else
        {
            while (end < rest.Length && rest[end] == '[')
            {
                var length = StructuredData.LengthOfElement(rest[end..]);
                if (length == 0) return false;
                end += length;
            }

            if (end == 0) return false;
            data = rest[..end];
        }

        rest = rest[end..];
        if (rest.IsEmpty) return true;
        if (rest[0] != ' ') return false;
        rest = rest[1..];
        return true;
    }

    /// <summary><c>TIMESTAMP [HOSTNAME] TAG[pid]: TEXT</c>, the time as <c>Mmm dd hh:mm:ss</c> or RFC 3339; what does not fit is text.</summary>
    private static void ReadRfc3164(ReadOnlySpan<byte> rest, DateTimeOffset now, TimeZoneInfo zone, ref SyslogMessage parsed)
    {
        rest = rest.TrimStart((byte)' ');
        if (BsdTime.TryParse(rest, now, zone, out var nanos))
        {
            parsed.TimeUnixNanos = nanos;
            parsed.IsTimeCoarse = true;
            rest = rest[BsdTime.Length..].TrimStart((byte)' ');
        }
        else
        {
            var end = rest.IndexOf((byte)' ');
            if (end < 0 || !TextTime.TryParseRfc3339(rest[..end], out nanos))
            {
                // Without a time nothing tells a host from the first word of the text.
                ReadTag(ref rest, ref parsed);
                parsed.Text = rest;
                return;
            }

            parsed.TimeUnixNanos = nanos;
            parsed.IsTimeCoarse = rest[19] is not ((byte)'.' or (byte)',');
            rest = rest[(end + 1)..].TrimStart((byte)' ');
        }

        var hostEnd = rest.IndexOf((byte)' ');
        if (hostEnd > 0 && rest[hostEnd - 1] != ':')
        {
            parsed.HostName = rest[..hostEnd];
            rest = rest[(hostEnd + 1)..].TrimStart((byte)' ');
        }

        ReadTag(ref rest, ref parsed);
        parsed.Text = rest;
    }

    private static void ReadTag(scoped ref ReadOnlySpan<byte> rest, ref SyslogMessage parsed)
    {
        var end = rest[..Math.Min(rest.Length, MostTagBytes)].IndexOfAny(": ["u8);
        if (end <= 0 || rest[end] == ' ') return;
        var tag = rest[..end];
        var after = end;
        ReadOnlySpan<byte> process = default;
        if (rest[end] == '[')
        {
            var close = rest[end..].IndexOf((byte)']');
            if (close < 0) return;
            process = rest.Slice(end + 1, close - 1);
            after = end + close + 1;
        }

        if (after >= rest.Length || rest[after] != ':') return;
        parsed.AppName = tag;
        parsed.ProcId = process;
        rest = rest[(after + 1)..];
        if (!rest.IsEmpty && rest[0] == ' ') rest = rest[1..];
    }
}
