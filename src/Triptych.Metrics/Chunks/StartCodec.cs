using Triptych.Primitives.Binary;

namespace Triptych.Metrics.Chunks;

/// <summary>
/// When the samples of a series began to count, as runs: <c>{ samples of the run:uvarint  start - start before:zigzag }</c>, of which the last says 0 samples
/// and goes on to the end. So all series that began together, which is what most of a process say, have the same few bytes.
/// </summary>
internal static class StartCodec
{
    /// <summary>Writes the starts of a series.</summary>
    public static void Write(PooledBufferWriter output, ReadOnlySpan<long> startsMs)
    {
        var before = 0L;
        while (!startsMs.IsEmpty)
        {
            var end = startsMs.IndexOfAnyExcept(startsMs[0]);
            output.WriteUnsigned(end < 0 ? 0UL : (ulong)end);
            output.WriteSigned(startsMs[0] - before);
            before = startsMs[0];
            startsMs = end < 0 ? default : startsMs[end..];
        }
    }

    /// <summary>Reads them one by one. What breaks off goes on with zeros.</summary>
    internal ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private VarintReader _reader = new(bytes);
        private long _left;
        private long _startMs;

        /// <summary>The start of the next sample.</summary>
        public long Next()
        {
            while (_left == 0)
            {
                if (_reader.AtEnd) return 0;
                var samples = _reader.ReadCount(int.MaxValue);
                _startMs += _reader.ReadSigned();
                if (_reader.Failed) return 0;
                _left = samples == 0 ? long.MaxValue : samples;
            }

            _left--;
            return _startMs;
        }
    }
}
