using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Triptych.Primitives.Checksums;

/// <summary>
/// XXH64 (xxHash specification, doc/xxhash_spec.md of its project, version 0.1.1). Fast, well spread, not proof against an adversary:
/// whoever looks things up by it compares the content as well.
/// </summary>
public static class XxHash64
{
    internal const ulong Prime1 = 0x9E3779B185EBCA87;
    internal const ulong Prime2 = 0xC2B2AE3D27D4EB4F;
    internal const ulong Prime3 = 0x165667B19E3779F9;
    internal const ulong Prime4 = 0x85EBCA77C2B2AE63;
    internal const ulong Prime5 = 0x27D4EB2F165667C5;

    public static ulong Compute(ReadOnlySpan<byte> data, ulong seed = 0)
    {
        var lanes = new XxHash64Lanes(seed);
        var rest = data;
        while (rest.Length >= XxHash64Lanes.StripeLength)
        {
            lanes.Consume(rest);
            rest = rest[XxHash64Lanes.StripeLength..];
        }

        return lanes.Finish(rest, (ulong)data.Length);
    }
}

/// <summary>The four accumulators of one XXH64, fed by stripes of 32 bytes.</summary>
internal struct XxHash64Lanes(ulong seed)
{
    public const int StripeLength = 32;

    private readonly ulong _seed = seed;
    private ulong _lane0 = seed + XxHash64.Prime1 + XxHash64.Prime2;
    private ulong _lane1 = seed + XxHash64.Prime2;
    private ulong _lane2 = seed;
    private ulong _lane3 = seed - XxHash64.Prime1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Consume(ReadOnlySpan<byte> stripe)
    {
        var words = stripe[..StripeLength];
        _lane0 = Round(_lane0, BinaryPrimitives.ReadUInt64LittleEndian(words));
        _lane1 = Round(_lane1, BinaryPrimitives.ReadUInt64LittleEndian(words[8..]));
        _lane2 = Round(_lane2, BinaryPrimitives.ReadUInt64LittleEndian(words[16..]));
        _lane3 = Round(_lane3, BinaryPrimitives.ReadUInt64LittleEndian(words[24..]));
    }

    /// <summary>The hash, given the last 0 to 31 bytes and the length of all input.</summary>
    public readonly ulong Finish(ReadOnlySpan<byte> rest, ulong totalLength)
    {
        ulong hash;
        if (totalLength >= StripeLength)
        {
            hash = BitOperations.RotateLeft(_lane0, 1) + BitOperations.RotateLeft(_lane1, 7)
                + BitOperations.RotateLeft(_lane2, 12) + BitOperations.RotateLeft(_lane3, 18);
            hash = Merge(hash, _lane0);
            hash = Merge(hash, _lane1);
            hash = Merge(hash, _lane2);
            hash = Merge(hash, _lane3);
        }
        else
        {
            hash = _seed + XxHash64.Prime5;
        }

        hash += totalLength;
        while (rest.Length >= 8)
        {
            hash ^= Round(0, BinaryPrimitives.ReadUInt64LittleEndian(rest));
            hash = (BitOperations.RotateLeft(hash, 27) * XxHash64.Prime1) + XxHash64.Prime4;
            rest = rest[8..];
        }

        if (rest.Length >= 4)
        {
            hash ^= BinaryPrimitives.ReadUInt32LittleEndian(rest) * XxHash64.Prime1;
            hash = (BitOperations.RotateLeft(hash, 23) * XxHash64.Prime2) + XxHash64.Prime3;
            rest = rest[4..];
        }

        foreach (var b in rest)
        {
            hash ^= b * XxHash64.Prime5;
            hash = BitOperations.RotateLeft(hash, 11) * XxHash64.Prime1;
        }

        hash = (hash ^ (hash >> 33)) * XxHash64.Prime2;
        hash = (hash ^ (hash >> 29)) * XxHash64.Prime3;
        return hash ^ (hash >> 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Round(ulong lane, ulong word) =>
        BitOperations.RotateLeft(lane + (word * XxHash64.Prime2), 31) * XxHash64.Prime1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Merge(ulong hash, ulong lane) => ((hash ^ Round(0, lane)) * XxHash64.Prime1) + XxHash64.Prime4;
}
