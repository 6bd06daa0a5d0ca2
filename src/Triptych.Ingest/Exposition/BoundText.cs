using Triptych.Primitives.Text;

namespace Triptych.Ingest.Exposition;

/// <summary>The values of <c>le</c> and <c>quantile</c> as OpenMetrics writes them: whole numbers with <c>.0</c>.</summary>
internal static class BoundText
{
    /// <summary>Writes a bound; returns how many bytes it has.</summary>
    /// <param name="bound">The bound.</param>
    /// <param name="text">At least <see cref="FloatFormat.MaxPlainLength"/> bytes.</param>
    public static int Write(double bound, Span<byte> text)
    {
        var length = FloatFormat.WriteGeneral(bound, text);
        if (!double.IsFinite(bound) || text[..length].IndexOfAny((byte)'.', (byte)'e') >= 0) return length;
        ".0"u8.CopyTo(text[length..]);
        return length + 2;
    }
}
