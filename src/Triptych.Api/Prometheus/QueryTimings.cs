using System.Text.Json;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;

namespace Triptych.Api.Prometheus;

/// <summary>What <c>stats</c> tells about a query.</summary>
/// <param name="Queued">How long it waited for a slot.</param>
/// <param name="Evaluated">How long it ran.</param>
/// <param name="Context">What it has read. As many samples at most were in memory at once.</param>
internal sealed record QueryTimings(TimeSpan Queued, TimeSpan Evaluated, QueryContext Context)
{
    /// <summary>Writes <c>"stats":{…}</c>. Sorting and preparation are part of the evaluation here, so they have no time of their own.</summary>
    public void Write(Utf8JsonWriter json, StepGrid grid)
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
        if (Context.SamplesQueriedPerStep is { } perStep) WritePerStep(json, grid, perStep);
        json.WriteNumber("totalQueryableSamples"u8, Context.SamplesQueried);
        json.WriteNumber("samplesRead"u8, Context.SamplesRead);
        json.WriteNumber("peakSamples"u8, Context.SamplesRead);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WritePerStep(Utf8JsonWriter json, StepGrid grid, long[] perStep)
    {
        json.WriteStartArray("totalQueryableSamplesPerStep"u8);
        for (var i = 0; i < perStep.Length; i++)
        {
            json.WriteStartArray();
            json.WriteNumberValue(grid.At(i) / 1000.0);
            json.WriteNumberValue(perStep[i]);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }
}
