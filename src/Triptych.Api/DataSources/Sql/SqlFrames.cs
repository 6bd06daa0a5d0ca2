using System.Text.Json;
using Triptych.Api.Http;

namespace Triptych.Api.DataSources.Sql;

/// <summary>Writes an answer as Grafana's clients read it: a schema, the columns' values, and beside them those that JSON has no number for.</summary>
internal static class SqlFrames
{
    /// <summary>Writes one frame.</summary>
    /// <param name="answer">Where to.</param>
    /// <param name="refId">The query's id.</param>
    /// <param name="table">What it holds.</param>
    /// <param name="sql">The SQL that was run.</param>
    /// <param name="notice">What is to be told of it; null for nothing.</param>
    public static async ValueTask WriteAsync(JsonAnswer answer, string refId, SqlTable table, string sql, string? notice)
    {
        var json = answer.Json;
        json.WriteStartObject();
        json.WriteStartObject("schema");
        json.WriteString("refId", refId);
        json.WriteStartObject("meta");
        json.WriteString("executedQueryString", sql);
        if (notice is not null)
        {
            json.WriteStartArray("notices");
            json.WriteStartObject();
            json.WriteString("severity", "warning");
            json.WriteString("text", notice);
            json.WriteEndObject();
            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.WriteStartArray("fields");
        foreach (var column in table.Columns) WriteField(json, column);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartObject("data");
        json.WriteStartArray("values");
        foreach (var column in table.Columns)
        {
            json.WriteStartArray();
            foreach (var value in column.Values)
            {
                WriteValue(json, value);
                await answer.FlushIfFullAsync();
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
        WriteEntities(json, table);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteField(Utf8JsonWriter json, SqlColumn column)
    {
        var (type, frame) = column.Kind switch
        {
            SqlColumnKind.Time => ("time", "time.Time"),
            SqlColumnKind.Number => ("number", "float64"),
            SqlColumnKind.Boolean => ("boolean", "bool"),
            _ => ("string", "string"),
        };
        json.WriteStartObject();
        json.WriteString("name", column.Name);
        json.WriteString("type", type);
        json.WriteStartObject("typeInfo");
        json.WriteString("frame", frame);
        json.WriteBoolean("nullable", true);
        json.WriteEndObject();
        if (column.Labels.Count > 0)
        {
            json.WriteStartObject("labels");
            foreach (var (name, value) in column.Labels) json.WriteString(name, value);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case double number when double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case string text:
                json.WriteStringValue(text);
                break;
            default:
                json.WriteNullValue();
                break;
        }
    }

    // Rows of each column whose value is no number of JSON; null for a column without any.
    private static void WriteEntities(Utf8JsonWriter json, SqlTable table)
    {
        static bool IsOdd(object? value) => value is double number && !double.IsFinite(number);
        if (!table.Columns.Any(static column => column.Values.Exists(IsOdd))) return;
        json.WriteStartArray("entities");
        foreach (var column in table.Columns)
        {
            if (!column.Values.Exists(IsOdd))
            {
                json.WriteNullValue();
                continue;
            }

            json.WriteStartObject();
            WriteRows(json, "NaN", column, double.IsNaN);
            WriteRows(json, "Inf", column, double.IsPositiveInfinity);
            WriteRows(json, "NegInf", column, double.IsNegativeInfinity);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteRows(Utf8JsonWriter json, string name, SqlColumn column, Func<double, bool> isOne)
    {
        json.WriteStartArray(name);
        for (var row = 0; row < column.Values.Count; row++)
        {
            if (column.Values[row] is double number && isOne(number)) json.WriteNumberValue(row);
        }

        json.WriteEndArray();
    }
}
