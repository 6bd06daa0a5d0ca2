using System.Globalization;
using System.Text.Json;

namespace Triptych.Server.Tests.Storage;

/// <summary>Rows by number of a lot: times over some hours, no two of a lot the same, none on a full minute.</summary>
internal sealed class Lots(DateTimeOffset start)
{
    public const int Hours = 3;
    public const int Minutes = Hours * 60;
    public const int RowsPerRequest = 12;
    public const int RowsPerLot = 60;
    public const string Kept = "kept";
    public const string Doomed = "doomed";

    public DateTimeOffset Start => start;

    /// <summary>After the last row, and in the past.</summary>
    public DateTimeOffset End => start.AddMinutes(Minutes);

    /// <summary>Begin of the hour that a lot's doomed rows are in.</summary>
    public DateTimeOffset HourOf(int lot) => start.AddHours(lot % Hours);

    public IEnumerable<DateTimeOffset> DoomedOf(int lot) =>
        Enumerable.Range(0, RowsPerRequest).Select(i => HourOf(lot).AddMinutes(i * 4).AddMilliseconds(1 + i));

    public IEnumerable<DateTimeOffset> RowsOf(int lot)
    {
        var random = new Random(lot);
        for (var row = 0; row < RowsPerLot; row++) yield return start.AddMinutes(random.Next(Minutes)).AddMilliseconds(1 + row);
    }
}

/// <summary>How rows of a signal are written, counted and deleted. Any number of calls at once.</summary>
internal abstract class LotSignal(ServerProcess server)
{
    /// <summary>As the server's diagnostics call it.</summary>
    public abstract string Name { get; }

    protected ServerProcess Server => server;

    /// <summary>Writes rows as one request; they are acknowledged.</summary>
    public abstract Task WriteAsync(string app, int lot, IReadOnlyList<DateTimeOffset> rows);

    /// <summary>How many rows there are between two full minutes. An answer that says that it is not complete fails.</summary>
    public async Task<long> CountAsync(string app, int lot, DateTimeOffset from, DateTimeOffset to)
    {
        var (count, text) = await AskAsync(app, lot, from, to);
        text.ShouldNotContain("warnings");
        text.ShouldNotContain("partial", Case.Insensitive);
        return count;
    }

    /// <summary>How many rows an answer has, and all that it says.</summary>
    public abstract Task<(long Count, string Text)> AskAsync(string app, int lot, DateTimeOffset from, DateTimeOffset to);

    /// <summary>Deletes the doomed rows of a lot and returns when that is complete.</summary>
    public async Task DeleteAsync(int lot, DateTimeOffset from, DateTimeOffset to)
    {
        const string Deletions = "/api/triptych/v1/deletions";
        var query = Uri.EscapeDataString(SelectorOf(Lots.Doomed, lot));
        var parameters = $"?signal={Name.ToLowerInvariant()}&query={query}&start={from.ToUnixTimeSeconds()}&end={to.ToUnixTimeSeconds()}";
        var asked = await Wire.PostAsync(server.Url(server.UiPort, Deletions + parameters), [], null);
        asked.Status.ShouldBe(202, asked.Text);
        using var request = JsonDocument.Parse(asked.Body);
        var id = request.RootElement.GetProperty("id").GetString();
        while (true)
        {
            var answer = await Wire.GetAsync(server.Url(server.UiPort, $"{Deletions}/{id}"));
            answer.Status.ShouldBe(200, answer.Text);
            using var state = JsonDocument.Parse(answer.Body);
            if (state.RootElement.GetProperty("state").GetString() == "done") return;
            await Task.Delay(20);
        }
    }

    /// <summary>Merges that are due now.</summary>
    public async Task<int> PendingMergesAsync()
    {
        var answer = await Wire.GetAsync(server.Url(server.UiPort, "/api/triptych/v1/status/storage"));
        using var status = JsonDocument.Parse(answer.Body);
        return status.RootElement.GetProperty("signals").GetProperty(Name.ToLowerInvariant()).GetProperty("pendingMerges").GetInt32();
    }

    protected abstract string SelectorOf(string app, int lot);

    protected static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    protected static string Nanos(DateTimeOffset time) => Text(time.ToUnixTimeMilliseconds() * 1_000_000);

    protected async Task PostAsync(int port, string path, string json)
    {
        var answer = await Wire.PostAsync(server.Url(port, path), System.Text.Encoding.UTF8.GetBytes(json), Wire.Json);
        answer.Status.ShouldBeInRange(200, 204, answer.Text);
        answer.Text.ShouldNotContain("rejected");
    }

    /// <summary>The one number of an answer whose members lead to it, 0 where it holds no series; and its text with what its headers warn of.</summary>
    protected static async Task<(long Count, string Text)> NumberAsync(Uri url, string[] seriesPath, Func<JsonElement, string> valueOf)
    {
        var answer = await Wire.GetAsync(url);
        answer.Status.ShouldBe(200, answer.Text);
        using var json = JsonDocument.Parse(answer.Body);
        var series = seriesPath.Aggregate(json.RootElement, static (at, name) => at.GetProperty(name)).EnumerateArray().ToList();
        series.Count.ShouldBeLessThanOrEqualTo(1, answer.Text);
        var warnings = answer.Warning is null ? "" : $" warnings: {answer.Warning}";
        return (series.Count == 0 ? 0 : (long)double.Parse(valueOf(series[0]), CultureInfo.InvariantCulture), answer.Text + warnings);
    }
}

/// <summary>Samples of a series for each lot and app.</summary>
internal sealed class MetricLots(ServerProcess server) : LotSignal(server)
{
    private int _asked;

