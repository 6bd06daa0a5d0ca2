namespace Triptych.Ingest.Syslog;

/// <summary>What <see cref="SyslogFrames.Next"/> found.</summary>
public enum SyslogFrameKind
{
    /// <summary>A message.</summary>
    Message,

    /// <summary>The start of one: more has to be received.</summary>
    Incomplete,

    /// <summary>One that is longer than may be; so many of its bytes are to be passed over, those not yet received included.</summary>
    TooLong,
}

/// <summary>
/// Finds messages in what a connection brought (RFC 6587): a length in digits and a space before each, or a line end (or NUL) behind it, told apart for each
/// message by whether it begins with a digit.
/// </summary>
public static class SyslogFrames
{
    private const int MostLengthDigits = 9;

    /// <summary>Takes the next message off.</summary>
    /// <param name="received">What was received; what was taken is cut off at its start.</param>
    /// <param name="maxBytes">The longest message.</param>
    /// <param name="message">The message.</param>
    /// <param name="skipBytes">
    /// For one that is too long: the bytes of it that are still in <paramref name="received"/> or to come; -1: up to the next line end.
    /// </param>
    public static SyslogFrameKind Next(scoped ref ReadOnlySpan<byte> received, int maxBytes, out ReadOnlySpan<byte> message, out long skipBytes)
    {
        message = default;
        skipBytes = 0;
        received = received.TrimStart("\r\n\0 "u8);
        if (received.IsEmpty) return SyslogFrameKind.Incomplete;
        if (received[0] is >= (byte)'1' and <= (byte)'9' && TryLength(received, out var headBytes, out var length))
        {
            if (headBytes == 0) return SyslogFrameKind.Incomplete;
            if (length > maxBytes)
            {
                received = received[headBytes..];
                skipBytes = length;
                return SyslogFrameKind.TooLong;
            }

            if (received.Length - headBytes < length) return SyslogFrameKind.Incomplete;
            message = received.Slice(headBytes, (int)length);
            received = received[(headBytes + (int)length)..];
            return SyslogFrameKind.Message;
        }

        var end = received.IndexOfAny((byte)'\n', (byte)0);
        if (end > maxBytes || (end < 0 && received.Length > maxBytes))
        {
            skipBytes = -1;
            return SyslogFrameKind.TooLong;
        }

        if (end < 0) return SyslogFrameKind.Incomplete;
        message = received[..end];
        received = received[(end + 1)..];
        return SyslogFrameKind.Message;
    }

    /// <summary>False where the digits are no length; true with no bytes where that cannot be told yet.</summary>
    private static bool TryLength(ReadOnlySpan<byte> received, out int headBytes, out long length)
    {
        (headBytes, length) = (0, 0);
        for (var i = 0; i < received.Length && i <= MostLengthDigits; i++)
        {
            if (received[i] == ' ')
            {
                headBytes = i + 1;
                return true;
            }

            if (!char.IsAsciiDigit((char)received[i])) return false;
            length = (length * 10) + received[i] - '0';
        }

        return received.Length <= MostLengthDigits;
    }
}
