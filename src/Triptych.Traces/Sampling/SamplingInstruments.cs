using System.Diagnostics.Metrics;
using Triptych.Storage.Instruments;

namespace Triptych.Traces.Sampling;

/// <summary>The measurements of sampling, under the meter of storage.</summary>
internal static class SamplingInstruments
{
    private static readonly Meter Source = new(StorageInstruments.MeterName);
    private static readonly Counter<long> Traces = Source.CreateCounter<long>(
        "triptych.traces.sampled.traces", "{trace}",
        "Traces that merges decided about, by what became of them, why, and by which policy; one that is kept is counted each time.");
    private static readonly Counter<long> Spans = Source.CreateCounter<long>("triptych.traces.sampled.spans", "{span}", "Spans of traces that were left out.");
    private static readonly Counter<long> PutOffs = Source.CreateCounter<long>(
        "triptych.traces.sampled.put_off", "{merge}", "Merges that left no trace out because it could not be told what refers to them or where else they lie.");

    public static void CountTraces(bool isKept, string reason, string policy, long traces) =>
        Traces.Add(traces, new("decision", isKept ? "kept" : "dropped"), new("reason", reason), new("policy", policy));

    public static void CountSpans(long spans) => Spans.Add(spans);

    public static void CountPutOff() => PutOffs.Add(1);
}
