using System.Text.Json;
using Triptych.Primitives.Text;

namespace Triptych.Api.Prometheus;

/// <summary>Tells what is scraped.</summary>
internal sealed class TargetEndpoints(ITargetSource targets)
{
    // How Prometheus writes a time that never was.
    private const string NoTime = "0001-01-01T00:00:00Z";

    /// <summary><c>targets</c>.</summary>
    public Task TargetsAsync(ApiCall call)
    {
        var state = call.Parameters.Get("state").ToLowerInvariant();
        var pool = call.Parameters.Get("scrapePool");
        var showDropped = state is "" or "any" or "dropped";
        var dropped = targets.DroppedTargets.Where(t => pool.Length == 0 || t.ScrapePool == pool).ToList();
        return call.AnswerAsync(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("activeTargets");
            if (state is "" or "any" or "active")
            {
                foreach (var target in targets.ActiveTargets.Where(t => pool.Length == 0 || t.ScrapePool == pool)) WriteActive(json, target);
            }

            json.WriteEndArray();
            json.WriteStartArray("droppedTargets");
            if (showDropped)
            {
                foreach (var target in dropped) WriteDropped(json, target);
            }

            json.WriteEndArray();
            if (showDropped) WriteDroppedCounts(json);
            else json.WriteNull("droppedTargetCounts");
            json.WriteEndObject();
        });
    }

    /// <summary><c>scrape_pools</c>.</summary>
    public Task ScrapePoolsAsync(ApiCall call) => call.AnswerAsync(json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("scrapePools");
        foreach (var pool in targets.ScrapePools.Order(StringComparer.Ordinal)) json.WriteStringValue(pool);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary><c>targets/relabel_steps</c>: what each rule of a pool does to labels. No pool has rules: a configuration with some is refused.</summary>
    public Task RelabelStepsAsync(ApiCall call)
    {
        var pool = call.Parameters.Get("scrapePool");
        var problem = pool.Length == 0 ? "no scrapePool parameter provided"
            : FindLabelProblem(call.Parameters.Get("labels"))
            ?? (targets.ScrapePools.Contains(pool, StringComparer.Ordinal) ? null : $"error retrieving scrape config: scrape pool \"{pool}\" not found");
        if (problem is not null) return call.FailAsync(ApiError.BadData(problem));
        return call.AnswerAsync(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("steps");
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private static string? FindLabelProblem(string labels)
    {
        const string NoLabels = "error parsing labels: not an object of strings";
        if (labels.Length == 0) return "no labels parameter provided";
        try
        {
            using var parsed = JsonDocument.Parse(labels);
            var isMap = parsed.RootElement.ValueKind == JsonValueKind.Object
                && parsed.RootElement.EnumerateObject().All(label => label.Value.ValueKind == JsonValueKind.String);
            return isMap ? null : NoLabels;
        }
        catch (JsonException)
        {
            return NoLabels;
        }
    }

    // Of all pools, whichever was asked for, and of those without any.
    private void WriteDroppedCounts(Utf8JsonWriter json)
    {
        var counts = targets.ScrapePools.ToDictionary(pool => pool, _ => 0, StringComparer.Ordinal);
        foreach (var target in targets.DroppedTargets) counts[target.ScrapePool] = counts.GetValueOrDefault(target.ScrapePool) + 1;
        json.WriteStartObject("droppedTargetCounts");
        foreach (var (pool, count) in counts.OrderBy(c => c.Key, StringComparer.Ordinal)) json.WriteNumber(pool, count);
        json.WriteEndObject();
    }

    private static void WriteActive(Utf8JsonWriter json, TargetView target)
    {
        json.WriteStartObject();
        WriteLabels(json, "discoveredLabels", target.DiscoveredLabels);
        WriteLabels(json, "labels", target.Labels);
        json.WriteString("scrapePool", target.ScrapePool);
        json.WriteString("scrapeUrl", target.ScrapeUrl);
        json.WriteString("globalUrl", target.GlobalUrl);
        json.WriteString("lastError", target.LastError);
        json.WriteString("lastScrape", target.LastScrape is { } time ? PrometheusTime.Rfc3339(time) : NoTime);
        json.WriteNumber("lastScrapeDuration", target.LastScrapeDuration.TotalSeconds);
        json.WriteString("health", target.Health switch { TargetHealth.Up => "up", TargetHealth.Down => "down", _ => "unknown" });
        json.WriteString("scrapeInterval", Duration(target.ScrapeInterval));
        json.WriteString("scrapeTimeout", Duration(target.ScrapeTimeout));
        json.WriteEndObject();
    }

    private static void WriteDropped(Utf8JsonWriter json, DroppedTargetView target)
    {
        json.WriteStartObject();
        WriteLabels(json, "discoveredLabels", target.DiscoveredLabels);
        json.WriteString("scrapePool", target.ScrapePool);
        json.WriteEndObject();
    }

    private static void WriteLabels(Utf8JsonWriter json, string key, IReadOnlyDictionary<string, string> labels)
    {
        json.WriteStartObject(key);
        foreach (var (name, value) in labels.OrderBy(l => l.Key, StringComparer.Ordinal)) json.WriteString(name, value);
        json.WriteEndObject();
    }

    private static string Duration(TimeSpan duration) => Durations.FormatPrometheus(duration.Ticks * TimeSpan.NanosecondsPerTick);
}
