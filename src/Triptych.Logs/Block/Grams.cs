using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Triptych.Logs.Block;

/// <summary>Receives the grams of a text.</summary>
internal interface IGramSink
{
    /// <summary>A gram of a stretch of <see cref="Grams.WordSpan"/> bytes without digits.</summary>
    void AddWord(uint gram);

    /// <summary>A gram of a stretch of <see cref="Grams.MixedSpan"/> bytes with digits.</summary>
    void AddMixed(uint gram);
}

/// <summary>
/// Chooses grams of a text (docs/formats/logs-block.md) so that a text has all grams of each of its parts: of every stretch of six bytes without
/// digits the least of three hashes over four bytes, of every stretch of eleven bytes with a digit the least of six hashes over six bytes. What is chosen
/// hangs on the stretch alone, not on where words begin and end, so that a needle's grams are in each line that contains it. ASCII letters
/// are alike in both cases. One instance, which holds scratch memory, is used by one thread at a time.
/// </summary>
internal sealed class Grams
{
    /// <summary>Bytes that decide about one gram of a text without digits.</summary>
    public const int WordSpan = 6;

    /// <summary>Bytes that decide about one gram of a text with digits.</summary>
    public const int MixedSpan = 11;

    private const int ChunkBytes = 2048;
    private const int Lanes = 8;
    private const uint CaseBits = 0x20202020;
    private const uint Factor = 0x9E3779B1;

    // Position i of the text stands at i + Lead in each array, so that the one before the first can be looked at.
    private const int Lead = Lanes;

    private static readonly Vector256<byte> s_fourBytesEach = Vector256.Create(
        (byte)0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6, 0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6);

    private readonly uint[] _hashes = new uint[ChunkBytes + (4 * Lanes)];
    private readonly uint[] _pairs = new uint[ChunkBytes + (4 * Lanes)];
    private readonly uint[] _words = new uint[ChunkBytes + (4 * Lanes)];
    private readonly uint[] _mixed = new uint[ChunkBytes + (4 * Lanes)];
    private readonly ulong[] _digits = new ulong[(ChunkBytes / 64) + 3];

    /// <summary>Tells the grams of a text; some more than once.</summary>
    public void Collect<TSink>(ReadOnlySpan<byte> text, ref TSink sink)
        where TSink : IGramSink
    {
        // Chunks overlap by what one gram hangs on, less one byte.
        for (var start = 0; text.Length - start >= WordSpan; start += ChunkBytes - MixedSpan + 1)
        {
            var chunk = text.Slice(start, Math.Min(ChunkBytes, text.Length - start));
            CollectChunk(chunk, ref sink);
            if (start + chunk.Length == text.Length) break;
        }
    }

