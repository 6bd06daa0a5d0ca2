using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Triptych.LogQL.Syntax;
using Triptych.LogQL.Tests.Conformance;

namespace Triptych.Server.Tests.Conformance;

/// <summary>
/// A running server as the corpus of LogQL sees it: each set of records is pushed to a tenant of its own, and each case goes through the HTTP API.
/// </summary>
internal sealed class LogqlServer(ServerProcess server, long beginUnixSeconds)
{
    private const int End = 1000;

    private readonly Dictionary<CorpusData, string> _tenants = [];
    private int _count;

    public async Task<CorpusAnswer> AskAsync(CorpusCase asked)
    {
        var tenant = await TenantOfAsync(asked.Data);
        var at = (int second) => (beginUnixSeconds + second).ToString(CultureInfo.InvariantCulture);
        var isNumbers = LogQLParser.Parse(asked.Query).Value is MetricExpression;
        switch (asked.Kind)
        {
            case CorpusKind.Accept or CorpusKind.Refuse:
                return await GetAsync(tenant, "format_query", [("query", asked.Query)]);
            case CorpusKind.At or CorpusKind.Ordered:
                return await GetAsync(tenant, "query", [("query", asked.Query), ("time", at(asked.Times[0]))]);
            case CorpusKind.Fail when isNumbers:
                return await GetAsync(tenant, "query", [("query", asked.Query), ("time", at(60))]);
            case CorpusKind.Range:
                var count = ((asked.Times[1] - asked.Times[0]) / asked.Times[2]) + 1;
                return await GetAsync(
                    tenant, "query_range",
                    [
                        ("query", asked.Query), ("start", at(asked.Times[0])), ("end", at(asked.Times[1])),
                        ("step", asked.Times[2].ToString(CultureInfo.InvariantCulture)),
                    ],
                    [.. Enumerable.Range(0, count).Select(i => asked.Times[0] + (i * asked.Times[2]))]);
            default:
                var isNewest = asked.Kind == CorpusKind.Newest;
                return await GetAsync(
                    tenant, "query_range",
                    [
                        ("query", asked.Query), ("start", at(0)), ("end", at(End)), ("direction", isNewest ? "backward" : "forward"),
                        ("limit", (isNewest ? asked.Times[0] : 5000).ToString(CultureInfo.InvariantCulture)),
                    ],
                    isNewestFirst: isNewest);
        }
    }

    private async Task<string> TenantOfAsync(CorpusData data)
    {
        if (_tenants.TryGetValue(data, out var tenant)) return tenant;
        tenant = string.Create(CultureInfo.InvariantCulture, $"logql-{_count++}");
        _tenants.Add(data, tenant);
        if (data.Records.Count == 0) return tenant;
        var streams = new JsonArray();
        foreach (var stream in data.Records.GroupBy(r => r.Stream))
        {
            var values = new JsonArray();
            foreach (var record in stream)
            {
                var nanos = ((beginUnixSeconds + record.Second) * 1_000_000_000L).ToString(CultureInfo.InvariantCulture);
                var metadata = new JsonObject();
                foreach (var (name, value) in Pairs("{" + record.Metadata + "}")) metadata[name] = value;
                values.Add(new JsonArray(nanos, record.Line, metadata));
            }

            var labels = new JsonObject();
            foreach (var (name, value) in Pairs(stream.Key)) labels[name] = value;
            streams.Add(new JsonObject { ["stream"] = labels, ["values"] = values });
        }

        var body = Encoding.UTF8.GetBytes(new JsonObject { ["streams"] = streams }.ToJsonString());
        var answer = await Wire.PostAsync(
            server.Url(server.LokiPort, "/loki/api/v1/push"), body, "application/json", change: request => request.Headers.Add("X-Scope-OrgID", tenant));
        answer.Status.ShouldBe(204, answer.Text);
        return tenant;
    }

    private async Task<CorpusAnswer> GetAsync(
        string tenant, string path, IReadOnlyList<(string Name, string Value)> parameters, IReadOnlyList<int>? steps = null, bool isNewestFirst = false)
    {
        using var form = new FormUrlEncodedContent(parameters.Select(p => KeyValuePair.Create(p.Name, p.Value)));
        var request = new HttpRequestMessage(HttpMethod.Post, server.Url(server.LokiPort, "/loki/api/v1/" + path)) { Content = form };
        request.Headers.Add("X-Scope-OrgID", tenant);
        var answer = await Wire.SendAsync(request);
        if (answer.Status != 200)
        {
            return new CorpusAnswer(path == "format_query" ? JsonNode.Parse(answer.Text)!["error"]!.ToString() : answer.Text.TrimEnd(), []);
        }

        using var json = JsonDocument.Parse(answer.Body);
        var data = json.RootElement.GetProperty("data");
        if (path == "format_query") return new CorpusAnswer(null, [data.GetString()!]);
        var result = data.GetProperty("result");
        return new CorpusAnswer(null, data.GetProperty("resultType").GetString() switch
        {
            "scalar" => ["scalar " + Number(result)],
            "vector" => [.. result.EnumerateArray().Select(s => LabelsOf(s.GetProperty("metric")) + " " + Number(s.GetProperty("value")))],
            "matrix" => [.. result.EnumerateArray().Select(s => LabelsOf(s.GetProperty("metric")) + " " + Steps(s.GetProperty("values"), steps!))],
            _ => Lines(result, isNewestFirst),
        });
    }

    private List<string> Lines(JsonElement streams, bool isNewestFirst)
    {
        var lines = new List<(long Second, string Text)>();
        foreach (var stream in streams.EnumerateArray())
        {
            var labels = LabelsOf(stream.GetProperty("stream"));
            foreach (var value in stream.GetProperty("values").EnumerateArray())
            {
                var second = (long.Parse(value[0].GetString()!, CultureInfo.InvariantCulture) / 1_000_000_000) - beginUnixSeconds;
                lines.Add((second, CorpusAnswer.Record(second, labels, value[1].GetString()!)));
            }
        }

        var ordered = isNewestFirst ? lines.OrderByDescending(l => l.Second) : lines.OrderBy(l => l.Second);
        return [.. ordered.Select(l => l.Text)];
    }

    private string Steps(JsonElement values, IReadOnlyList<int> steps)
    {
        var byTime = values.EnumerateArray().ToDictionary(v => v[0].GetInt64() - beginUnixSeconds, Number);
        return string.Join(' ', steps.Select(s => byTime.GetValueOrDefault(s, "_")));
    }

    private static string Number(JsonElement sample) => sample[1].GetString()! switch
    {
        "+Inf" => "+Inf",
        "-Inf" => "-Inf",
        "NaN" => "NaN",
        var text => CorpusAnswer.Value(double.Parse(text, CultureInfo.InvariantCulture)),
    };

    private static string LabelsOf(JsonElement labels) =>
        CorpusAnswer.Labels(labels.EnumerateObject().Select(l => KeyValuePair.Create(l.Name, l.Value.GetString()!)));

    private static IEnumerable<(string Name, string Value)> Pairs(string labels) =>
        labels == "{}" ? [] : LogQLParser.ParseSelector(labels).Value!.Matchers.Select(m => (m.Label, m.Value));
}