    public override string Name => "Metrics";

    public override Task WriteAsync(string app, int lot, IReadOnlyList<DateTimeOffset> rows)
    {
        var attributes = $$$"""[{"key":"app","value":{"stringValue":"{{{app}}}"}},{"key":"lot","value":{"stringValue":"{{{lot}}}"}}]""";
        var points = string.Join(',', rows.Select(r => $$"""{"timeUnixNano":"{{Nanos(r)}}","asDouble":1,"attributes":{{attributes}}}"""));
        var metric = $$$"""{"name":"rows","gauge":{"dataPoints":[{{{points}}}]}}""";
        return PostAsync(Server.OtlpHttpPort, "/v1/metrics", $$$"""{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{{{metric}}}]}]}]}""");
    }

    public override Task<(long Count, string Text)> AskAsync(string app, int lot, DateTimeOffset from, DateTimeOffset to)
    {
        var range = $"{SelectorOf(app, lot)}[{(to - from).TotalSeconds:0}s]";
        var end = to.ToUnixTimeSeconds();
        string[] seriesPath = ["data", "result"];
        return (Interlocked.Increment(ref _asked) % 3) switch
        {
            0 => NumberAsync(
                Server.Url(Server.PrometheusPort, $"/api/v1/query?time={end}&query={Uri.EscapeDataString($"sum(count_over_time({range}))")}"),
                seriesPath, static series => series.GetProperty("value")[1].GetString()!),

            // All samples are 1. The last of the steps is the one that looks back over the range.
            1 => NumberAsync(
                Server.Url(Server.PrometheusPort, $"/api/v1/query_range?start={end}&end={end}&step=15&query={Uri.EscapeDataString($"sum(sum_over_time({range}))")}"),
                seriesPath, static series => series.GetProperty("values")[0][1].GetString()!),

            // The samples themselves, as a client reads them that wants them raw.
            _ => NumberAsync(
                Server.Url(Server.PrometheusPort, $"/api/v1/query?time={end}&query={Uri.EscapeDataString(range)}"),
                seriesPath, static series => $"{series.GetProperty("values").GetArrayLength()}"),
        };
    }

    protected override string SelectorOf(string app, int lot) => $"rows{{app=\"{app}\",lot=\"{lot}\"}}";
}

/// <summary>Lines of a stream for each lot and app.</summary>
internal sealed class LogLots(ServerProcess server) : LotSignal(server)
{
    public override string Name => "Logs";

    public override Task WriteAsync(string app, int lot, IReadOnlyList<DateTimeOffset> rows)
    {
        var lines = string.Join(',', rows.Select(static r => $"[\"{Nanos(r)}\",\"a line of {Nanos(r)}\"]"));
        return PostAsync(Server.LokiPort, "/loki/api/v1/push", $$$"""{"streams":[{"stream":{"app":"{{{app}}}","lot":"{{{lot}}}"},"values":[{{{lines}}}]}]}""");
    }

    public override Task<(long Count, string Text)> AskAsync(string app, int lot, DateTimeOffset from, DateTimeOffset to)
    {
        var query = $"sum(count_over_time({SelectorOf(app, lot)} |= \"line\" [{(to - from).TotalSeconds:0}s]))";
        return NumberAsync(
            Server.Url(Server.LokiPort, $"/loki/api/v1/query?time={Nanos(to)}&query={Uri.EscapeDataString(query)}"), ["data", "result"],
            static series => series.GetProperty("value")[1].GetString()!);
    }

    protected override string SelectorOf(string app, int lot) => $"{{app=\"{app}\",lot=\"{lot}\"}}";
}

/// <summary>Spans with the lot as an attribute and the app as one of their resource; those of an hour and lot are one trace.</summary>
internal sealed class TraceLots(ServerProcess server) : LotSignal(server)
{
    public override string Name => "Traces";

    public override Task WriteAsync(string app, int lot, IReadOnlyList<DateTimeOffset> rows)
    {
        var spans = rows.Select(r => $$$"""
            {"traceId":"{{{lot + 1:x16}}}{{{r.ToUnixTimeSeconds() / 3600:x16}}}","spanId":"{{{(r.ToUnixTimeMilliseconds() * 2) + (app == Lots.Kept ? 0 : 1):x16}}}",
             "name":"row","kind":1,"startTimeUnixNano":"{{{Nanos(r)}}}","endTimeUnixNano":"{{{Nanos(r)}}}",
             "attributes":[{"key":"lot","value":{"stringValue":"{{{lot}}}"}}]}
            """);
        var resource = $$$"""{"attributes":[{"key":"app","value":{"stringValue":"{{{app}}}"}}]}""";
        return PostAsync(
            Server.OtlpHttpPort, "/v1/traces", $$$"""{"resourceSpans":[{"resource":{{{resource}}},"scopeSpans":[{"spans":[{{{string.Join(',', spans)}}}]}]}]}""");
    }

    public override Task<(long Count, string Text)> AskAsync(string app, int lot, DateTimeOffset from, DateTimeOffset to)
    {
        var query = Uri.EscapeDataString($"{SelectorOf(app, lot)} | count_over_time()");
        return NumberAsync(
            Server.Url(Server.TempoPort, $"/api/metrics/query?start={from.ToUnixTimeSeconds()}&end={to.ToUnixTimeSeconds()}&q={query}"), ["series"],
            static series => series.GetProperty("value").GetRawText());
    }

    protected override string SelectorOf(string app, int lot) => $"{{ resource.app = \"{app}\" && span.lot = \"{lot}\" }}";
}
