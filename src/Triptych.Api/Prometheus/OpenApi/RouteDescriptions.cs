namespace Triptych.Api.Prometheus.OpenApi;

/// <summary>What a route does, and what it may be asked with.</summary>
/// <param name="Summary">One line.</param>
/// <param name="Parameters">Names of parameters, a * behind those that have to be given, [] behind those that may be repeated.</param>
internal sealed record RouteDescription(string Summary, params string[] Parameters)
{
    /// <summary>Types of body that are taken, for routes that take something else than their parameters as a form.</summary>
    public string[] Bodies { get; init; } = [];

    /// <summary>Types of what is answered; <c>application/json</c> is the envelope of the API.</summary>
    public string[] Answers { get; init; } = [Json];

    /// <summary>How a request may end.</summary>
    public int[] Statuses { get; init; } = [200, 400];

    /// <summary>The envelope of the API.</summary>
    public const string Json = "application/json";

    /// <summary>JSON without the envelope.</summary>
    public const string Bare = "application/json; charset=utf-8";

    /// <summary>A line for a person.</summary>
    public const string Text = "text/plain";

    /// <summary>As it is, for a route that evaluates a query: it can be malformed, fail, be interrupted, or find no place.</summary>
    public RouteDescription Evaluated() => this with { Statuses = [200, 400, 422, 503] };

    /// <summary>As it is, for a route that reads the store: it can find no place, or data that is still replayed.</summary>
    public RouteDescription Read() => this with { Statuses = [200, 400, 503] };

    /// <summary>As it is, for a route that only tells what there is.</summary>
    public RouteDescription Told() => this with { Statuses = [200] };

    /// <summary>As it is, for a route that takes samples in.</summary>
    public RouteDescription TakesIn(int success, params string[] bodies) =>
        this with { Bodies = bodies, Answers = [Text], Statuses = [success, 400, 413, 415, 429, 503] };

    /// <summary>As it is, for one that always ends like this.</summary>
    public RouteDescription Always(int status, string answer = Json) => this with { Answers = [answer], Statuses = [status] };
}

