using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Triptych.Columnar.Parquet.Encodings;

/// <summary>
/// Copies values of a few bytes without a call: whole vectors, where what lies behind the value may be overwritten. The destination is filled
/// front to back. Source and destination may be one buffer: all vectors of a value are loaded before one is stored.
/// </summary>
internal static class ShortCopy
{
    /// <summary>How far behind a value's first byte the destination may be overwritten.</summary>
    public const int OverrunBytes = 4 * Width;

    private const int Width = 32;

    /// <summary>Copies <paramref name="length"/> bytes. Bytes of the destination behind them are undefined.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(ReadOnlySpan<byte> source, int from, int length, Span<byte> destination, int to)
    {
        if (length <= Width && from <= source.Length - Width && to <= destination.Length - Width)
            Vector256.Create(source.Slice(from, Width)).CopyTo(destination.Slice(to, Width));
        else
            CopyUneven(source, from, length, destination, to);
    }

    /// <summary>As <see cref="Copy"/>, for lengths that differ so much that the processor would guess wrongly how many vectors there are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CopyUneven(ReadOnlySpan<byte> source, int from, int length, Span<byte> destination, int to)
    {
        if (length > OverrunBytes || from > source.Length - OverrunBytes || to > destination.Length - OverrunBytes)
        {
            source.Slice(from, length).CopyTo(destination[to..]);
            return;
        }

        var vectors = source.Slice(from, OverrunBytes);
        var room = destination.Slice(to, OverrunBytes);
        var first = Vector256.Create(vectors);
        var second = Vector256.Create(vectors[Width..]);
        var third = Vector256.Create(vectors[(2 * Width)..]);
        var fourth = Vector256.Create(vectors[(3 * Width)..]);
        first.CopyTo(room);
        second.CopyTo(room[Width..]);
        third.CopyTo(room[(2 * Width)..]);
        fourth.CopyTo(room[(3 * Width)..]);
    }
}
