using System.Buffers;
using Triptych.Primitives.Binary;

namespace Triptych.Ingest.Labels;

/// <summary>
/// Makes label names out of attribute keys: every character that is not a letter, digit or underscore becomes an underscore. Metrics keep runs of
/// underscores and put <c>key</c> before a single leading one; logs collapse runs. A leading digit gets <c>key_</c> in both.
/// </summary>
internal static class LabelNaming
{
    private static readonly SearchValues<byte> NameBytes =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"u8);

    /// <summary>Appends the name of a metric's label.</summary>
    /// <param name="key">The attribute's key.</param>
    /// <param name="output">Takes the name.</param>
    /// <param name="sanitizesUnderscore">Whether a single leading underscore gets <c>key</c> before it.</param>
    /// <param name="collapses">Whether runs of underscores become one.</param>
    public static void WriteForMetrics(ReadOnlySpan<byte> key, PooledBufferWriter output, bool sanitizesUnderscore = true, bool collapses = false)
    {
        if (key.IsEmpty) return;
        if (IsDigit(key[0])) output.Write("key_"u8);
        else if (sanitizesUnderscore && IsReplaced(key[0]) && (key.Length == 1 || !IsReplaced(key[1]))) output.Write("key"u8);
        Write(key, output, collapses);
    }

    /// <summary>Appends the name of a log stream's label or of structured metadata.</summary>
    public static void WriteForLogs(ReadOnlySpan<byte> key, PooledBufferWriter output)
    {
        if (key.IsEmpty) return;
        if (IsDigit(key[0])) output.Write("key_"u8);
        Write(key, output, collapse: true);
    }

    private static void Write(ReadOnlySpan<byte> key, PooledBufferWriter output, bool collapse)
    {
        if (!key.ContainsAnyExcept(NameBytes) && !(collapse && key.IndexOf("__"u8) >= 0))
        {
            output.Write(key);
            return;
        }

        var room = output.GetSpan(key.Length);
        var length = 0;
        foreach (var b in key)
        {
            if (IsContinuation(b)) continue;
            var c = NameBytes.Contains(b) ? b : (byte)'_';
            if (collapse && c == '_' && length > 0 && room[length - 1] == '_') continue;
            room[length++] = c;
        }

        output.Advance(length);
    }

    private static bool IsDigit(byte b) => b is >= (byte)'0' and <= (byte)'9';

    // A character of several bytes is one character: only its first byte counts.
    private static bool IsContinuation(byte b) => (b & 0xC0) == 0x80;

    private static bool IsReplaced(byte b) => b == '_' || !NameBytes.Contains(b);
}
