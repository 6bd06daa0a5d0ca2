namespace Triptych.Api.Prometheus.OpenApi;

/// <summary>What a route does, and what it may be asked with.</summary>
/// <param name="Summary">One line.</param>
/// <param name="Parameters">Names of parameters, a * behind those that have to be given, [] behind those that may be repeated.</param>
internal sealed record RouteDescription(string Summary, params string[] Parameters);

/// <summary>The routes of the Prometheus family by their paths. A test finds a route that has no description, and a description without a route.</summary>
internal static class RouteDescriptions
{
    /// <summary>Descriptions by path.</summary>
    public static IReadOnlyDictionary<string, RouteDescription> All { get; } = new Dictionary<string, RouteDescription>(StringComparer.Ordinal)
    {
        ["/api/v1/query"] = new("Evaluates a query at one time.", "query*", "time", "timeout", "limit", "lookback_delta", "stats"),
        ["/api/v1/query_range"] =
            new("Evaluates a query over a range of time.", "query*", "start*", "end*", "step*", "timeout", "limit", "lookback_delta", "stats"),
        ["/api/v1/query_exemplars"] = new("Exemplars of the series that a query selects.", "query*", "start", "end"),
        ["/api/v1/format_query"] = new("A query, formatted.", "query*"),
        ["/api/v1/parse_query"] = new("The syntax tree of a query.", "query*"),
        ["/api/v1/labels"] = new("Names of labels.", "start", "end", "match[]", "limit"),
        ["/api/v1/label/{name}/values"] = new("Values of a label.", "name*", "start", "end", "match[]", "limit"),
        ["/api/v1/series"] = new("Series that selectors find.", "match[]*", "start", "end", "limit"),
        ["/api/v1/metadata"] = new("What senders said about metrics.", "metric", "limit", "limit_per_metric"),
        ["/api/v1/targets"] = new("What is scraped.", "state", "scrapePool"),
        ["/api/v1/targets/metadata"] = new("Metadata of the metrics of each target.", "match_target", "metric", "limit"),
        ["/api/v1/targets/relabel_steps"] = new("What each relabelling rule of a pool does to labels.", "scrapePool*", "labels*"),
        ["/api/v1/scrape_pools"] = new("Names of scrape pools."),
        ["/api/v1/rules"] =
            new("Rules.", "type", "rule_name[]", "rule_group[]", "file[]", "match[]", "exclude_alerts", "group_limit", "group_next_token"),
        ["/api/v1/alerts"] = new("Alerts that fire."),
        ["/api/v1/alertmanagers"] = new("Where alerts go."),
        ["/api/v1/features"] = new("Which features there are, and which are on."),
        ["/api/v1/notifications"] = new("What the operator should know."),
        ["/api/v1/notifications/live"] = new("The same as it comes: 204, for nothing will."),
        ["/api/v1/status/buildinfo"] = new("Which build this is."),
        ["/api/v1/status/runtimeinfo"] = new("Facts of the running program."),
        ["/api/v1/status/flags"] = new("Settings by the names of Prometheus' flags."),
        ["/api/v1/status/config"] = new("The configuration, without secrets."),
        ["/api/v1/status/walreplay"] = new("How far the replay of the write-ahead log is."),
        ["/api/v1/status/tsdb"] = new("What makes the number of series.", "limit"),
        ["/api/v1/status/tsdb/blocks"] = new("The blocks of metrics."),
        ["/api/v1/status/self_metrics"] = new("The program's own metrics.", "metric_name_pattern"),
        ["/api/v1/search/metric_names"] = new("Not supported: refused by name."),
        ["/api/v1/search/label_names"] = new("Not supported: refused by name."),
        ["/api/v1/search/label_values"] = new("Not supported: refused by name."),
        ["/api/v1/write"] = new("Remote write 1.0 and 2.0, snappy."),
        ["/api/v1/read"] = new("Remote read, whole or streamed."),
        ["/api/v1/otlp/v1/metrics"] = new("OTLP metrics."),
        ["/api/v1/admin/tsdb/delete_series"] = new("Deletes samples of the series that selectors find.", "match[]*", "start", "end"),
        ["/api/v1/admin/tsdb/clean_tombstones"] = new("Waits until deletions are complete."),
        ["/api/v1/admin/tsdb/snapshot"] = new("Not supported: refused by name.", "skip_head"),
        ["/api/v1/openapi.yaml"] = new("This document."),
        ["/federate"] = new("The newest samples of the series that selectors find, for another Prometheus to scrape.", "match[]"),
        ["/version"] = new("Which build this is, bare."),
        ["/-/reload"] = new("Not enabled."),
        ["/-/quit"] = new("Not enabled."),
    };
}