/// <summary>The routes of the Prometheus family by their paths. A test finds a route that has no description, and a description without a route.</summary>
internal static class RouteDescriptions
{
    /// <summary>Descriptions by path.</summary>
    public static IReadOnlyDictionary<string, RouteDescription> All { get; } = new Dictionary<string, RouteDescription>(StringComparer.Ordinal)
    {
        ["/api/v1/query"] =
            new RouteDescription("Evaluates a query at one time.", "query*", "time", "timeout", "limit", "lookback_delta", "stats").Evaluated(),
        ["/api/v1/query_range"] =
            new RouteDescription(
                "Evaluates a query over a range of time.", "query*", "start*", "end*", "step*", "timeout", "limit", "lookback_delta", "stats").Evaluated(),
        ["/api/v1/query_exemplars"] = new RouteDescription("Exemplars of the series that a query selects.", "query*", "start", "end").Evaluated(),
        ["/api/v1/format_query"] = new("A query, formatted.", "query*"),
        ["/api/v1/parse_query"] = new("The syntax tree of a query.", "query*"),
        ["/api/v1/labels"] = new RouteDescription("Names of labels.", "start", "end", "match[]", "limit").Read(),
        ["/api/v1/label/{name}/values"] = new RouteDescription("Values of a label.", "name*", "start", "end", "match[]", "limit").Read(),
        ["/api/v1/series"] = new RouteDescription("Series that selectors find.", "match[]*", "start", "end", "limit").Read(),
        ["/api/v1/metadata"] = new("What senders said about metrics.", "metric", "limit", "limit_per_metric"),
        ["/api/v1/targets"] = new("What is scraped.", "state", "scrapePool"),
        ["/api/v1/targets/metadata"] = new("Metadata of the metrics of each target.", "match_target", "metric", "limit"),
        ["/api/v1/targets/relabel_steps"] = new("What each relabelling rule of a pool does to labels.", "scrapePool*", "labels*"),
        ["/api/v1/scrape_pools"] = new RouteDescription("Names of scrape pools.").Told(),
        ["/api/v1/rules"] =
            new("Rules.", "type", "rule_name[]", "rule_group[]", "file[]", "match[]", "exclude_alerts", "group_limit", "group_next_token"),
        ["/api/v1/alerts"] = new RouteDescription("Alerts that fire.").Told(),
        ["/api/v1/alertmanagers"] = new RouteDescription("Where alerts go.").Told(),
        ["/api/v1/features"] = new RouteDescription("Which features there are, and which are on.").Told(),
        ["/api/v1/notifications"] = new RouteDescription("What the operator should know.").Told(),
        ["/api/v1/notifications/live"] = new RouteDescription("The same as it comes: 204, for nothing will.").Always(204),
        ["/api/v1/status/buildinfo"] = new RouteDescription("Which build this is.").Told(),
        ["/api/v1/status/runtimeinfo"] = new RouteDescription("Facts of the running program.").Told(),
        ["/api/v1/status/flags"] = new RouteDescription("Settings by the names of Prometheus' flags.").Told(),
        ["/api/v1/status/config"] = new RouteDescription("The configuration, without secrets.").Told(),
        ["/api/v1/status/walreplay"] = new RouteDescription("How far the replay of the write-ahead log is.").Told(),
        ["/api/v1/status/tsdb"] = new("What makes the number of series.", "limit"),
        ["/api/v1/status/tsdb/blocks"] = new RouteDescription("The blocks of metrics.").Told(),
        ["/api/v1/status/self_metrics"] = new("The program's own metrics.", "metric_name_pattern"),
        ["/api/v1/search/metric_names"] = new RouteDescription("Not supported: refused by name.").Always(500),
        ["/api/v1/search/label_names"] = new RouteDescription("Not supported: refused by name.").Always(500),
        ["/api/v1/search/label_values"] = new RouteDescription("Not supported: refused by name.").Always(500),
        ["/api/v1/write"] =
            new RouteDescription("Remote write 1.0 and 2.0, snappy.").TakesIn(
                204, "application/x-protobuf;proto=io.prometheus.write.v2.Request", "application/x-protobuf"),
        ["/api/v1/read"] = new RouteDescription("Remote read, whole or streamed.") with
        {
            Bodies = ["application/x-protobuf"],
            Answers = ["application/x-protobuf", "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse"],
            Statuses = [200, 400, 413, 415, 422, 429, 503],
        },
        ["/api/v1/otlp/v1/metrics"] =
            new RouteDescription("OTLP metrics.").TakesIn(200, "application/x-protobuf", "application/json") with
            {
                Answers = ["application/x-protobuf", "application/json"],
            },
        ["/api/v1/admin/tsdb/delete_series"] =
            new RouteDescription("Deletes samples of the series that selectors find.", "match[]*", "start", "end") with { Statuses = [204, 400, 500, 503] },
        ["/api/v1/admin/tsdb/clean_tombstones"] = new RouteDescription("Waits until deletions are complete.") with { Statuses = [204, 500, 503] },
        ["/api/v1/admin/tsdb/snapshot"] = new RouteDescription("Not supported: refused by name.", "skip_head").Always(500),
        ["/api/v1/openapi.yaml"] = new RouteDescription("This document.").Always(200, "application/yaml"),
        ["/federate"] =
            new RouteDescription("The newest samples of the series that selectors find, for another Prometheus to scrape.", "match[]").Read() with
            {
                Answers =
                [
                    "text/plain; version=0.0.4",
                    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
                ],
            },
        ["/version"] = new RouteDescription("Which build this is, bare.").Always(200),
        ["/-/healthy"] = new RouteDescription("That the program runs.").Always(200, RouteDescription.Text),
        ["/-/ready"] = new RouteDescription("Whether the program takes and answers.") { Answers = [RouteDescription.Text], Statuses = [200, 503] },
        ["/metrics"] = new RouteDescription("The program's own metrics, to be scraped.").Always(200, "text/plain; version=0.0.4"),
        ["/api/triptych/v1/queries"] = OnUi("The queries that wait or run, of all tenants and languages.").Told(),
        ["/api/triptych/v1/queries/{id}"] =
            OnUi("Stops a query; its client is told that an operator did.", "id*") with { Answers = [RouteDescription.Text], Statuses = [204, 400, 404] },
        ["/api/triptych/v1/query/price"] =
            OnUi("What a query would read at most, without reading it.", "language*", "query*", "start", "end", "step").Evaluated(),
        ["/api/triptych/v1/status/server"] = OnUi("Build, uptime, memory and who holds it, how each part is.").Told(),
        ["/api/triptych/v1/status/sources"] = OnUi("What arrives from where, and what was refused why.").Told(),
        ["/api/triptych/v1/status/storage"] = OnUi("Blocks, write-ahead logs, retention and what it deletes next, merges.").Told(),
        ["/api/triptych/v1/status/streams"] = OnUi("What makes the number of streams of logs.", "start", "end", "limit").Evaluated(),
        ["/api/triptych/v1/status/targets"] = OnUi("Targets and files that this program collects from.").Told(),
        ["/-/reload"] = new RouteDescription("Not enabled.").Always(403, RouteDescription.Text),
        ["/-/quit"] = new RouteDescription("Not enabled.").Always(403, RouteDescription.Text),
    };

    /// <summary>A route of the port of the browser UI, whose answers have no envelope.</summary>
    private static RouteDescription OnUi(string summary, params string[] parameters) =>
        new RouteDescription($"{summary} On the port of the browser UI.", parameters) { Answers = [RouteDescription.Bare] };
}
