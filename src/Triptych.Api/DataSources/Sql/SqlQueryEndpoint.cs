using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Triptych.Api.Dashboards;
using Triptych.Api.Http;
using Triptych.Primitives.Text;

namespace Triptych.Api.DataSources.Sql;

/// <summary>
/// <c>POST /grafana/api/ds/query</c>: up to 20 queries of PostgreSQL at once, each answered for itself. The answer's status is 400 where one of them failed.
/// </summary>
internal sealed class SqlQueryEndpoint(DataSourceSet sources, TimeProvider time)
{
    private const int MaxQueries = 20;
    private const int MaxSqlLength = 256 * 1024;
    private const long LastUnixMs = 253_402_300_799_999;

    private sealed record Question(string RefId, DataSource Source, string Sql, SqlFill? Fill, SqlRange Range, bool IsSeries);

    private sealed record Outcome(string RefId, SqlTable? Table, string Sql, string? Notice, string? Problem);

    public async Task AnswerAsync(HttpContext context, JsonElement body)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var problem = MomentOf(body, "from", now - 3_600_000, now, out var from);
        var endProblem = MomentOf(body, "to", now, now, out var to);
        problem ??= endProblem;
        if (problem is null && from > to) problem = "from is after to";
        if (!body.TryGetProperty("queries", out var queries) || queries.ValueKind != JsonValueKind.Array || queries.GetArrayLength() is 0 or > MaxQueries)
            problem ??= $"queries has to be a list of 1 to {MaxQueries}";
        if (problem is not null)
        {
            await RefuseAsync(context, problem);
            return;
        }

        var asked = queries.EnumerateArray().Select((query, i) => Read(query, i, from, to)).ToList();
        if (asked.GroupBy(static one => one.RefId, StringComparer.Ordinal).Any(static group => group.Count() > 1))
        {
            await RefuseAsync(context, "two queries have the same refId");
            return;
        }

        using var room = sources.NewAnswerRoom();
        var outcomes = new List<Outcome>();
        foreach (var (refId, question, reason) in asked)
            outcomes.Add(question is null ? new Outcome(refId, null, "", null, reason) : await RunAsync(question, room, context.RequestAborted));
        await WriteAsync(context, outcomes);
    }

    private static Task RefuseAsync(HttpContext context, string problem) =>
        DashboardJson.RefuseAsync(context, new DashboardRefusal(400, "bad-request", "bad request data: " + problem));

    private (string RefId, Question? Question, string? Problem) Read(JsonElement query, int number, long from, long to)
    {
        if (query.ValueKind != JsonValueKind.Object) return (Name(number), null, $"query {number} is no JSON object");
        var refId = DashboardJson.TextOf(query, "refId") is { Length: > 0 } own ? own : Name(number);
        var named = query.TryGetProperty("datasource", out var source) && source.ValueKind == JsonValueKind.Object ? DashboardJson.TextOf(source, "uid") ?? "" : "";
        if (sources.Find(named) is not { } found) return (refId, null, named.Length == 0 ? "the query names no data source" : $"there is no data source {named}");
        if (found.Kind != DataSourceKind.Postgres)
            return (refId, null, $"the data source {found.Name} is {found.GrafanaType}: its questions go through /grafana/api/datasources/proxy/uid/{found.Uid}/");
        var sql = DashboardJson.TextOf(query, "rawSql") ?? "";
        if (sql.Trim().Length == 0) return (refId, null, "rawSql is empty");
        if (sql.Length > MaxSqlLength) return (refId, null, $"rawSql is longer than {MaxSqlLength} characters");
        var format = DashboardJson.TextOf(query, "format") ?? "time_series";
        if (format is not ("table" or "time_series")) return (refId, null, $"format \"{format}\" is not supported (table, time_series)");
        var interval = query.TryGetProperty("intervalMs", out var ms) && ms.ValueKind == JsonValueKind.Number ? ms.GetDouble() : 60_000;
        var range = new SqlRange(from, to, (long)Math.Clamp(interval, 1, 1e12));
        var (expanded, fill, problem) = SqlMacros.Expand(sql, range);
        return problem is null ? (refId, new Question(refId, found, expanded!, fill, range, format == "time_series"), null) : (refId, null, problem);
    }

    private async Task<Outcome> RunAsync(Question question, SqlAnswerRoom room, CancellationToken cancellationToken)
    {
        var (table, problem) = await sources.ReaderOf(question.Source).ReadAsync(question.Sql, room, cancellationToken);
        if (table is null) return new Outcome(question.RefId, null, question.Sql, null, problem);
        var notice = table.IsCut ? $"There are more than {sources.Limits.MaxRows} rows; the others were left out." : null;
        table = SqlSeries.WithTimes(table);
        if (!question.IsSeries || table.RowCount == 0) return new Outcome(question.RefId, table, question.Sql, notice, null);
        try
        {
            var (series, reason) = SqlSeries.Of(table, question.Fill, question.Range, room);
            return new Outcome(question.RefId, series, question.Sql, notice, reason);
        }
        catch (SqlAnswerTooLargeException e)
        {
            return new Outcome(question.RefId, null, question.Sql, null, e.Message);
        }
    }

    private static async Task WriteAsync(HttpContext context, List<Outcome> outcomes)
    {
        var status = outcomes.Exists(static one => one.Table is null) ? StatusCodes.Status400BadRequest : StatusCodes.Status200OK;
        await using var answer = new JsonAnswer(context.Response, status);
        answer.Json.WriteStartObject();
        answer.Json.WriteStartObject("results");
        foreach (var one in outcomes)
        {
            answer.Json.WriteStartObject(one.RefId);
            answer.Json.WriteNumber("status", one.Table is null ? 400 : 200);
            if (one.Problem is not null) answer.Json.WriteString("error", one.Problem);
            answer.Json.WriteStartArray("frames");
            if (one.Table is not null) await SqlFrames.WriteAsync(answer, one.RefId, one.Table, one.Sql, one.Notice);
            answer.Json.WriteEndArray();
            answer.Json.WriteEndObject();
        }

        answer.Json.WriteEndObject();
        answer.Json.WriteEndObject();
    }

    private static string Name(int number) => ((char)('A' + number)).ToString();

    // Unix milliseconds as a text or a number, "now", or "now-1h".
    private static string? MomentOf(JsonElement body, string name, long otherwise, long now, out long unixMs)
    {
        unixMs = otherwise;
        if (!body.TryGetProperty(name, out var value)) return null;
        var text = value.ValueKind == JsonValueKind.Number ? value.GetRawText() : value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        if (text == "now")
        {
            unixMs = now;
            return null;
        }

        if (text.StartsWith("now-", StringComparison.Ordinal) && Durations.ParsePrometheus(text.AsSpan(4), out var nanos) == DurationError.None)
        {
            unixMs = Math.Max(0, now - (nanos / 1_000_000));
            return null;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out unixMs) && unixMs <= LastUnixMs
            ? null
            : $"{name} has to be Unix milliseconds, now or a time before it such as now-1h";
    }
}
