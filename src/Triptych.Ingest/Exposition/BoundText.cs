using Triptych.Model.Labels;
using Triptych.Primitives.Text;

namespace Triptych.Ingest.Exposition;

/// <summary>The values of <c>le</c> and <c>quantile</c> as OpenMetrics writes them: whole numbers with <c>.0</c>.</summary>
public static class BoundText
{
    /// <summary>Writes a bound; returns how many bytes it has.</summary>
    /// <param name="bound">The bound.</param>
    /// <param name="text">At least <see cref="FloatFormat.MaxPlainLength"/> bytes.</param>
    public static int Write(double bound, Span<byte> text)
    {
        // Zero has no sign here, as in Prometheus.
        var length = FloatFormat.WriteGeneral(bound == 0 ? 0 : bound, text);
        if (!double.IsFinite(bound) || text[..length].IndexOfAny((byte)'.', (byte)'e') >= 0) return length;
        ".0"u8.CopyTo(text[length..]);
        return length + 2;
    }

    /// <summary>Reads a bound; NaN where the text is none.</summary>
    public static double Read(ReadOnlySpan<byte> text) => ExpositionParser.TryParse(text, out var bound) ? bound : double.NaN;

    /// <summary>Adds a label whose value is a bound, in whichever way the target wrote it; what is no number stays as it is.</summary>
    public static void AddTo(LabelSetWriter into, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Span<byte> text = stackalloc byte[FloatFormat.MaxPlainLength];
        if (ExpositionParser.TryParse(value, out var bound) && (double.IsFinite(bound) || !value.ContainsAnyInRange((byte)'0', (byte)'9')))
            into.Add(name, text[..Write(bound, text)]);
        else
            into.Add(name, value);
    }
}
