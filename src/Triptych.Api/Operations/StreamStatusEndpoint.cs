using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Triptych.Api.Hosting;
using Triptych.Api.Http;
using Triptych.Api.Loki;
using Triptych.Columnar;
using Triptych.Columnar.Rows;
using Triptych.Model;
using Triptych.Model.Labels;
using Triptych.Query;
using Triptych.Query.Budgets;

namespace Triptych.Api.Operations;

/// <summary>
/// <c>GET /api/triptych/v1/status/streams</c> with <c>start</c>, <c>end</c> (the last day without them) and <c>limit</c> (1 to
/// <see cref="MaxLimit"/>, 20 without it): how many streams of logs there are, how many values each label has, and which values most streams have.
/// </summary>
/// <param name="source">The logs.</param>
/// <param name="runner">Gives the look-up its slot, deadline and budget.</param>
/// <param name="time">The clock.</param>
public sealed class StreamStatusEndpoint(ILogSource source, QueryRunner runner, TimeProvider time)
{
    /// <summary>Entries of a list at most.</summary>
    public const int MaxLimit = 1000;

    private const int DefaultLimit = 20;
    private const long DefaultRangeNanos = 86_400_000_000_000;

    // A slot of a table and its value.
    private const long EntryBytes = 96;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
    };

    /// <summary>Maps the endpoint.</summary>
    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/triptych/v1/status/streams", GetAsync).WithMetadata(new ApiFamilyMetadata(ApiFamily.Ui));

    private async Task GetAsync(HttpContext context)
    {
        var (start, end, limit) = (0L, 0L, DefaultLimit);
        var tenant = TenantHeader.Read(context.Request);
        if ((tenant is null ? TenantHeader.Error : Read(context.Request.Query, out start, out end, out limit)) is { } problem)
        {
            await PlainText.WriteAsync(context.Response, StatusCodes.Status400BadRequest, problem);
            return;
        }

        using var run = await runner.RunAsync<Tally>(
            "logql", tenant!.Value, null, query => CountAsync(tenant.Value, start, end, query), context.RequestAborted,
            QueryOrigin.Of(context, "").Between(start, end));
        if (run.Result.Error is { } error)
        {
            RetryAfterHeader.Set(context.Response, error.RetryAfter);
            var status = error.Kind is QueryErrorKind.NotReady or QueryErrorKind.Timeout ? StatusCodes.Status503ServiceUnavailable
                : error.Kind is QueryErrorKind.Stopped or QueryErrorKind.Canceled ? StatusCodes.Status499ClientClosedRequest
                : StatusCodes.Status422UnprocessableEntity;
            await PlainText.WriteAsync(context.Response, status, error.Message.ReplaceLineEndings(" "));
            return;
        }

        var tally = run.Result.Value!;
        var answer = new
        {
            StartUnixMs = start / 1_000_000,
            EndUnixMs = end / 1_000_000,
            tally.Streams,
            LabelNames = tally.ValuesOf.Count,
            Labels = tally.ValuesOf.OrderByDescending(static l => l.Value.Values).ThenBy(static l => l.Key, StringComparer.Ordinal).Take(limit)
                .Select(static l => new { Name = l.Key, l.Value.Values, l.Value.Streams }),
            Pairs = tally.Pairs.OrderByDescending(static p => p.Value).ThenBy(static p => p.Key.Name, StringComparer.Ordinal).Take(limit)
                .Select(static p => new { p.Key.Name, p.Key.Value, Streams = p.Value }),
            run.Context.Warnings,
        };
        await context.Response.WriteAsJsonAsync(answer, Json, context.RequestAborted);
    }

    private async ValueTask<QueryResult<Tally>> CountAsync(TenantId tenant, long start, long end, QueryContext query)
    {
        var statistics = new ScanStatistics();
        using var followed = query.Follow(statistics);
        var streams = await source.StreamsAsync(new StreamLookup(tenant, [], start, end) { Budget = query.Memory }, statistics, query.CancellationToken);
        query.Add(statistics);
        var tally = new Tally(streams.Count);
        foreach (var stream in streams)
        {
            query.Tick();
            query.Charge(stream.Length);
            foreach (var (name, value) in LabelSet.Decode(stream))
            {
                ref var pairs = ref CollectionsMarshal.GetValueRefOrAddDefault(tally.Pairs, (name, value), out var known);
                pairs++;
                ref var label = ref CollectionsMarshal.GetValueRefOrAddDefault(tally.ValuesOf, name, out _);
                label = (label.Values + (known ? 0 : 1), label.Streams + 1);
                if (!known) query.Charge(EntryBytes + (2L * (name.Length + value.Length)));
            }
        }

        return tally;
    }

    private string? Read(IQueryCollection query, out long start, out long end, out int limit)
    {
        (start, limit) = (0, DefaultLimit);
        end = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        if (query["end"].ToString() is { Length: > 0 } endText && !LokiTime.TryParse(endText, out end, out var endError)) return $"end: {endError}";
        start = Math.Max(0, end - DefaultRangeNanos);
        if (query["start"].ToString() is { Length: > 0 } startText && !LokiTime.TryParse(startText, out start, out var startError))
            return $"start: {startError}";
        if (start > end) return "end must not be before start";
        if (query["limit"].ToString() is { Length: > 0 } limitText && (!int.TryParse(limitText, out limit) || limit is < 1 or > MaxLimit))
            return $"limit is not a number from 1 to {MaxLimit}";
        return null;
    }

    private sealed record Tally(int Streams)
    {
        public Dictionary<string, (int Values, int Streams)> ValuesOf { get; } = new(StringComparer.Ordinal);

        public Dictionary<(string Name, string Value), int> Pairs { get; } = [];
    }
}
