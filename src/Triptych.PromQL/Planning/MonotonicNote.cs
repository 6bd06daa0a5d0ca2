using System.Globalization;
using Triptych.Primitives.Text;
using Triptych.PromQL.Functions.Histograms;
using Triptych.PromQL.Syntax;

namespace Triptych.PromQL.Planning;

/// <summary>That counts of classic histograms were lifted so that they never fall: all that was lifted in one query is one remark.</summary>
internal sealed class MonotonicNote(SourceSpan at)
{
    private MonotonicFix _all = MonotonicFix.None;
    private long _firstMs = long.MaxValue;
    private long _lastMs = long.MinValue;
    private int _samples;

    /// <summary>Where in the query.</summary>
    public SourceSpan At => at;

    public void Add(MonotonicFix fix, long timeMs)
    {
        _all = _all.With(fix);
        _firstMs = Math.Min(_firstMs, timeMs);
        _lastMs = Math.Max(_lastMs, timeMs);
        _samples++;
    }

    /// <summary>The particulars, as they stand behind the remark.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $", from buckets {FloatFormat.General(_all.MinBucket)} to {FloatFormat.General(_all.MaxBucket)}, "
        + $"with a max diff of {TwoDigits(_all.MaxDifference)}, over {_samples} samples from {Time(_firstMs)} to {Time(_lastMs)}");

    private static string Time(long timeMs) =>
        DateTimeOffset.FromUnixTimeSeconds(timeMs / 1000).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    // C's %.2g: two significant digits, an exponent below 0.0001 and from 100 on.
    private static string TwoDigits(double value)
    {
        if (value == 0 || !double.IsFinite(value))
            return FloatFormat.General(value);
        var scientific = value.ToString("e1", CultureInfo.InvariantCulture);
        var exponent = int.Parse(scientific[(scientific.IndexOf('e') + 1)..], CultureInfo.InvariantCulture);
        if (exponent is >= -4 and < 2)
            return FloatFormat.General(double.Parse(scientific, CultureInfo.InvariantCulture));
        var mantissa = scientific[..scientific.IndexOf('e')].Replace(".0", "", StringComparison.Ordinal);
        return string.Create(CultureInfo.InvariantCulture, $"{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
    }
}
