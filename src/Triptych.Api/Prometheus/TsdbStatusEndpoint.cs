using System.Runtime.InteropServices;
using System.Text.Json;
using Triptych.Api.Http;
using Triptych.Columnar.Samples;
using Triptych.Columnar.Symbols;
using Triptych.Model.Labels;

namespace Triptych.Api.Prometheus;

/// <summary>
/// <c>status/tsdb</c>: what makes the number of series, counted over all stored series of the tenant. Chunks and the head's times are facts of
/// Prometheus's own storage and left out.
/// </summary>
internal sealed class TsdbStatusEndpoint(ISampleSource source, QueryRunner runner)
{
    private const int DefaultLimit = 10;
    private const int MaxLimit = 10_000;

    /// <summary>Answers.</summary>
    public async Task StatusAsync(ApiCall call)
    {
        const string NotPositive = "limit must be a positive number";
        var limit = call.Parameters.Number("limit", NotPositive) ?? DefaultLimit;
        var problem = call.Parameters.Problem ?? limit switch
        {
            < 1 => ApiError.BadData(NotPositive),
            > MaxLimit => ApiError.BadData($"limit must not exceed {MaxLimit}"),
            _ => null,
        };
        if (problem is not null)
        {
            await call.FailAsync(problem);
            return;
        }

        var answer = await call.LookUpAsync(runner, async (context, _) =>
        {
            var all = new SeriesCollector(source, context);
            await all.AddAsync([], PrometheusTime.MinMs, PrometheusTime.MaxMs, int.MaxValue);
            return Count(all);
        });
        if (answer is null) return;
        await call.AnswerAsync(json => Write(json, answer.Found, answer.Context.Symbols, limit));
    }

    private static Counts Count(SeriesCollector series)
    {
        var metricName = series.Symbols.Find(LabelNames.MetricName);
        var counts = new Counts(series.Count, [], [], [], []);
        for (var i = 0; i < series.Count; i++)
        {
            foreach (var label in series[i])
            {
                if (label.Name == metricName) Increment(counts.SeriesByMetric, label.Value, 1);
                ref var pairs = ref CollectionsMarshal.GetValueRefOrAddDefault(counts.SeriesByPair, label, out var known);
                pairs++;
                if (known) continue;
                Increment(counts.ValuesByName, label.Name, 1);
                Increment(counts.BytesByName, label.Name, series.Symbols.GetUtf8(label.Value).Length);
            }
        }

        return counts;
    }

    private static void Increment(Dictionary<int, long> counts, int symbol, long by) =>
        CollectionsMarshal.GetValueRefOrAddDefault(counts, symbol, out _) += by;

    private static void Write(Utf8JsonWriter json, Counts counts, SymbolTable symbols, int limit)
    {
        json.WriteStartObject();
        json.WriteStartObject("headStats");
        json.WriteNumber("numSeries", counts.Series);
        json.WriteNumber("numLabelPairs", counts.SeriesByPair.Count);
        json.WriteEndObject();
        WriteTop(json, "seriesCountByMetricName", counts.SeriesByMetric, symbols.GetString, limit);
        WriteTop(json, "labelValueCountByLabelName", counts.ValuesByName, symbols.GetString, limit);
        WriteTop(json, "memoryInBytesByLabelName", counts.BytesByName, symbols.GetString, limit);
        WriteTop(
            json, "seriesCountByLabelValuePair", counts.SeriesByPair, p => $"{symbols.GetString(p.Name)}={symbols.GetString(p.Value)}", limit);
        json.WriteEndObject();
    }

    private static void WriteTop<TKey>(Utf8JsonWriter json, string key, Dictionary<TKey, long> counts, Func<TKey, string> nameOf, int limit)
        where TKey : notnull
    {
        json.WriteStartArray(key);
        foreach (var (item, count) in counts.OrderByDescending(c => c.Value).Take(limit))
        {
            json.WriteStartObject();
            json.WriteString("name", nameOf(item));
            json.WriteNumber("value", count);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private sealed record Counts(
        int Series,
        Dictionary<int, long> SeriesByMetric,
        Dictionary<int, long> ValuesByName,
        Dictionary<int, long> BytesByName,
        Dictionary<LabelId, long> SeriesByPair);
}
