using System.Globalization;

namespace Triptych.Derive.Attributes;

/// <summary>
/// How many spans a span stands for that a sampler let through: by an attribute with the share that was kept, or by OpenTelemetry's
/// threshold in the trace state (<c>ot=th:…</c>: the 56-bit number below which traces were dropped, trailing zeros left out).
/// </summary>
internal static class SpanMultiplier
{
    private const int ThresholdDigits = 14;

    /// <summary>By the share that was kept; 1 where that is not above 0.</summary>
    public static double FromShare(double share) => share > 0 && double.IsFinite(1 / share) ? 1 / share : 1;

    /// <summary>By a W3C trace state; 1 where it says nothing.</summary>
    public static double FromTraceState(ReadOnlySpan<byte> traceState)
    {
        foreach (var range in traceState.Split((byte)','))
        {
            var member = traceState[range].Trim((byte)' ');
            if (!member.StartsWith("ot="u8)) continue;
            var fields = member["ot="u8.Length..];
            foreach (var part in fields.Split((byte)';'))
            {
                var field = fields[part];
                if (field.StartsWith("th:"u8)) return FromThreshold(field["th:"u8.Length..]);
            }
        }

        return 1;
    }

    private static double FromThreshold(ReadOnlySpan<byte> digits)
    {
        if (digits.Length is 0 or > ThresholdDigits || !ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var threshold))
            return 1;
        threshold <<= 4 * (ThresholdDigits - digits.Length);
        const double all = 1UL << 56;
        return all / (all - threshold);
    }
}
