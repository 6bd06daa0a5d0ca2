using System.Buffers.Binary;
using Triptych.Primitives.Binary;

namespace Triptych.Ingest.RemoteWrite;

/// <summary>The shape that nearly every series of a scrape has behind its labels, read without a walk over its fields.</summary>
internal static class LoneSample
{
    private const byte SampleTag = (2 << 3) | 2;
    private const byte ValueTag = (1 << 3) | 1;
    private const byte TimestampTag = 2 << 3;

    /// <summary>
    /// Reads one <c>Sample{value 1, timestamp 2}</c>, the second field of its message, fields in this order, which stands first. False for everything else,
    /// well-formed or not, which the reader of fields then takes.
    /// </summary>
    /// <param name="fields">The rest of the message.</param>
    /// <param name="timestampMs">Its time.</param>
    /// <param name="value">Its value.</param>
    /// <param name="length">How many bytes it takes.</param>
    public static bool TryRead(ReadOnlySpan<byte> fields, out long timestampMs, out double value, out int length)
    {
        timestampMs = 0;
        value = 0;
        length = 0;
        if (fields.Length < 4 || fields[0] != SampleTag || fields[1] > 127 || fields[1] > fields.Length - 2)
            return false;
        length = 2 + fields[1];
        var sample = fields[2..length];
        if (sample.Length > 9 && sample[0] == ValueTag)
        {
            value = BinaryPrimitives.ReadDoubleLittleEndian(sample[1..]);
            sample = sample[9..];
        }

        if (sample.Length < 2 || sample[0] != TimestampTag || Varint.Read(sample[1..], out var timestamp) != sample.Length - 1)
            return false;
        timestampMs = (long)timestamp;
        return true;
    }
}
