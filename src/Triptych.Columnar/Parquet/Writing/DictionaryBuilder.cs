using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Triptych.Columnar.Parquet.Blooms;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Memory;

namespace Triptych.Columnar.Parquet.Writing;

/// <summary>
/// The distinct values of a column chunk in order of appearance: an open-addressing table of hashes and codes over their bytes. Bounded:
/// adding fails beyond <c>maxBytes</c>, and where values are made to collide. One owner, who disposes it.
/// </summary>
internal sealed class DictionaryBuilder(ParquetColumn column, int maxBytes) : IDisposable
{
    private const int FirstSlots = 1024;

    // Values by chance stay far below; it bounds what values chosen for their hashes can cost.
    private const int MaxProbes = 256;

    // How far back an equal value is looked for.
    private const int MostDistance = 64;

    private readonly PooledBufferWriter _data = new(capacity: 1024);
    private readonly PooledBufferWriter _ends = new(capacity: 1024);

    // A slot is the hash in the upper and the code plus one in the lower half; 0 is a free one.
    private PooledBytes _slots = NewSlots(FirstSlots);

    public int Count { get; private set; }

    /// <summary>Bytes of the dictionary page before compression.</summary>
    public int SizeBytes => _data.Length + (column.Type == ParquetType.ByteArray ? Count * sizeof(int) : 0);

    private ReadOnlySpan<int> Ends => MemoryMarshal.Cast<byte, int>(_ends.WrittenSpan);

    private Span<ulong> Slots => MemoryMarshal.Cast<byte, ulong>(_slots.Span);

    public ReadOnlySpan<byte> this[int index] => _data.WrittenSpan[(index == 0 ? 0 : Ends[index - 1])..Ends[index]];

    /// <summary>Gives each value its code; false, and the codes are of no use, when the dictionary would grow past its bound.</summary>
    public bool TryEncode(PageValues values, Span<int> codes) => values.Width switch
    {
        sizeof(ulong) => TryEncodeWords(values.As<ulong>(), codes),
        0 => TryEncodeBytes(values.Data, values.Ends, codes),
        _ => TryEncodeFixed(values, codes),
    };

    /// <summary>Forgets the entries from <paramref name="count"/> on, after a page that failed; nothing can be added any more.</summary>
    public void Truncate(int count)
    {
        _data.Truncate(count == 0 ? 0 : Ends[count - 1]);
        _ends.Truncate(count * sizeof(int));
        Count = count;
    }

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

    /// <summary>The smallest and the largest of the values with these codes, of which there is one at least.</summary>
    public void Bounds(ReadOnlySpan<int> codes, out ReadOnlySpan<byte> min, out ReadOnlySpan<byte> max)
    {
        using var flags = PooledBytes.Rent(Count);
        var used = flags.Span;
        used.Clear();
        foreach (var code in codes)
            used[code] = 1;
        min = max = this[codes[0]];
        for (var i = 0; i < used.Length; i++)
        {
            if (used[i] == 0)
                continue;
            var value = this[i];
            if (value.SequenceCompareTo(min) < 0)
                min = value;
            else if (value.SequenceCompareTo(max) > 0)
                max = value;
        }
    }

    public void Dispose()
    {
        _data.Dispose();
        _ends.Dispose();
        _slots.Dispose();
    }

    private bool TryEncodeWords(ReadOnlySpan<ulong> values, Span<int> codes)
    {
        var slots = Slots;
        var entries = MemoryMarshal.Cast<byte, ulong>(_data.WrittenSpan);
        for (var i = 0; i < values.Length; i++)
        {
            var value = values[i];
            var hash = (uint)(Mix(value) >> 32);
            var mask = slots.Length - 1;
            var at = (int)hash & mask;
            for (var probes = 0; ; at = (at + 1) & mask, probes++)
            {
                var slot = slots[at];
                if (slot == 0 || probes == MaxProbes)
                {
                    if (probes == MaxProbes || !TryAppend(MemoryMarshal.AsBytes(values.Slice(i, 1)), hash, at))
                        return false;
                    codes[i] = Count - 1;
                    slots = Slots;
                    entries = MemoryMarshal.Cast<byte, ulong>(_data.WrittenSpan);
                    break;
                }

                var code = (int)slot - 1;
                if ((uint)(slot >> 32) == hash && entries[code] == value)
                {
                    codes[i] = code;
                    break;
                }
            }
        }

        return true;
    }

