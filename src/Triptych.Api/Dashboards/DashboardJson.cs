using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Triptych.Api.Http;

namespace Triptych.Api.Dashboards;

/// <summary>Answers and requests of the dashboard endpoints in Grafana's form.</summary>
internal static class DashboardJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Task WriteAsync(HttpContext context, object answer)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return context.Response.WriteAsJsonAsync(answer, Options, context.RequestAborted);
    }

    /// <summary>An object that holds a stored document as it is, and beside it the properties of another object, or that object under a name.</summary>
    public static async Task WriteAsync(HttpContext context, string documentName, ReadOnlyMemory<byte> document, string? name, object rest)
    {
        await using var answer = new JsonAnswer(context.Response);
        answer.Json.WriteStartObject();
        var more = JsonSerializer.SerializeToElement(rest, Options);
        if (name is not null)
        {
            answer.Json.WritePropertyName(name);
            more.WriteTo(answer.Json);
        }
        else
        {
            foreach (var property in more.EnumerateObject()) property.WriteTo(answer.Json);
        }

        answer.Json.WritePropertyName(documentName);
        answer.Json.WriteRawValue(document.Span, skipInputValidation: true);
        answer.Json.WriteEndObject();
    }

    public static Task RefuseAsync(HttpContext context, DashboardRefusal refusal)
    {
        context.Response.StatusCode = refusal.StatusCode;
        return WriteAsync(context, new { refusal.Message, refusal.Status });
    }

    public static string Time(long unixMs) =>
        DateTimeOffset.FromUnixTimeMilliseconds(unixMs).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static string RouteOf(HttpContext context, string name) => context.Request.RouteValues[name] as string ?? "";

    /// <summary>A property's text; null where it is no text.</summary>
    public static string? TextOf(JsonElement body, string name) =>
        body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>A number of the query that is not negative.</summary>
    public static int NumberOf(HttpContext context, string name, int otherwise) =>
        int.TryParse(context.Request.Query[name].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
