using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Triptych.Api.Hosting;
using Triptych.Api.Http;

namespace Triptych.Api.Admin;

/// <summary>What the configuration says to the browser UI.</summary>
/// <param name="TraceToLogs">Which log lines belong to a span.</param>
/// <param name="DerivedFields">Further links at log lines.</param>
/// <param name="ExemplarTraceIdLabel">The label in which exemplars name their trace.</param>
public sealed record UiSettings(TraceToLogsSettings TraceToLogs, IReadOnlyList<DerivedFieldSettings> DerivedFields, string ExemplarTraceIdLabel);

/// <summary>Which log lines belong to a span.</summary>
/// <param name="SpanStartShiftMs">Milliseconds before the span's start.</param>
/// <param name="SpanEndShiftMs">Milliseconds after the span's end.</param>
/// <param name="FilterBy"><c>trace</c> or <c>service</c>.</param>
public sealed record TraceToLogsSettings(long SpanStartShiftMs, long SpanEndShiftMs, string FilterBy);

/// <summary>A value in log lines that leads somewhere.</summary>
/// <param name="Name">Its name, as it is shown.</param>
/// <param name="MatcherType"><c>regex</c>: in the line; <c>label</c>: in labels and fields by name.</param>
/// <param name="MatcherRegex">By what it is found.</param>
/// <param name="Url">An address, or the query of the page.</param>
/// <param name="Internal"><c>trace</c>, <c>traces</c>, <c>logs</c>, <c>metrics</c>, <c>service</c>, or null for an address.</param>
/// <param name="UrlDisplayLabel">What the link says in place of the value; null for the value.</param>
public sealed record DerivedFieldSettings(string Name, string MatcherType, string MatcherRegex, string Url, string? Internal, string? UrlDisplayLabel);

/// <summary><c>GET /api/triptych/v1/ui/settings</c>: what the configuration says to the browser UI; holds no secret.</summary>
public sealed class UiSettingsEndpoint(UiSettings settings)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>Maps the endpoint.</summary>
    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/triptych/v1/ui/settings", context => context.Response.WriteAsJsonAsync(settings, Json, context.RequestAborted))
            .WithMetadata(new ApiFamilyMetadata(ApiFamily.Ui));
}
