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

    /// <summary>Reads the JSON object of a request's body and gives it away; answers by itself where there is none.</summary>
    public static async Task WithBodyAsync(HttpContext context, IngestLimits limits, Func<JsonElement, Task> use)
    {
        // A form of another site's page can post text, but no JSON: the type is asked for.
        if (!context.Request.HasJsonContentType())
        {
            await RefuseAsync(context, new DashboardRefusal(415, "bad-request", "Content-Type has to be application/json"));
            return;
        }

        var (bytes, error) = await RequestBody.ReadAsync(context.Request, limits, context.RequestAborted);
        if (bytes is null)
        {
            await RefuseAsync(context, new DashboardRefusal(error!.StatusCode, "bad-request", error.Message));
            return;
        }

        using (bytes)
        {
            JsonDocument? parsed = null;
            var problem = "bad request data: a JSON object is expected";
            try
            {
                parsed = DashboardDocument.Parse(bytes.Memory);
            }
            catch (JsonException e)
            {
                problem = "bad request data: " + e.Message.ReplaceLineEndings(" ");
            }

            using (parsed)
            {
                if (parsed?.RootElement.ValueKind == JsonValueKind.Object) await use(parsed.RootElement);
                else await RefuseAsync(context, new DashboardRefusal(400, "bad-request", problem));
            }
        }
    }
}
