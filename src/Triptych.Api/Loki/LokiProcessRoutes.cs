using System.Globalization;
using Microsoft.AspNetCore.Http;
using Triptych.Api.Admin;
using Triptych.Api.Http;

namespace Triptych.Api.Loki;

/// <summary>
/// Loki's pages about the process: <c>/config</c>, the rings, <c>/flush</c>. What a Loki has several members for is one program here, which is the one member
/// of each ring.
/// </summary>
internal sealed class LokiProcessRoutes(AdminAccess access, TimeProvider time)
{
    /// <summary>The configuration in force as YAML, without secrets; null where nobody tells it.</summary>
    public Func<string>? ConfigYaml { get; init; }

    /// <summary>Makes blocks of all lines in memory; false while it is not known which those are. Null where nobody can.</summary>
    public Func<CancellationToken, Task<bool>>? FlushAsync { get; init; }

    /// <summary>The rings that a Loki has, by path.</summary>
    public static IReadOnlyList<string> Rings { get; } =
        ["/ring", "/distributor/ring", "/indexgateway/ring", "/scheduler/ring", "/compactor/ring", "/ruler/ring"];

    /// <summary><c>/config</c>. Names are this program's, not Loki's.</summary>
    public async Task ConfigAsync(LokiCall call)
    {
        call.Http.Response.ContentType = "application/yaml; charset=utf-8";
        await call.Http.Response.WriteAsync(ConfigYaml!(), call.Http.RequestAborted);
    }

    /// <summary>A ring with this program as its one member, in the form of Loki's answer to <c>Accept: application/json</c>.</summary>
    public async Task RingAsync(LokiCall call)
    {
        var now = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        await using var reply = new JsonReply(call.Http);
        var json = reply.Writer;
        json.WriteStartObject();
        json.WriteStartArray("shards");
        json.WriteStartObject();
        json.WriteString("id", "triptych");
        json.WriteString("state", "ACTIVE");
        json.WriteString("timestamp", now);
        json.WriteString("address", $"{call.Http.Request.Host}");
        json.WriteString("zone", "");
        json.WriteStartArray("tokens");
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteString("now", now);
        json.WriteEndObject();
        await reply.FinishAsync();
    }

    /// <summary><c>/flush</c>: 204 when all lines in memory are in blocks.</summary>
    public async Task FlushLinesAsync(LokiCall call)
    {
        if (!access.IsEnabled)
        {
            await LokiCall.WriteErrorAsync(call.Http.Response, StatusCodes.Status403Forbidden, AdminAccess.Refusal);
            return;
        }

        if (await FlushAsync!(call.Http.RequestAborted)) call.Http.Response.StatusCode = StatusCodes.Status204NoContent;
        else await LokiCall.WriteErrorAsync(call.Http.Response, StatusCodes.Status503ServiceUnavailable, "the write-ahead log is being replayed");
    }
}
