using Triptych.Api.Admin;
using Triptych.LogQL.Planning;
using Triptych.LogQL.Syntax.Literals;
using Triptych.Query.Budgets;

namespace Triptych.Api.Loki;

/// <summary>What build this is and what it allows.</summary>
internal sealed class LokiStatusRoutes(BuildInfo build, QueryLimits limits, LogQLOptions options)
{
    /// <summary><c>status/buildinfo</c>, without an envelope.</summary>
    public async Task BuildInfoAsync(LokiCall call)
    {
        await using var reply = new JsonReply(call.Http);
        reply.Writer.WriteStartObject();
        foreach (var (name, value) in build.ToDictionary()) reply.Writer.WriteString(name, value);
        reply.Writer.WriteEndObject();
        await reply.FinishAsync();
    }

    /// <summary><c>drilldown-limits</c>: what Grafana's Logs Drilldown asks for before it shows its parts. A limit of 0 means that there is none.</summary>
    public async Task DrilldownLimitsAsync(LokiCall call)
    {
        await using var reply = new JsonReply(call.Http);
        var json = reply.Writer;
        json.WriteStartObject();
        json.WriteStartObject("limits");
        json.WriteBoolean("discover_log_levels", true);
        json.WriteNumber("max_entries_limit_per_query", LokiParameters.MaxLines);
        json.WriteString("max_query_length", "0s");
        json.WriteString("max_query_lookback", "0s");
        json.WriteString("max_query_range", "0s");
        json.WriteNumber("max_query_series", options.MaxSeries);
        json.WriteBoolean("metric_aggregation_enabled", false);
        json.WriteBoolean("pattern_persistence_enabled", false);
        json.WriteString("query_timeout", Quantities.PrintDuration(limits.Timeout.Ticks * 100));
        json.WriteBoolean("volume_enabled", true);
        json.WriteEndObject();
        json.WriteBoolean("pattern_ingester_enabled", false);
        json.WriteString("version", build.Version);
        json.WriteEndObject();
        await reply.FinishAsync();
    }
}
