using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Triptych.Logs.Patterns;

/// <summary>
/// A hash of what <see cref="PatternTokens"/> makes of a line: lines of one hash have the same tokens. (Lines with the same tokens may have several, which
/// only costs a look-up more.) Words that hold what makes them a variable are found by bits, 16 bytes of the line at a time; all else is hashed as it
/// stands, 8 bytes at a time. One instance, which holds scratch memory, is used by one thread at a time.
/// </summary>
internal sealed class LineShape
{
    private const int BlockBytes = 64;
    private const int LaneBytes = 16;
    private const ulong Factor = 0x9E3779B97F4A7C15;
    private const ulong VariableWord = 0xC2B2AE3D27D4EB4F;

    // By the lower four bits of a byte, the sets of upper bits with which it is a separator; see MakeSeparators.
    private static readonly Vector128<byte> s_separators = MakeSeparators();
    private static readonly Vector128<byte> s_upperBits = Vector128.Create((byte)1, 2, 4, 8, 16, 32, 64, 128, 0, 0, 0, 0, 0, 0, 0, 0);

    private readonly ulong[] _separators = new ulong[(PatternTokens.MaxLineBytes / BlockBytes) + 1];
    private readonly ulong[] _variables = new ulong[(PatternTokens.MaxLineBytes / BlockBytes) + 1];
    private readonly byte[] _last = new byte[BlockBytes];

    /// <summary>The hash of a line, of which what is behind <see cref="PatternTokens.MaxLineBytes"/> does not count.</summary>
    public ulong Of(ReadOnlySpan<byte> line, ulong seed)
    {
        var hash = seed;
        if (line.Length > PatternTokens.MaxLineBytes)
        {
            line = line[..PatternTokens.MaxLineBytes];
            hash = Mix(hash, Factor);
        }

        var blocks = Classify(line);
        var at = 0;
        while (TryFindVariable(line, at, blocks, out var start, out var end))
        {
            hash = Mix(HashOf(line, at, start, hash), VariableWord);
            at = end;
        }

        return HashOf(line, at, line.Length, hash);
    }

    /// <summary>The next word that is a variable because of a byte in it, without colons at its edges.</summary>
    private bool TryFindVariable(ReadOnlySpan<byte> line, int from, int blocks, out int start, out int end)
    {
        (start, end) = (from, from);
        var block = from / BlockBytes;
        if (block >= blocks) return false;
        var bits = _variables[block] & (ulong.MaxValue << from);
        while (bits == 0)
        {
            if (++block >= blocks) return false;
            bits = _variables[block];
        }

        var met = (block * BlockBytes) + BitOperations.TrailingZeroCount(bits);
        start = Math.Max(from, StartOfWord(met));
        end = Math.Min(line.Length, EndOfWord(met, blocks));
        if (line[start] == ':') start++;
        if (line[end - 1] == ':') end--;
        return true;
    }

    private int StartOfWord(int place)
    {
        var block = place / BlockBytes;
        var bits = _separators[block] & ((1UL << place) - 1);
        while (bits == 0)
        {
            if (--block < 0) return 0;
            bits = _separators[block];
        }

        return (block * BlockBytes) + BitOperations.Log2(bits) + 1;
    }

    private int EndOfWord(int place, int blocks)
    {
        var block = place / BlockBytes;
        var bits = _separators[block] & (ulong.MaxValue << place);
        while (bits == 0)
        {
            if (++block >= blocks) return int.MaxValue;
            bits = _separators[block];
        }

        return (block * BlockBytes) + BitOperations.TrailingZeroCount(bits);
    }

    /// <summary>Sets the bits of separators and of what makes a word a variable; returns the number of blocks.</summary>
    private int Classify(ReadOnlySpan<byte> line)
    {
        var block = 0;
        for (; line.Length >= BlockBytes; line = line[BlockBytes..]) Classify(line, block++);
        if (line.IsEmpty) return block;
        line.CopyTo(_last);
        _last.AsSpan(line.Length).Fill((byte)' ');
        Classify(_last, block++);
        return block;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Classify(ReadOnlySpan<byte> bytes, int block)
    {
        var (separators, variables) = (0UL, 0UL);
        for (var lane = 0; lane < BlockBytes; lane += LaneBytes)
        {
            var c = Vector128.Create(bytes.Slice(lane, LaneBytes));
            var upper = Vector128.ShuffleNative(s_upperBits, c >>> 4);
            var lower = Vector128.ShuffleNative(s_separators, c & Vector128.Create((byte)0x0f));
            var isOther = Vector128.Equals(upper & lower, Vector128<byte>.Zero);
            var makesVariable = Vector128.LessThan(c - Vector128.Create((byte)'0'), Vector128.Create((byte)10))
                | Vector128.LessThan(c, Vector128.Create((byte)0x20))
                | Vector128.Equals(c, Vector128.Create((byte)'<'))
                | Vector128.Equals(c, Vector128.Create((byte)0x7f));
            separators |= (ulong)(~Vector128.ExtractMostSignificantBits(isOther) & 0xffff) << lane;
            variables |= (ulong)Vector128.ExtractMostSignificantBits(makesVariable & isOther) << lane;
        }

        _separators[block] = separators;
        _variables[block] = variables;
    }

    private static ulong HashOf(ReadOnlySpan<byte> line, int start, int end, ulong hash)
    {
        var at = start;
        for (; end - at >= sizeof(ulong); at += sizeof(ulong)) hash = Mix(hash, BinaryPrimitives.ReadUInt64LittleEndian(line[at..]));
        return Mix(hash, TailOf(line, at, end) ^ ((ulong)(uint)(end - start) * Factor));
    }

    /// <summary>Fewer than eight bytes as a number.</summary>
    private static ulong TailOf(ReadOnlySpan<byte> line, int at, int end)
    {
        var length = end - at;
        if (length == 0) return 0;
        if (line.Length - at >= sizeof(ulong)) return BinaryPrimitives.ReadUInt64LittleEndian(line[at..]) & ((1UL << (8 * length)) - 1);
        if (end >= sizeof(ulong)) return BinaryPrimitives.ReadUInt64LittleEndian(line[(end - sizeof(ulong))..]) >> (8 * (sizeof(ulong) - length));
        var tail = 0UL;
        for (var i = end - 1; i >= at; i--) tail = (tail << 8) | line[i];
        return tail;
    }

    private static ulong Mix(ulong hash, ulong value)
    {
        var high = Math.BigMul(hash ^ value, Factor, out var low);
        return high ^ low ^ hash;
    }

    private static Vector128<byte> MakeSeparators()
    {
        var sets = new byte[LaneBytes];
        for (var c = 0; c < 0x80; c++)
        {
            if (PatternTokens.IsSeparator((byte)c)) sets[c & 0x0f] |= (byte)(1 << (c >> 4));
        }

        return Vector128.Create(sets);
    }
}
