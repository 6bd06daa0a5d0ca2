using System.Buffers.Binary;
using System.Numerics;
using Triptych.Primitives.Binary;

namespace Triptych.Logs.Block;

/// <summary>Makes the filter of one row group after another (see <see cref="GramFilter"/>). One thread.</summary>
internal sealed class GramFilterBuilder
{
    private const int MixedBits = 16;
    private const int WordBits = 14;

    // A filter takes at most this share of its lines, and shrinks further while its bits stay sparse.
    private const int LinesPerMixed = 32;
    private const int LinesPerWords = 256;
    private const double MixedFill = 0.4;
    private const double WordFill = 0.25;

    private readonly Grams _grams = new();
    private readonly ulong[] _mixed = new ulong[1 << MixedBits];
    private readonly ulong[] _words = new ulong[1 << WordBits];
    private Sink _sink = new(new ulong[1 << (MixedBits - 6)], new ulong[1 << (WordBits - 6)]);
    private int _rows;
    private int _rowsPerPart;
    private long _textBytes;

    /// <summary>Begins with a row group of so many rows.</summary>
    public void Begin(int rows)
    {
        _rows = 0;
        _textBytes = 0;
        _rowsPerPart = Math.Max(1, (rows + GramFilter.Parts - 1) / GramFilter.Parts);
        _mixed.AsSpan().Clear();
        _words.AsSpan().Clear();
    }

    /// <summary>Adds the line of the next row.</summary>
    public void Add(ReadOnlySpan<byte> line)
    {
        if (_rows > 0 && _rows % _rowsPerPart == 0) EndPart();
        _rows++;
        _textBytes += line.Length;
        _grams.Collect(line, ref _sink);
    }

    /// <summary>Writes the filter.</summary>
    public void Finish(PooledBufferWriter output)
    {
        EndPart();
        var mixed = Shrink(_mixed, LinesPerMixed, MixedFill);
        var words = Shrink(_words, LinesPerWords, WordFill);
        output.WriteByte(GramFilter.Version);
        output.WriteByte((byte)BitOperations.Log2((uint)mixed.Length));
        output.WriteByte((byte)BitOperations.Log2((uint)words.Length));
        output.WriteByte(0);
        output.WriteFixed32((uint)_rowsPerPart);
        Write(mixed, output);
        Write(words, output);
    }

    private static void Write(ReadOnlySpan<ulong> slots, PooledBufferWriter output)
    {
        var room = output.GetSpan(slots.Length * sizeof(ulong));
        for (var i = 0; i < slots.Length; i++) BinaryPrimitives.WriteUInt64LittleEndian(room[(i * sizeof(ulong))..], slots[i]);
        output.Advance(slots.Length * sizeof(ulong));
    }

    /// <summary>Gives the grams of the rows so far the bit of their part.</summary>
    private void EndPart()
    {
        var part = 1UL << Math.Min(GramFilter.Parts - 1, (Math.Max(1, _rows) - 1) / _rowsPerPart);
        Scatter(_sink.Mixed, _mixed, part);
        Scatter(_sink.Words, _words, part);
    }

    private static void Scatter(ulong[] bits, ulong[] slots, ulong part)
    {
        for (var word = 0; word < bits.Length; word++)
        {
            for (var left = bits[word]; left != 0; left &= left - 1) slots[(word * 64) + BitOperations.TrailingZeroCount(left)] |= part;
            bits[word] = 0;
        }
    }

    private Span<ulong> Shrink(ulong[] slots, int linesPerFilter, double fill)
    {
        var parts = Math.Max(1, (_rows + _rowsPerPart - 1) / _rowsPerPart);
        var most = Math.Max(1, _textBytes / linesPerFilter / sizeof(ulong));
        var count = slots.Length;
        while (count > 1 && (count > most || IsSparse(slots.AsSpan(0, count), parts, fill)))
        {
            count /= 2;
            for (var i = 0; i < count; i++) slots[i] = slots[2 * i] | slots[(2 * i) + 1];
        }

        return slots.AsSpan(0, count);
    }

    /// <summary>Whether half as many slots would do.</summary>
    private static bool IsSparse(ReadOnlySpan<ulong> slots, int parts, double fill)
    {
        var bits = 0L;
        foreach (var slot in slots) bits += BitOperations.PopCount(slot);
        return bits * 2 < fill * slots.Length * parts;
    }

    private readonly struct Sink(ulong[] mixed, ulong[] words) : IGramSink
    {
        public ulong[] Mixed => mixed;

        public ulong[] Words => words;

        public void AddMixed(uint gram)
        {
            var slot = GramFilter.SlotOf(gram, MixedBits);
            mixed[slot >> 6] |= 1UL << (slot & 63);
        }

        public void AddWord(uint gram)
        {
            var slot = GramFilter.SlotOf(gram, WordBits);
            words[slot >> 6] |= 1UL << (slot & 63);
        }
    }
}
