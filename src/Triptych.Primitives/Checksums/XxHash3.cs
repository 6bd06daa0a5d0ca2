using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Triptych.Primitives.Checksums;

/// <summary>
/// XXH3 with 128 bits of result (xxHash specification, doc/xxhash_spec.md of its project, version 0.2.0): what is at most 240 bytes long by products of
/// 128 bits, the rest by eight accumulators over stripes of 64 bytes. Numbers are little-endian, as is every processor that this runs on.
/// </summary>
internal static class XxHash3
{
    private const ulong Prime32A = 0x9E3779B1;
    private const ulong Prime32B = 0x85EBCA77;
    private const ulong Prime32C = 0xC2B2AE3D;
    private const ulong MixA = 0x165667919E3779F9;
    private const ulong MixB = 0x9FB21C651E98DF25;
    private const int LongestByProducts = 240;
    private const int StripeBytes = 64;
    private const int StripesOfBlock = (SecretBytes - StripeBytes) / 8;
    private const int SecretBytes = 192;

    // Where the last stripe and the two merges read the secret, counted as the specification does.
    private const int LastStripeSecret = SecretBytes - StripeBytes - 7;
    private const int LowMergeSecret = 11;
    private const int HighMergeSecret = SecretBytes - StripeBytes - 11;

    private static ReadOnlySpan<byte> Secret =>
    [
        0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c, 0xde, 0xd4, 0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb,
        0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f, 0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21,
        0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c, 0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb,
        0x88, 0xd0, 0x65, 0x8b, 0x1b, 0x53, 0x2e, 0xa3, 0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac, 0xd8,
        0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d, 0x8a, 0x51, 0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31,
        0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64, 0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3, 0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb,
        0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49, 0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e, 0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc,
        0x8f, 0xf8, 0xb8, 0xd1, 0x7a, 0xd0, 0x31, 0xce, 0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28, 0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b, 0x40, 0x7e,
    ];

    public static Hash128 Compute(ReadOnlySpan<byte> data, ulong seed) => Compute(data, seed, Avx2.IsSupported);

    /// <summary>The same with or without the wide instructions, so that both can be tested on one processor.</summary>
    internal static Hash128 Compute(ReadOnlySpan<byte> data, ulong seed, bool isWide)
    {
        ref var input = ref MemoryMarshal.GetReference(data);
        ref var secret = ref MemoryMarshal.GetReference(Secret);
        return data.Length switch
        {
            > LongestByProducts => OfLong(ref input, data.Length, seed, isWide),
            > 128 => OfUpTo240(ref input, data.Length, ref secret, seed),
            > 16 => OfUpTo128(ref input, data.Length, ref secret, seed),
            > 8 => OfUpTo16(ref input, data.Length, ref secret, seed),
            > 3 => OfUpTo8(ref input, data.Length, ref secret, seed),
            > 0 => OfUpTo3(data, ref secret, seed),
            _ => new Hash128(
                AvalancheOf64(seed ^ Word(ref secret, 80) ^ Word(ref secret, 88)), AvalancheOf64(seed ^ Word(ref secret, 64) ^ Word(ref secret, 72))),
        };
    }

    private static Hash128 OfUpTo3(ReadOnlySpan<byte> data, ref byte secret, ulong seed)
    {
        var low = ((uint)data[0] << 16) | ((uint)data[data.Length >> 1] << 24) | data[^1] | ((uint)data.Length << 8);
        var high = BitOperations.RotateLeft(BinaryPrimitives.ReverseEndianness(low), 13);
        var keyedLow = low ^ ((HalfWord(ref secret, 0) ^ HalfWord(ref secret, 4)) + seed);
        var keyedHigh = high ^ ((HalfWord(ref secret, 8) ^ HalfWord(ref secret, 12)) - seed);
        return new Hash128(AvalancheOf64(keyedHigh), AvalancheOf64(keyedLow));
    }

    private static Hash128 OfUpTo8(ref byte input, int length, ref byte secret, ulong seed)
    {
        seed ^= (ulong)BinaryPrimitives.ReverseEndianness((uint)seed) << 32;
        var word = HalfWord(ref input, 0) + (HalfWord(ref input, length - 4) << 32);
        var keyed = word ^ ((Word(ref secret, 16) ^ Word(ref secret, 24)) + seed);
        var high = Math.BigMul(keyed, XxHash64.Prime1 + ((ulong)length << 2), out var low);
        high += low << 1;
        low ^= high >> 3;
        low = (low ^ (low >> 35)) * MixB;
        low ^= low >> 28;
        return new Hash128(Avalanche(high), low);
    }