    private bool TryEncodeBytes(ReadOnlySpan<byte> data, ReadOnlySpan<int> ends, Span<int> codes)
    {
        // What repeats often repeats at a distance: that of the row before, or of the same key in the list before. Comparing costs less than hashing.
        var start = 0;
        var distance = 1;
        for (var i = 0; i < ends.Length; i++)
        {
            var value = data[start..ends[i]];
            start = ends[i];
            if (i >= distance && IsValue(data, ends, i - distance, value))
            {
                codes[i] = codes[i - distance];
                continue;
            }

            var known = Count;
            if (!TryAdd(value, out codes[i]))
                return false;
            if (codes[i] == known)
                continue;
            var first = Math.Max(0, i - MostDistance);
            var last = codes[first..i].LastIndexOf(codes[i]);
            if (last >= 0)
                distance = i - first - last;
        }

        return true;
    }

    private static bool IsValue(ReadOnlySpan<byte> data, ReadOnlySpan<int> ends, int index, ReadOnlySpan<byte> value)
    {
        var start = index == 0 ? 0 : ends[index - 1];
        return ends[index] - start == value.Length && data.Slice(start, value.Length).SequenceEqual(value);
    }

    private bool TryEncodeFixed(PageValues values, Span<int> codes)
    {
        for (var i = 0; i < codes.Length; i++)
        {
            if (!TryAdd(values[i], out codes[i]))
                return false;
        }

        return true;
    }

    private bool TryAdd(ReadOnlySpan<byte> value, out int code)
    {
        var hash = Hash(value);
        var slots = Slots;
        var ends = Ends;
        var data = _data.WrittenSpan;
        var mask = slots.Length - 1;
        var at = (int)hash & mask;
        for (var probes = 0; probes < MaxProbes; at = (at + 1) & mask, probes++)
        {
            var slot = slots[at];
            if (slot == 0)
            {
                code = Count;
                return TryAppend(value, hash, at);
            }

            code = (int)slot - 1;
            if ((uint)(slot >> 32) != hash)
                continue;
            var start = code == 0 ? 0 : ends[code - 1];
            if (ends[code] - start == value.Length && data.Slice(start, value.Length).SequenceEqual(value))
                return true;
        }

        code = 0;
        return false;
    }

    private bool TryAppend(ReadOnlySpan<byte> value, uint hash, int at)
    {
        if (value.Length + sizeof(int) > maxBytes - SizeBytes)
            return false;
        _data.Write(value);
        _ends.WriteFixed32((uint)_data.Length);
        Slots[at] = ((ulong)hash << 32) | (uint)++Count;
        if (Count * 2 > Slots.Length)
            Grow();
        return true;
    }

    private void Grow()
    {
        var larger = NewSlots(Slots.Length * 4);
        var slots = MemoryMarshal.Cast<byte, ulong>(larger.Span);
        var mask = slots.Length - 1;
        foreach (var slot in Slots)
        {
            if (slot == 0)
                continue;
            var at = (int)(slot >> 32) & mask;
            while (slots[at] != 0)
                at = (at + 1) & mask;
            slots[at] = slot;
        }

        _slots.Dispose();
        _slots = larger;
    }

    private static PooledBytes NewSlots(int count)
    {
        var bytes = PooledBytes.Rent(count * sizeof(ulong));
        bytes.Span.Clear();
        return bytes;
    }

    private static uint Hash(ReadOnlySpan<byte> value)
    {
        var hash = (ulong)value.Length * 0x9E3779B97F4A7C15;
        var rest = value;
        for (; rest.Length > 16; rest = rest[8..])
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(rest));
        if (rest.Length >= 8)
        {
            hash ^= BinaryPrimitives.ReadUInt64LittleEndian(rest);
            hash = (hash * 0x94D049BB133111EB) ^ BinaryPrimitives.ReadUInt64LittleEndian(rest[^8..]);
        }
        else if (rest.Length >= 4)
        {
            hash ^= BinaryPrimitives.ReadUInt32LittleEndian(rest) | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(rest[^4..]) << 32);
        }
        else if (rest.Length > 0)
        {
            hash ^= rest[0] | ((ulong)rest[rest.Length / 2] << 8) | ((ulong)rest[^1] << 16);
        }

        return (uint)(Mix(hash) >> 32);
    }

    // SplitMix64's finish: each bit of the result depends on all of the input.
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