    private static void Emit<TSink>(int bits, ReadOnlySpan<uint> grams, bool isMixed, ref TSink sink)
        where TSink : IGramSink
    {
        for (; bits != 0; bits &= bits - 1)
        {
            var gram = grams[BitOperations.TrailingZeroCount(bits)];
            if (isMixed) sink.AddMixed(gram);
            else sink.AddWord(gram);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CollectChunk<TSink>(ReadOnlySpan<byte> text, ref TSink sink)
        where TSink : IGramSink
    {
        HashFours(text);
        MarkDigits(text);
        var words = text.Length - WordSpan + 1;
        var mixed = Math.Max(0, text.Length - MixedSpan + 1);
        FindLeast(words);
        _words[Lead - 1] = ~_words[Lead];
        _mixed[Lead - 1] = ~_mixed[Lead];
        for (var i = 0; i < words; i += Lanes)
        {
            // Bit k is about the position i + k - 1: bit 0 about the one before.
            var digits = DigitsFrom(i);
            var any = digits | (digits >> 1);
            any |= any >> 2;
            var anyOfSix = any | (any >> 2);
            var isWord = ~anyOfSix;
            var changed = Changed(_words, i) | (uint)~isWord;
            Emit((int)((uint)(isWord >> 1) & changed & Valid(words - i)), _words.AsSpan(Lead + i), isMixed: false, ref sink);
            if (i >= mixed) continue;
            any |= any >> 4;
            var anyOfEleven = any | (any >> 3);
            changed = Changed(_mixed, i) | (uint)~anyOfEleven;
            Emit((int)((uint)(anyOfEleven >> 1) & changed & Valid(mixed - i)), _mixed.AsSpan(Lead + i), isMixed: true, ref sink);
        }
    }

    private static uint Valid(int left) => left >= Lanes ? 0xFF : (1u << left) - 1;

    private static uint Changed(uint[] least, int i) =>
        ~Vector256.Equals(Load(least, Lead + i), Load(least, Lead + i - 1)).ExtractMostSignificantBits();

    private static Vector256<uint> Load(uint[] array, int at) => Vector256.Create(array.AsSpan(at, Lanes));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void HashFours(ReadOnlySpan<byte> text)
    {
        var count = text.Length - 3;
        var i = 0;
        if (Avx2.IsSupported)
        {
            var (caseBits, factor) = (Vector256.Create(CaseBits), Vector256.Create(Factor));
            for (; i + 20 <= text.Length; i += Lanes)
            {
                var bytes = Vector256.Create(Vector128.Create(text.Slice(i, 16)), Vector128.Create(text.Slice(i + 4, 16)));
                ((Avx2.Shuffle(bytes, s_fourBytesEach).AsUInt32() | caseBits) * factor).CopyTo(_hashes.AsSpan(Lead + i));
            }
        }

        for (; i < count; i++) _hashes[Lead + i] = (BinaryPrimitives.ReadUInt32LittleEndian(text[i..]) | CaseBits) * Factor;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MarkDigits(ReadOnlySpan<byte> text)
    {
        // The digit at position i is bit i + 1.
        _digits.AsSpan(0, (text.Length / 64) + 3).Clear();
        var i = 0;
        for (; i + 32 <= text.Length; i += 32)
        {
            var isDigit = Vector256.LessThanOrEqual(Vector256.Create(text.Slice(i, 32)) - Vector256.Create((byte)'0'), Vector256.Create((byte)9));
            var bits = (ulong)isDigit.ExtractMostSignificantBits();
            var at = i + 1;
            _digits[at >> 6] |= bits << (at & 63);
            if ((at & 63) > 32) _digits[(at >> 6) + 1] |= bits >> (64 - (at & 63));
        }

        for (; i < text.Length; i++)
        {
            if (char.IsAsciiDigit((char)text[i])) _digits[(i + 1) >> 6] |= 1UL << ((i + 1) & 63);
        }
    }

    private ulong DigitsFrom(int bit)
    {
        var (word, shift) = (bit >> 6, bit & 63);
        return shift == 0 ? _digits[word] : (_digits[word] >> shift) | (_digits[word + 1] << (64 - shift));
    }

    /// <summary>The least hash of each stretch that begins in the first positions. What lies behind the text is never asked for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FindLeast(int words)
    {
        for (var i = 0; i < words; i += Lanes)
        {
            var (first, second, third) = (Load(_hashes, Lead + i), Load(_hashes, Lead + i + 1), Load(_hashes, Lead + i + 2));
            Vector256.Min(Vector256.Min(first, second), third).CopyTo(_words.AsSpan(Lead + i));
            (first ^ ((third << 16) | (third >> 16))).CopyTo(_pairs.AsSpan(Lead + i));
        }

        for (var i = 0; i < words; i += Lanes)
        {
            var least = Vector256.Min(Vector256.Min(Load(_pairs, Lead + i), Load(_pairs, Lead + i + 1)), Load(_pairs, Lead + i + 2));
            var next = Vector256.Min(Vector256.Min(Load(_pairs, Lead + i + 3), Load(_pairs, Lead + i + 4)), Load(_pairs, Lead + i + 5));
            Vector256.Min(least, next).CopyTo(_mixed.AsSpan(Lead + i));
        }
    }
}