    private static Hash128 OfUpTo16(ref byte input, int length, ref byte secret, ulong seed)
    {
        var inputHigh = Word(ref input, length - 8);
        var keyed = Word(ref input, 0) ^ inputHigh ^ ((Word(ref secret, 32) ^ Word(ref secret, 40)) - seed);
        var high = Math.BigMul(keyed, XxHash64.Prime1, out var low);
        low += (ulong)(length - 1) << 54;
        inputHigh ^= (Word(ref secret, 48) ^ Word(ref secret, 56)) + seed;
        high += inputHigh + ((uint)inputHigh * (Prime32B - 1));
        low ^= BinaryPrimitives.ReverseEndianness(high);
        var finalHigh = Math.BigMul(low, XxHash64.Prime2, out var finalLow) + (high * XxHash64.Prime2);
        return new Hash128(Avalanche(finalHigh), Avalanche(finalLow));
    }

    private static Hash128 OfUpTo128(ref byte input, int length, ref byte secret, ulong seed)
    {
        var low = (ulong)length * XxHash64.Prime1;
        var high = 0ul;
        for (var i = (length - 1) / 32; i >= 0; i--)
            Mix(ref low, ref high, ref At(ref input, 16 * i), ref At(ref input, length - (16 * (i + 1))), ref At(ref secret, 32 * i), seed);
        return Finish(low, high, length, seed);
    }

    private static Hash128 OfUpTo240(ref byte input, int length, ref byte secret, ulong seed)
    {
        var low = (ulong)length * XxHash64.Prime1;
        var high = 0ul;
        for (var i = 0; i < 128; i += 32)
            Mix(ref low, ref high, ref At(ref input, i), ref At(ref input, i + 16), ref At(ref secret, i), seed);
        low = Avalanche(low);
        high = Avalanche(high);
        for (var i = 128; i + 32 <= length; i += 32)
            Mix(ref low, ref high, ref At(ref input, i), ref At(ref input, i + 16), ref At(ref secret, 3 + i - 128), seed);
        Mix(ref low, ref high, ref At(ref input, length - 16), ref At(ref input, length - 32), ref At(ref secret, 136 - 17 - 16), 0 - seed);
        return Finish(low, high, length, seed);
    }

    [SkipLocalsInit]
    private static Hash128 OfLong(ref byte input, int length, ulong seed, bool isWide)
    {
        // Each pair of words of the secret has the seed added and taken away.
        Span<byte> keyed = stackalloc byte[SecretBytes];
        ref var secret = ref MemoryMarshal.GetReference(keyed);
        ref var plain = ref MemoryMarshal.GetReference(Secret);
        var seeds = Vector256.Create(seed, 0 - seed, seed, 0 - seed);
        for (var i = 0; i < SecretBytes; i += 32)
            Unsafe.WriteUnaligned(ref At(ref secret, i), Unsafe.ReadUnaligned<Vector256<ulong>>(ref At(ref plain, i)) + seeds);

        Span<ulong> lanes =
        [
            Prime32C, XxHash64.Prime1, XxHash64.Prime2, XxHash64.Prime3, XxHash64.Prime4, Prime32B, XxHash64.Prime5, Prime32A,
        ];
        var stripes = (length - 1) / StripeBytes;
        if (isWide)
            AccumulateWide(lanes, ref input, stripes, length, ref secret);
        else
            Accumulate(lanes, ref input, stripes, length, ref secret);
        return new Hash128(
            Merge(lanes, ref At(ref secret, HighMergeSecret), ~((ulong)length * XxHash64.Prime2)),
            Merge(lanes, ref At(ref secret, LowMergeSecret), (ulong)length * XxHash64.Prime1));
    }

    private static void Accumulate(Span<ulong> lanes, ref byte input, int stripes, int length, ref byte secret)
    {
        var ofBlock = 0;
        for (var stripe = 0; stripe < stripes; stripe++)
        {
            Take(lanes, ref At(ref input, stripe * StripeBytes), ref At(ref secret, 8 * ofBlock));
            if (++ofBlock < StripesOfBlock) continue;
            ofBlock = 0;
            for (var i = 0; i < lanes.Length; i++)
                lanes[i] = (lanes[i] ^ (lanes[i] >> 47) ^ Word(ref secret, SecretBytes - StripeBytes + (8 * i))) * Prime32A;
        }

        Take(lanes, ref At(ref input, length - StripeBytes), ref At(ref secret, LastStripeSecret));
    }

