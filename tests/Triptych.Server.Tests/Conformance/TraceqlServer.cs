using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Triptych.TraceQL.Syntax;
using Triptych.TraceQL.Tests.Conformance;

namespace Triptych.Server.Tests.Conformance;

/// <summary>
/// A running server as the corpus of TraceQL sees it: each set of spans is sent to a tenant of its own, and each case goes through Tempo's HTTP API.
/// </summary>
internal sealed class TraceqlServer(ServerProcess server, long beginUnixSeconds)
{
    private readonly Dictionary<CorpusData, string> _tenants = [];
    private int _count;

    public async Task<CorpusAnswer> AskAsync(CorpusCase asked)
    {
        var tenant = await TenantOfAsync(asked.Data);
        (string, string)[] all = [("start", At(0)), ("end", At(CorpusFile.EndSecond))];
        switch (asked.Kind)
        {
            case CorpusKind.Accept or CorpusKind.Refuse:
                // Metrics are told apart by what a parser says; a query that does not parse is refused alike everywhere.
                var isMetrics = TraceQLParser.Parse(asked.Query).Query?.Metrics is not null;
                var checkedBy = await GetAsync(tenant, isMetrics ? "/api/metrics/query" : "/api/search", [("q", asked.Query), .. all]);
                return checkedBy.Status == 200 ? new CorpusAnswer(null, []) : new CorpusAnswer(checkedBy.Text, []);
            case CorpusKind.Search or CorpusKind.Show or CorpusKind.Newest:
                var limit = asked.Kind == CorpusKind.Newest ? asked.Times[0] : 100;
                return Answer(
                    await GetAsync(
                        tenant, "/api/search", [("q", asked.Query), .. all, ("spss", "100"), ("limit", limit.ToString(CultureInfo.InvariantCulture))]),
                    json => Found(json, asked.Kind == CorpusKind.Show));
            case CorpusKind.Tags:
                return Answer(
                    await GetAsync(tenant, "/api/v2/search/tags", [("scope", asked.Argument), ("q", asked.Query), .. all]),
                    json => json.GetProperty("scopes").EnumerateArray().SelectMany(s => s.GetProperty("tags").EnumerateArray()).Select(t => t.GetString()!));
            case CorpusKind.Values:
                return Answer(
                    await GetAsync(tenant, $"/api/v2/search/tag/{Uri.EscapeDataString(asked.Argument)}/values", [("q", asked.Query), .. all]),
                    json => json.GetProperty("tagValues").EnumerateArray()
                        .Select(v => $"{v.GetProperty("type").GetString()} {v.GetProperty("value").GetString()}"));
            case CorpusKind.Instant:
                return Answer(
                    await GetAsync(tenant, "/api/metrics/query", [("q", asked.Query), ("start", At(asked.Times[0])), ("end", At(asked.Times[1]))]),
                    json => json.GetProperty("series").EnumerateArray().Select(s => $"{Labels(s)} {CorpusAnswer.Value(Number(s))}"));
            default:
                return Answer(
                    await GetAsync(
                        tenant, "/api/metrics/query_range",
                        [
                            ("q", asked.Query), ("start", At(asked.Times[0])), ("end", At(asked.Times[1])),
                            ("step", asked.Times[2].ToString(CultureInfo.InvariantCulture)),
                        ]),
                    json => json.GetProperty("series").EnumerateArray().SelectMany(s => asked.Kind == CorpusKind.Range ? Samples(s, asked) : Exemplars(s)));
        }
    }

    private string At(int second) => (beginUnixSeconds + second).ToString(CultureInfo.InvariantCulture);

