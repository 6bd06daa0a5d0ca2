using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Triptych.Columnar.Parquet.Blooms;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Checksums;

namespace Triptych.Columnar.Parquet.Writing;

/// <summary>
/// The distinct values of a column chunk in order of appearance: an open-addressing table of indices over their bytes. Bounded: adding
/// fails beyond <c>maxBytes</c>. One owner, who disposes it.
/// </summary>
internal sealed class DictionaryBuilder(ParquetColumn column, int maxBytes) : IDisposable
{
    private const int FirstSlots = 1024;
    private readonly PooledBufferWriter _data = new(capacity: 1024);
    private readonly PooledBufferWriter _ends = new(capacity: 1024);
    private readonly PooledBufferWriter _hashes = new(capacity: 1024);
    private int[] _slots = new int[FirstSlots];

    public int Count { get; private set; }

    /// <summary>Bytes of the dictionary page before compression.</summary>
    public int SizeBytes => _data.Length + (column.Type == ParquetType.ByteArray ? Count * sizeof(int) : 0);

    private ReadOnlySpan<int> Ends => MemoryMarshal.Cast<byte, int>(_ends.WrittenSpan);

    private ReadOnlySpan<ulong> Hashes => MemoryMarshal.Cast<byte, ulong>(_hashes.WrittenSpan);

    /// <summary>Gives each value its code; false, and the codes are of no use, when the dictionary would grow past its bound.</summary>
    public bool TryEncode(PageValues values, Span<int> codes)
    {
        if (values.Width != sizeof(ulong))
        {
            for (var i = 0; i < codes.Length; i++)
            {
                var value = values[i];
                if (!TryAdd(value, value.Length == 8 ? Mix(BinaryPrimitives.ReadUInt64LittleEndian(value)) : XxHash64.Compute(value), out codes[i]))
                    return false;
            }

            return true;
        }

        var words = values.As<ulong>();
        for (var i = 0; i < codes.Length; i++)
        {
            if (!TryAdd(values.Data.Slice(i * sizeof(ulong), sizeof(ulong)), Mix(words[i]), out codes[i]))
                return false;
        }

        return true;
    }

    /// <summary>Forgets the entries from <paramref name="count"/> on, after a page that failed; nothing can be added any more.</summary>
    public void Truncate(int count)
    {
        _data.Truncate(count == 0 ? 0 : Ends[count - 1]);
        _ends.Truncate(count * sizeof(int));
        _hashes.Truncate(count * sizeof(ulong));
        Count = count;
    }

    public ReadOnlySpan<byte> this[int index] => _data.WrittenSpan[(index == 0 ? 0 : Ends[index - 1])..Ends[index]];

    /// <summary>The values in PLAIN form.</summary>
    public void WritePlain(PooledBufferWriter output)
    {
        if (column.Type != ParquetType.ByteArray)
        {
            output.Write(_data.WrittenSpan);
            return;
        }

        for (var i = 0; i < Count; i++)
        {
            output.WriteFixed32((uint)this[i].Length);
            output.Write(this[i]);
        }
    }

    /// <summary>Appends the bloom hash of each entry.</summary>
    public void CollectHashes(PooledBufferWriter hashes)
    {
        for (var i = 0; i < Count; i++)
            hashes.WriteFixed64(SplitBlockBloomFilter.Hash(this[i]));
    }

    public void Dispose()
    {
        _data.Dispose();
        _ends.Dispose();
        _hashes.Dispose();
    }

    // The multiplier of SplitMix64; the upper bits, which pick the slot, depend on all of the input.
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    private bool TryAdd(ReadOnlySpan<byte> value, ulong hash, out int code)
    {
        var slots = _slots;
        var mask = slots.Length - 1;
        var hashes = Hashes;
        for (var at = (int)hash & mask; ; at = (at + 1) & mask)
        {
            code = slots[at] - 1;
            if (code < 0)
            {
                slots[at] = Count + 1;
                code = Count;
                return TryAppend(value, hash);
            }

            if (hashes[code] == hash && this[code].SequenceEqual(value))
                return true;
        }
    }

    private bool TryAppend(ReadOnlySpan<byte> value, ulong hash)
    {
        if (value.Length + sizeof(int) > maxBytes - SizeBytes)
            return false;
        _data.Write(value);
        _ends.WriteFixed32((uint)_data.Length);
        _hashes.WriteFixed64(hash);
        Count++;
        if (Count * 2 > _slots.Length)
            Grow();
        return true;
    }

    private void Grow()
    {
        var slots = new int[_slots.Length * 4];
        var mask = slots.Length - 1;
        var hashes = Hashes;
        for (var i = 0; i < Count; i++)
        {
            var at = (int)hashes[i] & mask;
            while (slots[at] != 0)
                at = (at + 1) & mask;
            slots[at] = i + 1;
        }

        _slots = slots;
    }
}