    private static void Take(Span<ulong> lanes, ref byte stripe, ref byte secret)
    {
        for (var i = 0; i < lanes.Length; i++)
        {
            var word = Word(ref stripe, 8 * i);
            var keyed = word ^ Word(ref secret, 8 * i);
            lanes[i ^ 1] += word;
            lanes[i] += (uint)keyed * (keyed >> 32);
        }
    }

    private static void AccumulateWide(Span<ulong> lanes, ref byte input, int stripes, int length, ref byte secret)
    {
        var first = Vector256.Create<ulong>(lanes);
        var second = Vector256.Create<ulong>(lanes[4..]);
        var ofBlock = 0;
        for (var stripe = 0; stripe < stripes; stripe++)
        {
            ref var bytes = ref At(ref input, stripe * StripeBytes);
            first = TakeWide(first, ref bytes, ref At(ref secret, 8 * ofBlock));
            second = TakeWide(second, ref At(ref bytes, 32), ref At(ref secret, (8 * ofBlock) + 32));
            if (++ofBlock < StripesOfBlock) continue;
            ofBlock = 0;
            first = ScrambleWide(first, ref At(ref secret, SecretBytes - StripeBytes));
            second = ScrambleWide(second, ref At(ref secret, SecretBytes - StripeBytes + 32));
        }

        ref var last = ref At(ref input, length - StripeBytes);
        TakeWide(first, ref last, ref At(ref secret, LastStripeSecret)).CopyTo(lanes);
        TakeWide(second, ref At(ref last, 32), ref At(ref secret, LastStripeSecret + 32)).CopyTo(lanes[4..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> TakeWide(Vector256<ulong> lanes, ref byte stripe, ref byte secret)
    {
        var words = Unsafe.ReadUnaligned<Vector256<ulong>>(ref stripe);
        var keyed = words ^ Unsafe.ReadUnaligned<Vector256<ulong>>(ref secret);
        var product = Avx2.Multiply(keyed.AsUInt32(), (keyed >> 32).AsUInt32());

        // Each lane takes its neighbour's word.
        var swapped = Avx2.Shuffle(words.AsUInt32(), 0b01_00_11_10).AsUInt64();
        return lanes + product + swapped;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> ScrambleWide(Vector256<ulong> lanes, ref byte secret)
    {
        var keyed = lanes ^ (lanes >> 47) ^ Unsafe.ReadUnaligned<Vector256<ulong>>(ref secret);
        var prime = Vector256.Create((uint)Prime32A);
        var low = Avx2.Multiply(keyed.AsUInt32(), prime);
        var high = Avx2.Multiply((keyed >> 32).AsUInt32(), prime);
        return low + (high << 32);
    }

    private static ulong Merge(ReadOnlySpan<ulong> lanes, ref byte secret, ulong start)
    {
        var sum = start;
        for (var i = 0; i < lanes.Length; i += 2)
            sum += Fold(lanes[i] ^ Word(ref secret, 8 * i), lanes[i + 1] ^ Word(ref secret, (8 * i) + 8));
        return Avalanche(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix(ref ulong low, ref ulong high, ref byte first, ref byte second, ref byte secret, ulong seed)
    {
        var a = Word(ref first, 0);
        var b = Word(ref first, 8);
        var c = Word(ref second, 0);
        var d = Word(ref second, 8);
        low = (low + Fold(a ^ (Word(ref secret, 0) + seed), b ^ (Word(ref secret, 8) - seed))) ^ (c + d);
        high = (high + Fold(c ^ (Word(ref secret, 16) + seed), d ^ (Word(ref secret, 24) - seed))) ^ (a + b);
    }

    private static Hash128 Finish(ulong low, ulong high, int length, ulong seed) => new(
        0 - Avalanche((low * XxHash64.Prime1) + (high * XxHash64.Prime4) + (((ulong)length - seed) * XxHash64.Prime2)), Avalanche(low + high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong left, ulong right) => Math.BigMul(left, right, out var low) ^ low;

    private static ulong Avalanche(ulong hash)
    {
        hash = (hash ^ (hash >> 37)) * MixA;
        return hash ^ (hash >> 32);
    }

    private static ulong AvalancheOf64(ulong hash)
    {
        hash = (hash ^ (hash >> 33)) * XxHash64.Prime2;
        hash = (hash ^ (hash >> 29)) * XxHash64.Prime3;
        return hash ^ (hash >> 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref byte At(ref byte start, int offset) => ref Unsafe.Add(ref start, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Word(ref byte start, int offset) => Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong HalfWord(ref byte start, int offset) => Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref start, offset));
}