    private async Task<Answer> GetAsync(string tenant, string path, IReadOnlyList<(string Name, string Value)> parameters)
    {
        var query = string.Join('&', parameters.Where(p => p.Value.Length > 0).Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value)}"));
        return await Wire.GetAsync(server.Url(server.TempoPort, $"{path}?{query}"), request => request.Headers.Add("X-Scope-OrgID", tenant));
    }

    private static CorpusAnswer Answer(Answer answer, Func<JsonElement, IEnumerable<string>> read)
    {
        if (answer.Status != 200) return new CorpusAnswer($"{answer.Status}: {answer.Text}", []);
        using var json = JsonDocument.Parse(answer.Body);
        return new CorpusAnswer(null, [.. read(json.RootElement)]);
    }

    private static IEnumerable<string> Found(JsonElement answer, bool isShown) => answer.GetProperty("traces").EnumerateArray().Select(trace =>
        $"{CorpusAnswer.NumberOf(trace.GetProperty("traceID").GetString()!)}: " + string.Join(
            " | ", trace.GetProperty("spanSets").EnumerateArray().Select(set => CorpusAnswer.Spanset(
                set.GetProperty("spans").EnumerateArray().Select(span =>
                    CorpusAnswer.NumberOf(span.GetProperty("spanID").GetString()!) + (isShown ? CorpusAnswer.Labels(Pairs(span, "attributes")) : "")),
                [.. Pairs(set, "attributes")]))));

    private IEnumerable<string> Samples(JsonElement series, CorpusCase asked)
    {
        var byTime = series.GetProperty("samples").EnumerateArray().ToDictionary(s => (Milliseconds(s) / 1000) - beginUnixSeconds, Number);
        var last = (asked.Times[1] + asked.Times[2] - 1) / asked.Times[2] * asked.Times[2];
        var values = new List<string>();
        for (var second = asked.Times[0] / asked.Times[2] * asked.Times[2]; second <= last; second += asked.Times[2])
        {
            values.Add(CorpusAnswer.Value(byTime.TryGetValue(second, out var value) ? value : null));
        }

        return [$"{Labels(series)} {string.Join(' ', values)}"];
    }

    private IEnumerable<string> Exemplars(JsonElement series) => series.TryGetProperty("exemplars", out var exemplars)
        ? exemplars.EnumerateArray().Select(e =>
        {
            var labels = Pairs(e, "labels").ToDictionary(StringComparer.Ordinal);
            var at = Milliseconds(e) - (beginUnixSeconds * 1000);
            return $"{Labels(series)} {labels["trace:id"]}/{CorpusAnswer.NumberOf(labels["span:id"])} {at} {CorpusAnswer.Value(Number(e))}";
        })
        : [];

    private static string Labels(JsonElement series) => CorpusAnswer.Labels(Pairs(series, "labels"));

    private static IEnumerable<KeyValuePair<string, string>> Pairs(JsonElement owner, string name) => owner.TryGetProperty(name, out var pairs)
        ? pairs.EnumerateArray().Select(pair => KeyValuePair.Create(pair.GetProperty("key").GetString()!, Text(pair.GetProperty("value"))))
        : [];

    private static string Text(JsonElement value)
    {
        var member = value.EnumerateObject().Single();
        return member.Name switch
        {
            "boolValue" => member.Value.GetBoolean() ? "true" : "false",
            "doubleValue" => member.Value.GetDouble().ToString("R", CultureInfo.InvariantCulture),
            "arrayValue" => $"[{string.Join(',', member.Value.GetProperty("values").EnumerateArray().Select(Element))}]",
            _ => member.Value.GetString()!,
        };
    }

    private static string Element(JsonElement value) => value.TryGetProperty("stringValue", out var text) ? JsonSerializer.Serialize(text.GetString()) : Text(value);

    private static long Milliseconds(JsonElement sample) => long.Parse(sample.GetProperty("timestampMs").GetString()!, CultureInfo.InvariantCulture);

    private static double Number(JsonElement sample) => sample.TryGetProperty("value", out var value) ? value.GetDouble() : 0;

    private async Task<string> TenantOfAsync(CorpusData data)
    {
        if (_tenants.TryGetValue(data, out var tenant)) return tenant;
        tenant = string.Create(CultureInfo.InvariantCulture, $"traceql-{_count++}");
        _tenants.Add(data, tenant);
        if (data.Spans.Count == 0) return tenant;
        var resources = new JsonArray([.. data.Spans.Select(ResourceOf)]);
        var body = Encoding.UTF8.GetBytes(new JsonObject { ["resourceSpans"] = resources }.ToJsonString());
        var answer = await Wire.PostAsync(
            server.Url(server.OtlpHttpPort, "/v1/traces"), body, Wire.Json, change: request => request.Headers.Add("X-Scope-OrgID", tenant));
        answer.Status.ShouldBe(200, answer.Text);
        answer.Text.ShouldNotContain("rejected");
        return tenant;
    }

    private JsonObject ResourceOf(CorpusSpan span)
    {
        var resource = Attributes(span.Attributes("resource"));
        resource.Add(new JsonObject { ["key"] = "service.name", ["value"] = new JsonObject { ["stringValue"] = span.Service } });
        var scope = new JsonObject
        {
            ["name"] = span.Text("scope"),
            ["version"] = span.Text("version"),
            ["attributes"] = Attributes(span.Attributes("instrumentation")),
        };
        return new JsonObject
        {
            ["resource"] = new JsonObject { ["attributes"] = resource },
            ["scopeSpans"] = new JsonArray(new JsonObject { ["scope"] = scope, ["spans"] = new JsonArray(SpanOf(span)) }),
        };
    }

    private JsonObject SpanOf(CorpusSpan span)
    {
        var start = (beginUnixSeconds * 1_000_000_000L) + (span.StartMs * 1_000_000L);
        return new JsonObject
        {
            ["traceId"] = Hex(span.Trace, 32),
            ["spanId"] = Hex(span.Id, 16),
            ["parentSpanId"] = span.Parent == 0 ? "" : Hex(span.Parent, 16),
            ["name"] = span.Name,
            ["kind"] = span.Kind,
            ["startTimeUnixNano"] = Digits(start),
            ["endTimeUnixNano"] = Digits(start + (span.DurationMs * 1_000_000L)),
            ["attributes"] = Attributes(span.Attributes("span")),
            ["status"] = new JsonObject { ["code"] = span.Status, ["message"] = span.Text("message") },
            ["events"] = new JsonArray([.. span.All("event").Select(e => new JsonObject
            {
                ["name"] = e[0].GetString(),
                ["timeUnixNano"] = Digits(start + (e[1].GetInt64() * 1_000_000L)),
                ["attributes"] = Attributes(Members(e)),
            })]),
            ["links"] = new JsonArray([.. span.All("link").Select(l => new JsonObject
            {
                ["traceId"] = Hex(l[0].GetInt32(), 32),
                ["spanId"] = Hex(l[1].GetInt32(), 16),
                ["attributes"] = Attributes(Members(l)),
            })]),
        };
    }

    private static IEnumerable<KeyValuePair<string, JsonElement>> Members(JsonElement part) =>
        part.GetArrayLength() > 2 ? part[2].EnumerateObject().Select(m => KeyValuePair.Create(m.Name, m.Value)) : [];

    private static JsonArray Attributes(IEnumerable<KeyValuePair<string, JsonElement>> attributes) =>
        new([.. attributes.Select(a => new JsonObject { ["key"] = a.Key, ["value"] = AnyValue(a.Value) })]);

    private static JsonObject AnyValue(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => new JsonObject { ["stringValue"] = value.GetString() },
        JsonValueKind.Number when value.TryGetInt64(out var integer) => new JsonObject { ["intValue"] = Digits(integer) },
        JsonValueKind.Number => new JsonObject { ["doubleValue"] = value.GetDouble() },
        JsonValueKind.Array => new JsonObject
        {
            ["arrayValue"] = new JsonObject { ["values"] = new JsonArray([.. value.EnumerateArray().Select(AnyValue)]) },
        },
        _ => new JsonObject { ["boolValue"] = value.GetBoolean() },
    };

    private static string Hex(int number, int digits) => number.ToString("x", CultureInfo.InvariantCulture).PadLeft(digits, '0');

    private static string Digits(long number) => number.ToString(CultureInfo.InvariantCulture);
}
