using Microsoft.AspNetCore.Http;
using Triptych.Columnar.Symbols;
using Triptych.LogQL.Planning;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;

namespace Triptych.Api.Loki;

/// <summary>Writes the answer of a query: streams, vector, matrix or scalar, with its statistics.</summary>
internal sealed class AnswerWriter(JsonReply reply, QueryContext query)
{
    private const string EncodingFlagsHeader = "X-Loki-Response-Encoding-Flags";

    private readonly SymbolTable _symbols = query.Symbols;

    /// <summary>
    /// Whether the client asks for index labels, structured metadata and parsed labels apart from each other, by header or, where it can set none (a
    /// WebSocket of a page), by the parameter <c>encoding_flags</c>.
    /// </summary>
    public static bool WantsCategories(HttpRequest request) =>
        Contains(request.Headers[EncodingFlagsHeader].ToString()) || Contains(request.Query["encoding_flags"].ToString());

    private static bool Contains(string flags) =>
        flags.Split(',', StringSplitOptions.TrimEntries).Contains(LokiJson.CategorizeLabels, StringComparer.Ordinal);

    /// <summary>Writes the whole body.</summary>
    public async ValueTask WriteAsync(LogQLAnswer answer, LogQLRequest request, bool categorize, LokiCall call)
    {
        var json = reply.Writer;
        json.WriteStartObject();
        json.WriteString("status", "success");
        reply.WriteWarnings(query.Warnings);
        json.WriteStartObject("data");
        long entries;
        if (answer.Lines is not null) entries = await WriteStreamsAsync(answer, categorize);
        else if (request.IsInstant) entries = await WriteInstantAsync(answer, request.Grid.Start);
        else entries = await WriteMatrixAsync(answer, request.Grid);
        ReplyStatistics.Of(answer.Statistics, entries, call).Write(json);
        json.WriteEndObject();
        json.WriteEndObject();
        await reply.FinishAsync();
    }

    private async ValueTask<long> WriteStreamsAsync(LogQLAnswer answer, bool categorize)
    {
        var json = reply.Writer;
        json.WriteString("resultType", "streams");
        LokiJson.WriteEncodingFlags(json, categorize);
        json.WriteStartArray("result");
        foreach (var stream in answer.GroupLines(categorize))
        {
            json.WriteStartObject();
            json.WritePropertyName("stream");
            reply.WriteLabels(LabelText.Sorted(stream.Labels, _symbols), _symbols);
            json.WriteStartArray("values");
            foreach (var line in stream.Lines)
            {
                LokiJson.WriteLine(json, line, _symbols, categorize);
                await reply.FlushIfFullAsync();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        return answer.Lines!.Count;
    }

    private async ValueTask<long> WriteInstantAsync(LogQLAnswer answer, long atUnixNanos)
    {
        var json = reply.Writer;
        if (answer.Scalar is { } scalar)
        {
            json.WriteString("resultType", "scalar");
            json.WritePropertyName("result");
            reply.WriteSample(atUnixNanos, scalar);
            return 1;
        }

        json.WriteString("resultType", "vector");
        json.WriteStartArray("result");
        var samples = 0L;
        // In the engine's order, which sort(…) and topk(…) have chosen.
        foreach (var row in answer.Matrix!.Rows)
        {
            if (StepRow.IsAbsent(row.Values[0])) continue;
            samples++;
            json.WriteStartObject();
            json.WritePropertyName("metric");
            reply.WriteLabels(LabelText.Sorted(row.Labels, _symbols), _symbols);
            json.WritePropertyName("value");
            reply.WriteSample(atUnixNanos, row.Values[0]);
            json.WriteEndObject();
            await reply.FlushIfFullAsync();
        }

        json.WriteEndArray();
        return samples;
    }

    /// <summary>A number without series is spread over the steps, as one series without labels.</summary>
    private async ValueTask<long> WriteMatrixAsync(LogQLAnswer answer, StepGrid grid)
    {
        var json = reply.Writer;
        json.WriteString("resultType", "matrix");
        json.WriteStartArray("result");
        var series = answer.Scalar is { } scalar
            ? [([], SpreadOver(grid, scalar))]
            : answer.Matrix!.Rows.Select(r => (Labels: LabelText.Sorted(r.Labels, _symbols), r.Values)).ToList();
        series.Sort((a, b) => LabelText.Compare(_symbols, a.Labels, b.Labels));
        var samples = 0L;
        foreach (var (labels, values) in series)
        {
            json.WriteStartObject();
            json.WritePropertyName("metric");
            reply.WriteLabels(labels, _symbols);
            json.WriteStartArray("values");
            for (var step = 0; step < values.Length; step++)
            {
                if (StepRow.IsAbsent(values[step])) continue;
                samples++;
                reply.WriteSample(grid.At(step), values[step]);
            }

            json.WriteEndArray();
            json.WriteEndObject();
            await reply.FlushIfFullAsync();
        }

        json.WriteEndArray();
        return samples;
    }

    private static double[] SpreadOver(StepGrid grid, double value)
    {
        var values = new double[grid.Count];
        Array.Fill(values, value);
        return values;
    }
}
