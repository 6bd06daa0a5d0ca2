using System.Globalization;
using Microsoft.AspNetCore.Routing;
using Triptych.Columnar.Symbols;
using Triptych.LogQL.Planning;
using Triptych.LogQL.Syntax;
using Triptych.LogQL.Syntax.Literals;
using Triptych.Query;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;

namespace Triptych.Api.Loki;

/// <summary>
/// Which fields the lines of a query have: structured metadata, and what the JSON or logfmt parser finds in the newest lines. Lines are parsed by the engine
/// itself: a query without a parser of its own runs once with each of the two, and for each line JSON wins where it is JSON.
/// </summary>
internal sealed class LokiFieldRoutes(LogQLEngine engine)
{
    private const string ErrorPrefix = "__error";

    /// <summary><c>detected_fields</c>: the fields with type and number of values.</summary>
    public async Task FieldsAsync(LokiCall call)
    {
        var limit = ReadLimit(call.Parameters);
        if (await DetectAsync(call) is not { } fields) return;
        await using var reply = new JsonReply(call.Http);
        var json = reply.Writer;
        json.WriteStartObject();
        json.WriteStartArray("fields");
        foreach (var (name, field) in fields.ByName.Take(limit))
        {
            json.WriteStartObject();
            json.WriteString("label", name);
            json.WriteString("type", field.Type);
            json.WriteNumber("cardinality", field.Values.Count);
            if (field.Parsers.Count == 0)
            {
                json.WriteNull("parsers");
            }
            else
            {
                json.WriteStartArray("parsers");
                foreach (var parser in field.Parsers) json.WriteStringValue(parser);
                json.WriteEndArray();
            }

            json.WriteEndObject();
            await reply.FlushIfFullAsync();
        }

        json.WriteEndArray();
        json.WriteNumber("limit", limit);
        json.WriteEndObject();
        await reply.FinishAsync();
    }

    /// <summary><c>detected_field/{name}/values</c>: the values of one field.</summary>
    public async Task ValuesAsync(LokiCall call)
    {
        var limit = ReadLimit(call.Parameters);
        if (await DetectAsync(call) is not { } fields) return;
        var name = (string)call.Http.GetRouteValue("name")!;
        await using var reply = new JsonReply(call.Http);
        var json = reply.Writer;
        json.WriteStartObject();
        json.WriteStartArray("values");
        if (fields.ByName.TryGetValue(name, out var field))
        {
            foreach (var value in field.Values.Take(limit))
            {
                json.WriteStringValue(value);
                await reply.FlushIfFullAsync();
            }
        }

        json.WriteEndArray();
        json.WriteNumber("limit", limit);
        json.WriteEndObject();
        await reply.FinishAsync();
    }

    private static int ReadLimit(LokiParameters parameters) => parameters.Count(parameters.Text("limit") is null ? "field_limit" : "limit", 1000);

    private async ValueTask<Fields?> DetectAsync(LokiCall call)
    {
        var parameters = call.Parameters;
        var range = parameters.Range();
        var lineLimit = parameters.Count("line_limit", 100);
        if (lineLimit > LokiParameters.MaxLines) parameters.Fail("line_limit", $"at most {LokiParameters.MaxLines}");
        var text = parameters.Text("query") ?? "";
        var parsed = LogQLParser.Parse(text);
        if (!parsed.Succeeded) parameters.Fail("query", parsed.Error.ToString());
        else if (parsed.Value is not LogPipeline) parameters.Fail("query", "fields are detected in the lines of a log query, and this is a metric query");
        if (await call.RefusedAsync()) return null;
        var pipeline = (LogPipeline)parsed.Value!;
        var request = new LogQLRequest
        {
            Query = QueryPrinter.Print(pipeline),
            Grid = StepGrid.Instant(range.EndUnixNanos),
            StartUnixNanos = range.StartUnixNanos,
            EndUnixNanos = range.EndUnixNanos,
            Limit = lineLimit,
        };
        return await call.EvaluateAsync(query => DetectAsync(pipeline, request, query));
    }

    private async ValueTask<QueryResult<Fields>> DetectAsync(LogPipeline pipeline, LogQLRequest request, QueryContext query)
    {
        var fields = new Fields(query);
        if (ParserOf(pipeline) is { } own)
        {
            var result = await engine.QueryAsync(request, query);
            if (result.Error is { } error) return error;
            foreach (var line in result.Value!.Lines!)
            {
                fields.AddAll(line.Metadata, null);
                fields.AddAll(line.Parsed, own);
            }

            return fields;
        }

        var json = await engine.QueryAsync(request with { Query = request.Query + " | json" }, query);
        if (json.Error is { } jsonError) return jsonError;
        var logfmt = await engine.QueryAsync(request with { Query = request.Query + " | logfmt" }, query);
        if (logfmt.Error is { } logfmtError) return logfmtError;
        foreach (var line in json.Value!.Lines!)
        {
            fields.AddAll(line.Metadata, null);
            if (!fields.HasError(line)) fields.AddAll(line.Parsed, "json");
        }

        // Lines that came in between the two runs do no harm: each run's lines count for themselves.
        foreach (var line in logfmt.Value!.Lines!)
        {
            var isJson = line.Line.Span.TrimStart(" \t"u8) is [(byte)'{', ..];
            if (!isJson && !fields.HasError(line)) fields.AddAll(line.Parsed, "logfmt");
        }

        return fields;
    }

    private static string? ParserOf(LogPipeline pipeline)
    {
        foreach (var stage in pipeline.Stages)
        {
            switch (stage)
            {
                case JsonStage:
                    return "json";
                case LogfmtStage:
                    return "logfmt";
                case PatternStage:
                    return "pattern";
                case RegexpStage:
                    return "regexp";
                case UnpackStage:
                    return "unpack";
            }
        }

        return null;
    }

    private sealed class Field(string type)
    {
        public string Type => type;

        public SortedSet<string> Values { get; } = new(StringComparer.Ordinal);

        public SortedSet<string> Parsers { get; } = new(StringComparer.Ordinal);
    }

    private sealed class Fields(QueryContext query)
    {
        public SortedDictionary<string, Field> ByName { get; } = new(StringComparer.Ordinal);

        public bool HasError(LogLine line) =>
            Array.Exists(line.Parsed, l => query.Symbols.GetString(l.Name).StartsWith(ErrorPrefix, StringComparison.Ordinal));

        public void AddAll(LabelId[] labels, string? parser)
        {
            foreach (var label in labels)
            {
                var name = query.Symbols.GetString(label.Name);
                if (name.StartsWith(ErrorPrefix, StringComparison.Ordinal)) continue;
                var value = query.Symbols.GetString(label.Value);
                if (!ByName.TryGetValue(name, out var field)) ByName[name] = field = new Field(TypeOf(value));
                if (field.Values.Add(value)) query.Charge(64);
                if (parser is not null) field.Parsers.Add(parser);
            }
        }

        /// <summary>The type of a field is that of its first value, as in Loki.</summary>
        private static string TypeOf(string value)
        {
            if (long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)) return "int";
            if (double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _)) return "float";
            if (bool.TryParse(value, out _)) return "boolean";
            if (Quantities.TryParseDuration(value, out _)) return "duration";
            return Quantities.TryParseBytes(value, out _) ? "bytes" : "string";
        }
    }
}
