using System.Runtime.InteropServices;
using System.Text.Json;
using Triptych.Api.Http;
using Triptych.Columnar.Samples;
using Triptych.Columnar.Symbols;
using Triptych.Model.Labels;

namespace Triptych.Api.Prometheus;

/// <summary>
/// <c>status/tsdb</c>: what makes the number of series, counted over all stored series of the tenant, those of memory and those of blocks. So are chunks, which
/// are the pieces that the samples of a series lie in (one in each block), and the times of the first and the last sample.
/// <c>status/tsdb/blocks</c>: the blocks.
/// </summary>
internal sealed class TsdbStatusEndpoint(ISampleSource source, IStoredSamples stored, QueryRunner runner)
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

        var answer = await call.LookUpAsync(runner, async (context, statistics) =>
        {
            var all = new SeriesCollector(source, context);
            await all.AddAsync([], PrometheusTime.MinMs, PrometheusTime.MaxMs, int.MaxValue);
            return Count(all) with { Stored = await stored.DescribeAsync(context.Tenant, statistics, context.CancellationToken) };
        });
        if (answer is null) return;
        await call.AnswerAsync(json => Write(json, answer.Found, answer.Context.Symbols, limit));
    }

    /// <summary>Answers <c>status/tsdb/blocks</c>, from the oldest block to the newest.</summary>
    public async Task BlocksAsync(ApiCall call)
    {
        var answer = await call.LookUpAsync(runner, (context, statistics) => stored.DescribeAsync(call.Tenant, statistics, context.CancellationToken));
        if (answer is null) return;
        await using var response = ApiResponse.Begin(call.Response);
        response.Json.WriteStartObject();
        response.Json.WriteStartArray("blocks"u8);
        foreach (var block in answer.Found.Blocks)
        {
            WriteBlock(response.Json, block);
            await response.FlushIfFullAsync();
        }

        response.Json.WriteEndArray();
        response.Json.WriteEndObject();
        await response.EndAsync(answer.Context.Warnings, []);
    }

    // As Prometheus has it: a range that ends before its end, levels from 1 on, and itself as its source. Which of the samples are histograms is not known
    // without reading them all, so it is not told.
    private static void WriteBlock(Utf8JsonWriter json, StoredBlock block)
    {
        var ulid = UlidText.Of(block.Id);
        json.WriteStartObject();
        json.WriteString("ulid", ulid);
        json.WriteNumber("minTime", block.MinTimeMs);
        json.WriteNumber("maxTime", block.MaxTimeMs + 1);
        json.WriteStartObject("stats");
        json.WriteNumber("numSamples", block.Samples);
        json.WriteNumber("numSeries", block.Series);
        json.WriteNumber("numChunks", block.Series);
        json.WriteEndObject();
        json.WriteStartObject("compaction");
        json.WriteNumber("level", block.Level + 1);
        json.WriteStartArray("sources");
        json.WriteStringValue(ulid);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteNumber("version", 1);
        json.WriteEndObject();
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
        var stored = counts.Stored;
        json.WriteStartObject();
        json.WriteStartObject("headStats");
        json.WriteNumber("numSeries", counts.Series);
        json.WriteNumber("numLabelPairs", counts.SeriesByPair.Count);
        json.WriteNumber("chunkCount", stored.HeadChunks + stored.Blocks.Sum(b => b.Series));
        json.WriteNumber("minTime", stored.Blocks.Aggregate(stored.HeadMinTimeMs, (min, b) => Math.Min(min, b.MinTimeMs)));
        json.WriteNumber("maxTime", stored.Blocks.Aggregate(stored.HeadMaxTimeMs, (max, b) => Math.Max(max, b.MaxTimeMs)));
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
        Dictionary<LabelId, long> SeriesByPair)
    {
        public StoredSamples Stored { get; init; } = new(0, long.MaxValue, long.MinValue, []);
    }
}
