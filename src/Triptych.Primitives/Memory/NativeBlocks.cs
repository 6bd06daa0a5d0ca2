using System.Numerics;
using System.Runtime.InteropServices;

namespace Triptych.Primitives.Memory;

/// <summary>
/// Native memory for <see cref="PooledBytes"/>, kept for the next who wants as much: what requests take and give back all the time would else come as new pages
/// from the system each time, or lie scattered over the allocator's arenas. Sizes are rounded up by at most a quarter, so that blocks fit again. Bounded: what
/// comes back beyond <see cref="MostKeptBytes"/> is freed. Any thread may call.
/// </summary>
internal static unsafe class NativeBlocks
{
    /// <summary>Larger ones are rare, and go back to the system.</summary>
    public const int MostBytes = 4 * 1024 * 1024;

    /// <summary>Bytes that are kept in all.</summary>
    public const long MostKeptBytes = 24L * 1024 * 1024;

    private const int StepsPerDoubling = 4;
    private static readonly Lock Gate = new();
    private static readonly Stack<nint>[] Free = [.. Enumerable.Range(0, ClassOf(MostBytes) + 1).Select(static _ => new Stack<nint>())];
    private static long _keptBytes;

    /// <summary>Bytes that lie here now.</summary>
    public static long KeptBytes => Interlocked.Read(ref _keptBytes);

    /// <summary>At least so many bytes, not cleared.</summary>
    public static byte* Rent(int length)
    {
        if (length > MostBytes)
            return (byte*)NativeMemory.Alloc((nuint)length);
        var place = ClassOf(length);
        lock (Gate)
        {
            if (Free[place].TryPop(out var block))
            {
                _keptBytes -= SizeOf(place);
                return (byte*)block;
            }
        }

        return (byte*)NativeMemory.Alloc((nuint)SizeOf(place));
    }

    /// <summary>Gives back what <see cref="Rent"/> gave for the same length.</summary>
    public static void Return(byte* block, int length)
    {
        if (length <= MostBytes)
        {
            var place = ClassOf(length);
            lock (Gate)
            {
                if (_keptBytes + SizeOf(place) <= MostKeptBytes)
                {
                    _keptBytes += SizeOf(place);
                    Free[place].Push((nint)block);
                    return;
                }
            }
        }

        NativeMemory.Free(block);
    }

    // Sizes are 64, 80, 96, 112, 128, 160 … kB.
    private static int ClassOf(int length)
    {
        if (length <= PooledBytes.NativeThreshold)
            return 0;
        var doubling = BitOperations.Log2((uint)(length - 1));
        var step = (length - 1) >> (doubling - BitOperations.Log2(StepsPerDoubling));
        return ((doubling - BitOperations.Log2(PooledBytes.NativeThreshold)) * StepsPerDoubling) + step - StepsPerDoubling + 1;
    }

    private static int SizeOf(int place)
    {
        var doubling = PooledBytes.NativeThreshold << (place / StepsPerDoubling);
        return doubling + (doubling / StepsPerDoubling * (place % StepsPerDoubling));
    }
}
