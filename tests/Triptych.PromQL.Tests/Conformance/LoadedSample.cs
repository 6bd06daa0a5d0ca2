using Triptych.Model.Metrics;

namespace Triptych.PromQL.Tests.Conformance;

/// <summary>One sample that a script loads: a float, or a histogram with NaN for its value.</summary>
/// <param name="StartMs">When what it counts began; 0 where that is not told.</param>
internal sealed record LoadedSample(Dictionary<string, string> Labels, long TimestampMs, double Value, FloatHistogram? Histogram, long StartMs)
{
    /// <summary>All samples of a command, series after series, and at the end the histograms that are made of classic ones.</summary>
    public static IEnumerable<LoadedSample> Of(LoadCommand load)
    {
        var conversion = new CustomBucketConversion();
        var startTimes = load.Series.Where(ScriptStartTimes.IsLine).Select(ScriptStartTimes.Parse)
            .ToDictionary(entry => ScriptAnswer.Describe(entry.Labels), entry => entry.OffsetsMs, StringComparer.Ordinal);

        // Where a command has a series twice, the peers' loader takes the last one.
        var lines = load.Series.Where(line => !ScriptStartTimes.IsLine(line)).Select(ScriptValues.ParseLine)
            .GroupBy(line => ScriptAnswer.Describe(line.Labels!), StringComparer.Ordinal).Select(lines => lines.Last());
        foreach (var (labels, values) in lines)
        {
            var starts = startTimes.GetValueOrDefault(ScriptAnswer.Describe(labels!), []);
            for (var i = 0; i < values.Count; i++)
            {
                if (values[i].IsGap)
                    continue;
                var offset = i < starts.Count ? starts[i] : null;
                var startMs = offset is null ? 0 : (i * load.StepMs) + offset.Value;
                yield return new LoadedSample(labels!, i * load.StepMs, values[i].Number, values[i].Histogram, startMs);
                if (load.WithCustomBuckets)
                    conversion.Add(labels!, i * load.StepMs, values[i].Number);
            }
        }
        foreach (var (labels, timestampMs, histogram) in conversion.Finish())
            yield return new LoadedSample(labels, timestampMs, double.NaN, histogram, 0);
    }
}
