using System.Runtime.InteropServices;
using Triptych.Metrics.Chunks;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Checksums;

namespace Triptych.Metrics.Block;

/// <summary>The distinct time vectors of a block, found by their content.</summary>
internal sealed class TimeVectorTable : IDisposable
{
    private readonly Dictionary<Hash128, int> _numbers = [];
    private readonly PooledBufferWriter _coded = new();
    private readonly PooledBufferWriter _bits = new();

    // An entry of the dictionary.
    private const int EntryBytes = 48;

    /// <summary>Memory held, in bytes.</summary>
    public long SizeBytes => _coded.Length + ((long)_numbers.Count * EntryBytes);

    /// <summary>The number of a vector.</summary>
    public int Add(ReadOnlySpan<long> timestampsMs)
    {
        // 128 bits over the content: no two vectors of a block share them by accident.
        var hash = Hash128.Compute(MemoryMarshal.AsBytes(timestampsMs));
        if (_numbers.TryGetValue(hash, out var number)) return number;
        _bits.Reset();
        var room = _bits.GetSpan(((timestampsMs.Length * TimeCodec.MaxBits) + 7) / 8);
        room.Clear();
        var writer = new BitWriter(room);
        var codec = default(TimeCodec);
        foreach (var timestamp in timestampsMs) codec.Encode(ref writer, timestamp);
        _bits.Advance(writer.ByteLength);
        _coded.WriteUnsigned((ulong)timestampsMs.Length);
        _coded.WriteLengthPrefixed(_bits.WrittenSpan);
        return _numbers[hash] = _numbers.Count;
    }

    /// <summary>Writes the section.</summary>
    public void Write(PooledBufferWriter output)
    {
        output.WriteUnsigned((ulong)_numbers.Count);
        output.Write(_coded.WrittenSpan);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _coded.Dispose();
        _bits.Dispose();
    }
}
