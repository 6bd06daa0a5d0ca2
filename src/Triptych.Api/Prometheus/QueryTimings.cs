using System.Text.Json;

namespace Triptych.Api.Prometheus;

/// <summary>What <c>stats</c> tells about a query.</summary>
/// <param name="Queued">How long it waited for a slot.</param>
/// <param name="Evaluated">How long it ran.</param>
/// <param name="SamplesRead">Samples taken from storage. As many at most were in memory at once.</param>
internal sealed record QueryTimings(TimeSpan Queued, TimeSpan Evaluated, long SamplesRead)
{
    /// <summary>Writes <c>"stats":{…}</c>. Sorting and preparation are part of the evaluation here, so they have no time of their own.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("stats"u8);
        json.WriteStartObject("timings"u8);
        json.WriteNumber("evalTotalTime"u8, Evaluated.TotalSeconds);
        json.WriteNumber("resultSortTime"u8, 0);
        json.WriteNumber("queryPreparationTime"u8, 0);
        json.WriteNumber("innerEvalTime"u8, Evaluated.TotalSeconds);
        json.WriteNumber("execQueueTime"u8, Queued.TotalSeconds);
        json.WriteNumber("execTotalTime"u8, (Queued + Evaluated).TotalSeconds);
        json.WriteEndObject();
        json.WriteStartObject("samples"u8);
        json.WriteNumber("totalQueryableSamples"u8, SamplesRead);
        json.WriteNumber("peakSamples"u8, SamplesRead);
        json.WriteNumber("samplesRead"u8, SamplesRead);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
