using System.Globalization;
using System.Text.Json;
using Triptych.PromQL.Planning;
using Triptych.PromQL.Tests.Conformance;

namespace Triptych.Server.Tests.Conformance;

/// <summary>
/// A running server as the scripts see it: what they load comes by remote write, what they ask goes through the HTTP API. Each <see cref="Clear"/>
/// begins a tenant that has nothing yet.
/// </summary>
internal sealed class ScriptServer(ServerProcess server)
{
    private const string QueryPrefix = "invalid parameter \"query\": ";

    private static int s_tenants;

    private string _tenant = "";

    /// <summary>Forgets what was loaded.</summary>
    public void Clear() => _tenant = string.Create(CultureInfo.InvariantCulture, $"script-{Interlocked.Increment(ref s_tenants)}");

    /// <summary>Writes what a command loads; what the server says where it refuses something, else null.</summary>
    public async Task<string?> LoadAsync(LoadCommand load, int version)
    {
        var samples = LoadedSample.Of(load).ToList();
        if (samples.Count == 0) return null;
        var (body, contentType) = version == 1 ? (WrittenScript.V1(samples), Wire.Protobuf) : (WrittenScript.V2(samples), WrittenScript.V2ContentType);
        var answer = await Wire.PostAsync(server.Url(server.PrometheusPort, "/api/v1/write"), Wire.SnappyBlock(body), contentType, "snappy", AddTenant);
        return answer.Status == 204 ? null : $"write says {answer.Status}: {answer.Text}";
    }

    /// <summary>Asks what a case asks.</summary>
    public Task<ScriptReply> AskAsync(EvalCommand command) => command.StepMs == 0
        ? AskAsync("query", new() { ["query"] = command.Query, ["time"] = Seconds(command.StartMs) })
        : AskRangeAsync(command.Query, command.StartMs, command.EndMs, command.StepMs);

    /// <summary>Asks over a range.</summary>
    public Task<ScriptReply> AskRangeAsync(string query, long startMs, long endMs, long stepMs) => AskAsync(
        "query_range", new() { ["query"] = query, ["start"] = Seconds(startMs), ["end"] = Seconds(endMs), ["step"] = Seconds(stepMs) });

    private async Task<ScriptReply> AskAsync(string path, Dictionary<string, string> parameters)
    {
        using var form = new FormUrlEncodedContent(parameters);
        var request = new HttpRequestMessage(HttpMethod.Post, server.Url(server.PrometheusPort, "/api/v1/" + path)) { Content = form };
        AddTenant(request);
        var answer = await Wire.SendAsync(request);
        using var json = JsonDocument.Parse(answer.Body);
        var root = json.RootElement;
        if (answer.Status != 200)
        {
            var error = root.GetProperty("error").GetString()!;
            return new ScriptReply(error.StartsWith(QueryPrefix, StringComparison.Ordinal) ? error[QueryPrefix.Length..] : error, null, [], []);
        }

        return new ScriptReply(null, Read(root.GetProperty("data")), Texts(root, "warnings"), Texts(root, "infos"));
    }

    private void AddTenant(HttpRequestMessage request) => request.Headers.Add("X-Scope-OrgID", _tenant);

    private static string[] Texts(JsonElement root, string name) =>
        root.TryGetProperty(name, out var texts) ? [.. texts.EnumerateArray().Select(text => text.GetString()!)] : [];

    private static ScriptAnswer Read(JsonElement data)
    {
        var result = data.GetProperty("result");
        switch (data.GetProperty("resultType").GetString())
        {
            case "string":
                return new ScriptAnswer(AnswerKind.String, result[1].GetString()!, []);
            case "scalar":
                return new ScriptAnswer(AnswerKind.Scalar, "", [new ScriptSeries("{}", Points([result]))]);
            case "vector":
                return new ScriptAnswer(AnswerKind.Vector, "", [.. result.EnumerateArray().Select(series => ReadSeries(series, "value", "histogram"))]);
            case "matrix":
                return new ScriptAnswer(AnswerKind.Matrix, "", [.. result.EnumerateArray().Select(series => ReadSeries(series, "values", "histograms"))]);
            default:
                throw new FormatException(data.ToString());
        }
    }

    private static ScriptSeries ReadSeries(JsonElement series, string values, string histograms)
    {
        var labels = series.GetProperty("metric").EnumerateObject()
            .ToDictionary(label => label.Name, label => label.Value.GetString()!, StringComparer.Ordinal);
        return new ScriptSeries(ScriptAnswer.Describe(labels), Points([.. All(series, values), .. All(series, histograms)]));
    }

    // One point, or an array of them.
    private static IEnumerable<JsonElement> All(JsonElement series, string name)
    {
        if (!series.TryGetProperty(name, out var found)) return [];
        return found.GetArrayLength() > 0 && found[0].ValueKind == JsonValueKind.Array ? found.EnumerateArray() : [found];
    }

    private static Dictionary<long, ScriptValue> Points(IEnumerable<JsonElement> points) => points.ToDictionary(
        point => (long)(point[0].GetDecimal() * 1000),
        point => point[1].ValueKind == JsonValueKind.String
            ? new ScriptValue(Number(point[1]), false)
            : new ScriptValue(double.NaN, false, Told: ReadHistogram(point[1])));

    private static ToldHistogram ReadHistogram(JsonElement histogram) => new(
        Number(histogram.GetProperty("count")),
        Number(histogram.GetProperty("sum")),
        histogram.TryGetProperty("buckets", out var buckets)
            ? [.. buckets.EnumerateArray().Select(b => new ToldBucket(b[0].GetInt32(), Number(b[1]), Number(b[2]), Number(b[3])))]
            : []);

    private static double Number(JsonElement text) => text.GetString() switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        "NaN" => double.NaN,
        { } number => double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture),
        null => throw new FormatException("a value that is null"),
    };

    private static string Seconds(long milliseconds) => (milliseconds / 1000m).ToString(CultureInfo.InvariantCulture);
}

/// <summary>What the server said: an error or an answer.</summary>
internal sealed record ScriptReply(string? Error, ScriptAnswer? Answer, IReadOnlyCollection<string> Warnings, IReadOnlyCollection<string> Infos);
