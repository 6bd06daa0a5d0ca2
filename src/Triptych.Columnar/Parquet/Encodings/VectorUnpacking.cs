using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Triptych.Columnar.Parquet.Encodings;

/// <summary>
/// Unpacks eight values a step: bytes are shuffled so that each value's lane holds all of its bits, shifted by lane, and masked. Loads reach
/// beyond the values of a step, so the last few are left to the caller.
/// </summary>
internal static class VectorUnpacking
{
    // A value that begins at bit 7 of its lane still lies within it.
    private const int MaxNarrowWidth = 32 - 7;
    private const int MaxWideWidth = 64 - 7;
    private const int LoadBytes = 16;

    private static readonly NarrowPlan[] NarrowPlans = [.. Enumerable.Range(0, MaxNarrowWidth + 1).Select(width => new NarrowPlan(width))];
    private static readonly WidePlan[] WidePlans = [.. Enumerable.Range(0, MaxWideWidth + 1).Select(width => new WidePlan(width))];

    public static bool IsSupported => Avx2.IsSupported;

    /// <summary>Returns how many values were unpacked, a multiple of eight.</summary>
    public static int Unpack(ReadOnlySpan<byte> source, int bitWidth, Span<uint> destination)
    {
        if (bitWidth > MaxNarrowWidth)
            return 0;
        ref readonly var plan = ref NarrowPlans[bitWidth];
        var (low, high, shifts, highOffset) = (plan.Low, plan.High, plan.Shifts, plan.HighOffset);
        var mask = Vector256.Create((1u << bitWidth) - 1);
        var groups = Groups(source.Length, highOffset, bitWidth, destination.Length);
        for (var g = 0; g < groups; g++)
        {
            var lanes = Load(source, g * bitWidth, low, highOffset, high);
            (Avx2.ShiftRightLogicalVariable(lanes, shifts) & mask).CopyTo(destination.Slice(g * 8, 8));
        }

        return groups * 8;
    }

    /// <summary>As for 32 bits.</summary>
    public static int Unpack(ReadOnlySpan<byte> source, int bitWidth, Span<ulong> destination)
    {
        if (bitWidth > MaxWideWidth)
            return 0;
        return bitWidth <= MaxNarrowWidth ? UnpackNarrow(source, bitWidth, destination) : UnpackWide(source, bitWidth, destination);
    }

    private static int UnpackNarrow(ReadOnlySpan<byte> source, int bitWidth, Span<ulong> destination)
    {
        ref readonly var plan = ref NarrowPlans[bitWidth];
        var (low, high, shifts, highOffset) = (plan.Low, plan.High, plan.Shifts, plan.HighOffset);
        var mask = Vector256.Create((1u << bitWidth) - 1);
        var groups = Groups(source.Length, highOffset, bitWidth, destination.Length);
        for (var g = 0; g < groups; g++)
        {
            var values = Avx2.ShiftRightLogicalVariable(Load(source, g * bitWidth, low, highOffset, high), shifts) & mask;
            var room = destination.Slice(g * 8, 8);
            Vector256.WidenLower(values).CopyTo(room);
            Vector256.WidenUpper(values).CopyTo(room[4..]);
        }

        return groups * 8;
    }

    private static int UnpackWide(ReadOnlySpan<byte> source, int bitWidth, Span<ulong> destination)
    {
        var plan = WidePlans[bitWidth];
        var mask = Vector128.Create((1UL << bitWidth) - 1);
        var groups = Groups(source.Length, plan.LastOffset, bitWidth, destination.Length);
        for (var g = 0; g < groups; g++)
        {
            var room = destination.Slice(g * 8, 8);
            for (var pair = 0; pair < 4; pair++)
            {
                var bytes = Vector128.Create(source.Slice((g * bitWidth) + plan.Offsets[pair], LoadBytes));
                var lanes = Ssse3.Shuffle(bytes, plan.Shuffles[pair]).AsUInt64();
                (Avx2.ShiftRightLogicalVariable(lanes, plan.Shifts[pair]) & mask).CopyTo(room[(pair * 2)..]);
            }
        }

        return groups * 8;
    }

    private static int Groups(int sourceBytes, int lastOffset, int bitWidth, int values)
    {
        var spare = sourceBytes - lastOffset - LoadBytes;
        return spare < 0 ? 0 : Math.Min(values / 8, (spare / bitWidth) + 1);
    }

    private static Vector256<uint> Load(ReadOnlySpan<byte> source, int at, Vector128<byte> low, int highOffset, Vector128<byte> high)
    {
        var lower = Ssse3.Shuffle(Vector128.Create(source.Slice(at, LoadBytes)), low);
        var upper = Ssse3.Shuffle(Vector128.Create(source.Slice(at + highOffset, LoadBytes)), high);
        return Vector256.Create(lower, upper).AsUInt32();
    }

    /// <summary>Eight lanes of 32 bits out of two loads of 16 bytes.</summary>
    private readonly struct NarrowPlan
    {
        public readonly Vector128<byte> Low;
        public readonly Vector128<byte> High;
        public readonly Vector256<uint> Shifts;
        public readonly int HighOffset;

        public NarrowPlan(int width)
        {
            Span<byte> low = stackalloc byte[16];
            Span<byte> high = stackalloc byte[16];
            Span<uint> shifts = stackalloc uint[8];
            HighOffset = 4 * width / 8;
            for (var i = 0; i < 8; i++)
            {
                var bit = (i * width) - (i < 4 ? 0 : HighOffset * 8);
                shifts[i] = (uint)bit & 7;
                for (var b = 0; b < 4; b++)
                    (i < 4 ? low : high)[(i % 4 * 4) + b] = (byte)((bit >> 3) + b);
            }

            Low = Vector128.Create<byte>(low);
            High = Vector128.Create<byte>(high);
            Shifts = Vector256.Create<uint>(shifts);
        }
    }

    /// <summary>Four times two lanes of 64 bits, each out of a load of 16 bytes.</summary>
    private sealed class WidePlan
    {
        public readonly int[] Offsets = new int[4];
        public readonly Vector128<byte>[] Shuffles = new Vector128<byte>[4];
        public readonly Vector128<ulong>[] Shifts = new Vector128<ulong>[4];

        public WidePlan(int width)
        {
            Span<byte> shuffle = stackalloc byte[16];
            Span<ulong> shifts = stackalloc ulong[2];
            for (var pair = 0; pair < 4; pair++)
            {
                Offsets[pair] = 2 * pair * width / 8;
                for (var i = 0; i < 2; i++)
                {
                    var bit = (((2 * pair) + i) * width) - (Offsets[pair] * 8);
                    shifts[i] = (uint)bit & 7;
                    for (var b = 0; b < 8; b++)
                        shuffle[(i * 8) + b] = (byte)((bit >> 3) + b);
                }

                Shuffles[pair] = Vector128.Create<byte>(shuffle);
                Shifts[pair] = Vector128.Create<ulong>(shifts);
            }
        }

        public int LastOffset => Offsets[3];
    }
}
