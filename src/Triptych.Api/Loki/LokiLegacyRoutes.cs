using Microsoft.AspNetCore.Http;
using Triptych.Columnar.Symbols;
using Triptych.LogQL.Planning;
using Triptych.Query;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;

namespace Triptych.Api.Loki;

/// <summary>
/// <c>/api/prom/query</c>, of Loki before version 1: lines by stream,
/// <c>{"streams":[{"labels":"{…}","entries":[{"ts":"RFC 3339","line":"…"}]}]}</c>. Metric queries have no form there.
/// </summary>
internal sealed class LokiLegacyRoutes(LogQLEngine engine)
{
    private const string LinesOnly = "legacy endpoints only support streams result type";

    /// <summary>Answers a query.</summary>
    public async Task QueryAsync(LokiCall call)
    {
        var parameters = call.Parameters;
        var range = parameters.Range();
        var request = new LogQLRequest
        {
            Query = parameters.Text("query") ?? "",
            Grid = StepGrid.Instant(range.EndUnixNanos),
            StartUnixNanos = range.StartUnixNanos,
            EndUnixNanos = range.EndUnixNanos,
            Limit = parameters.Count("limit", 100),
            Direction = parameters.Direction(),
        };
        if (request.Limit > LokiParameters.MaxLines) parameters.Fail(LokiParameters.TooManyLines(request.Limit));
        if (await call.RefusedAsync()) return;
        var answer = await call.EvaluateAsync<Answered>(async query =>
        {
            var result = await engine.QueryAsync(request, query);
            if (result.Error is { } error) return error;
            return result.Value!.Lines is null ? new QueryError(QueryErrorKind.BadData, LinesOnly) : new Answered(result.Value, query.Symbols);
        });
        if (answer is null) return;
        await using var reply = new JsonReply(call.Http);
        reply.Writer.WriteStartObject();
        reply.Writer.WriteStartArray("streams");
        foreach (var stream in answer.Answer.GroupLines(categorize: false))
        {
            reply.Writer.WriteStartObject();
            reply.Writer.WriteString("labels", LabelText.Print(LabelText.Sorted(stream.Labels, answer.Symbols), answer.Symbols));
            reply.Writer.WriteStartArray("entries");
            foreach (var line in stream.Lines)
            {
                reply.Writer.WriteStartObject();
                reply.Writer.WriteString("ts", LokiTime.PrintRfc3339(line.TimeUnixNanos));
                reply.Writer.WriteString("line"u8, line.Line.Span);
                reply.Writer.WriteEndObject();
                await reply.FlushIfFullAsync();
            }

            reply.Writer.WriteEndArray();
            reply.Writer.WriteEndObject();
        }

        reply.Writer.WriteEndArray();
        reply.Writer.WriteEndObject();
        await reply.FinishAsync();
    }

    private sealed record Answered(LogQLAnswer Answer, SymbolTable Symbols);
}
