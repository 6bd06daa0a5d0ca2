using System.Globalization;
using Microsoft.AspNetCore.Http;
using Triptych.Api.Admin;
using Triptych.Api.Http;
using Triptych.LogQL.Planning;
using Triptych.LogQL.Syntax.Literals;
using Triptych.LogQL.Tailing;
using Triptych.Query.Budgets;

namespace Triptych.Api.Loki;

/// <summary>What build this is and what it allows.</summary>
internal sealed class LokiStatusRoutes(BuildInfo build, QueryLimits limits, LogQLOptions options, LogTailOptions tails)
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
        // Clients show the patterns of lines where Loki has a part for them; here they are found by asking.
        json.WriteBoolean("pattern_ingester_enabled", true);
        json.WriteString("version", build.Version);
        json.WriteEndObject();
        await reply.FinishAsync();
    }

    /// <summary><c>/services</c>: the parts that run, one a line. Loki has a process's modules here; this program has one.</summary>
    public Task ServicesAsync(LokiCall call) => PlainText.WriteAsync(call.Http.Response, StatusCodes.Status200OK, "triptych => Running");

    /// <summary><c>/config/tenant/v1/limits</c>: what a tenant may ask for, as YAML with Loki's names. 0 means no limit.</summary>
    public async Task TenantLimitsAsync(LokiCall call)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"""
            discover_log_levels: true
            max_concurrent_tail_requests: {tails.MaxTails}
            max_entries_limit_per_query: {LokiParameters.MaxLines}
            max_query_length: 0s
            max_query_lookback: 0s
            max_query_range: 0s
            max_query_series: {options.MaxSeries}
            query_timeout: {Quantities.PrintDuration(limits.Timeout.Ticks * 100)}
            volume_enabled: true

            """);
        call.Http.Response.ContentType = "application/yaml; charset=utf-8";
        await call.Http.Response.WriteAsync(text.ReplaceLineEndings("\n"), call.Http.RequestAborted);
    }

    /// <summary><c>rules</c>: there are none yet, which Loki says with 404.</summary>
    public Task NoRulesAsync(LokiCall call) => LokiCall.WriteErrorAsync(call.Http.Response, StatusCodes.Status404NotFound, "no rule groups found");

    /// <summary><c>/prometheus/api/v1/rules</c> and <c>alerts</c>, in Prometheus' form: none yet.</summary>
    public async Task NoneAsync(LokiCall call, string name)
    {
        await using var reply = new JsonReply(call.Http);
        reply.Writer.WriteStartObject();
        reply.Writer.WriteString("status", "success");
        reply.Writer.WriteStartObject("data");
        reply.Writer.WriteStartArray(name);
        reply.Writer.WriteEndArray();
        reply.Writer.WriteEndObject();
        reply.Writer.WriteString("errorType", "");
        reply.Writer.WriteString("error", "");
        reply.Writer.WriteEndObject();
        await reply.FinishAsync();
    }
}
