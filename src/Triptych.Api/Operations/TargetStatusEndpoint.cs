using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Triptych.Api.Hosting;
using Triptych.Api.Prometheus;

namespace Triptych.Api.Operations;

/// <summary>A file whose lines are collected.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="OffsetBytes">Up to here everything is durable.</param>
/// <param name="SizeBytes">Bytes that it has.</param>
/// <param name="LastRead">When lines were read from it last; null for never since the start.</param>
/// <param name="LostSince">Since when its path leads elsewhere or nowhere; null while it does not.</param>
public sealed record TailedFileView(string Path, long OffsetBytes, long SizeBytes, DateTimeOffset? LastRead, DateTimeOffset? LostSince);

/// <summary>
/// <c>GET /api/triptych/v1/status/targets</c>: what this program collects by itself: targets with how their last scrape went, and files with how far they
/// were read.
/// </summary>
/// <param name="targets">What is scraped.</param>
/// <param name="files">Files that are followed; null where none are configured.</param>
/// <param name="maxFiles">The most files that are followed.</param>
public sealed class TargetStatusEndpoint(ITargetSource targets, Func<IReadOnlyList<TailedFileView>?> files, int maxFiles)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
    };

    /// <summary>Maps the endpoint.</summary>
    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/triptych/v1/status/targets", GetAsync).WithMetadata(new ApiFamilyMetadata(ApiFamily.Ui));

    private Task GetAsync(HttpContext context)
    {
        var followed = files();
        var answer = new
        {
            Targets = targets.ActiveTargets.Select(Describe),
            Files = (followed ?? []).Select(static f => new
            {
                f.Path,
                f.OffsetBytes,
                f.SizeBytes,
                LastReadUnixMs = f.LastRead?.ToUnixTimeMilliseconds(),
                LostSinceUnixMs = f.LostSince?.ToUnixTimeMilliseconds(),
            }),
            FollowsFiles = followed is not null,
            MaxFiles = maxFiles,
        };
        return context.Response.WriteAsJsonAsync(answer, Json, context.RequestAborted);
    }

    private static object Describe(TargetView target) => new
    {
        Job = target.ScrapePool,
        Url = target.ScrapeUrl,
        target.Labels,
        target.DiscoveredLabels,
        Health = target.Health.ToString().ToLowerInvariant(),
        target.LastError,
        LastScrapeUnixMs = target.LastScrape?.ToUnixTimeMilliseconds(),
        LastDurationMs = target.LastScrapeDuration.TotalMilliseconds,
        IntervalMs = (long)target.ScrapeInterval.TotalMilliseconds,
        TimeoutMs = (long)target.ScrapeTimeout.TotalMilliseconds,
        SamplesScraped = target.Scraped,
        SamplesKept = target.Kept,
        SeriesAdded = target.Added,
    };
}
