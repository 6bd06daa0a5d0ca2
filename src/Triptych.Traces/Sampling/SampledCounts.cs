using System.Globalization;
using System.Text.RegularExpressions;

namespace Triptych.Traces.Sampling;

/// <summary>What sampling has left out on the way to a block, as its metadata say it: <c>traces=12 spans=340</c>.</summary>
internal readonly partial record struct SampledCounts(long Traces, long Spans)
{
    /// <summary>Reads metadata; null where there are none that can be read, that is where nothing was sampled.</summary>
    public static SampledCounts? Read(string? metadata) =>
        metadata is not null && Form().Match(metadata) is { Success: true } match
        && long.TryParse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture, out var traces)
        && long.TryParse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture, out var spans)
            ? new SampledCounts(traces, spans)
            : null;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"traces={Traces} spans={Spans}");

    [GeneratedRegex("^traces=([0-9]+) spans=([0-9]+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
