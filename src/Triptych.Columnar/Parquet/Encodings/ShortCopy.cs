using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Triptych.Columnar.Parquet.Encodings;

/// <summary>Copies values of a few bytes without a call: whole vectors, where what lies behind the value may be overwritten.</summary>
internal static class ShortCopy
{
    /// <summary>
    /// Copies <paramref name="length"/> bytes. Bytes of the destination behind them are undefined: it is filled front to back.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(ReadOnlySpan<byte> source, int from, int length, Span<byte> destination, int to)
    {
        if (length <= Vector256<byte>.Count
            && from <= source.Length - Vector256<byte>.Count && to <= destination.Length - Vector256<byte>.Count)
            Vector256.Create(source.Slice(from, Vector256<byte>.Count)).CopyTo(destination.Slice(to, Vector256<byte>.Count));
        else
            source.Slice(from, length).CopyTo(destination[to..]);
    }
}
