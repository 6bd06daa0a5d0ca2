using Google.Protobuf;
using Triptych.Ingest.Tests.Protos.Push;
using Triptych.Ingest.Tests.RemoteWrite;
using Triptych.Model.Metrics;
using Triptych.PromQL.Tests.Conformance;
using BucketSpan = Triptych.Ingest.Tests.Protos.Push.BucketSpan;
using Write2 = Triptych.Ingest.Tests.Protos.Write2;

namespace Triptych.Server.Tests.Conformance;

/// <summary>What a script loads as bodies of remote write. Histograms are float histograms, as in the peers' own loader.</summary>
internal static class WrittenScript
{
    public const string V2ContentType = "application/x-protobuf;proto=io.prometheus.write.v2.Request";

    public static byte[] V1(IEnumerable<LoadedSample> samples)
    {
        var request = new WriteRequest();
        foreach (var series in BySeries(samples))
        {
            var written = new TimeSeries();
            foreach (var (name, value) in Sorted(series.First().Labels)) written.Labels.Add(new Label { Name = name, Value = value });
            foreach (var sample in series)
            {
                if (sample.Histogram is { } histogram) written.Histograms.Add(HistogramOf(histogram, sample.TimestampMs));
                else written.Samples.Add(new Sample { Value = sample.Value, Timestamp = sample.TimestampMs });
            }

            request.Timeseries.Add(written);
        }

        return request.ToByteArray();
    }

    public static byte[] V2(IEnumerable<LoadedSample> samples)
    {
        var request = new WriteRequest2();
        foreach (var series in BySeries(samples))
        {
            var written = request.Add([.. Sorted(series.First().Labels).SelectMany(label => new[] { label.Key, label.Value })]);
            foreach (var sample in series)
            {
                if (sample.Histogram is { } histogram)
                {
                    // The message of version 1 is the beginning of that of version 2.
                    var message = Write2.Histogram.Parser.ParseFrom(HistogramOf(histogram, sample.TimestampMs).ToByteArray());
                    message.StartTimestamp = sample.StartMs;
                    written.Histograms.Add(message);
                }
                else
                {
                    written.Samples.Add(new Write2.Sample { Value = sample.Value, Timestamp = sample.TimestampMs, StartTimestamp = sample.StartMs });
                }
            }
        }

        return request.Request.ToByteArray();
    }

    private static IEnumerable<IGrouping<string, LoadedSample>> BySeries(IEnumerable<LoadedSample> samples) =>
        samples.GroupBy(sample => ScriptAnswer.Describe(sample.Labels), StringComparer.Ordinal);

    private static IEnumerable<KeyValuePair<string, string>> Sorted(Dictionary<string, string> labels) =>
        labels.OrderBy(label => label.Key, StringComparer.Ordinal);

    private static Histogram HistogramOf(FloatHistogram histogram, long timestampMs) => new()
    {
        Timestamp = timestampMs,
        CountFloat = histogram.Count,
        Sum = histogram.Sum,
        Schema = histogram.Schema,
        ZeroThreshold = histogram.ZeroThreshold,
        ZeroCountFloat = histogram.ZeroCount,
        ResetHint = (int)histogram.ResetHint,
        PositiveSpans = { histogram.PositiveSpans.Select(SpanOf) },
        PositiveCounts = { histogram.PositiveBuckets },
        NegativeSpans = { histogram.NegativeSpans.Select(SpanOf) },
        NegativeCounts = { histogram.NegativeBuckets },
        CustomValues = { histogram.CustomBounds },
    };

    private static BucketSpan SpanOf(Model.Metrics.BucketSpan span) => new() { Offset = span.Offset, Length = span.Length };
}
