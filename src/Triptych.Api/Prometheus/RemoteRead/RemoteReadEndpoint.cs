using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Triptych.Api.Hosting;
using Triptych.Api.Http;
using Triptych.Api.Operations;
using Triptych.Columnar.Samples;
using Triptych.Model;
using Triptych.Query;
using Triptych.Query.Budgets;

namespace Triptych.Api.Prometheus.RemoteRead;

/// <summary>What one request of remote read may take.</summary>
public sealed record RemoteReadLimits
{
    /// <summary>Samples of an answer that is not streamed.</summary>
    public long MaxSamples { get; init; } = 50_000_000;

    /// <summary>About the size of a frame of a streamed answer, in bytes.</summary>
    public int MaxFrameBytes { get; init; } = 1024 * 1024;
}

/// <summary>
/// Prometheus remote read: <c>POST /api/v1/read</c>, snappy block format in; out what the client takes, whole (<c>SAMPLES</c>) or streamed
/// (<c>STREAMED_XOR_CHUNKS</c>). Series come sorted by their labels. A request that is not valid, or wants more samples than an answer may have, is a 400;
/// other failures have the status of queries. Where an answer has begun already the connection breaks, so that no part of one is taken for all of it.
/// </summary>
/// <param name="source">What is read.</param>
/// <param name="runner">Gives each request its slot, deadline and budget: not the one of queries, which reading must not keep waiting.</param>
/// <param name="limits">What an answer may take.</param>
/// <param name="bodies">What bodies may take.</param>
public sealed class RemoteReadEndpoint(ISampleSource source, QueryRunner runner, RemoteReadLimits limits, IngestLimits bodies)
{
    private const string SamplesType = "application/x-protobuf";
    private const string ChunksType = "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse";

    /// <summary>Maps the endpoint.</summary>
    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/v1/read", ReadAsync).WithMetadata(new ApiFamilyMetadata(ApiFamily.Prometheus));

    private async Task ReadAsync(HttpContext http)
    {
        if (TenantHeader.Read(http.Request) is not { } tenant)
        {
            await PlainText.WriteAsync(http.Response, 400, TenantHeader.Error);
            return;
        }

        var (request, problem) = await DecodeAsync(http);
        if (request is null)
        {
            await PlainText.WriteAsync(http.Response, problem!.StatusCode, problem.Message);
            return;
        }

        var run = await runner.RunAsync<ReadOutcome>(
            "remote_read", tenant, null, context => AnswerAsync(http.Response, request, tenant, context), http.RequestAborted,
            Origin(http, request));
        http.Response.RegisterForDispose(run);
        if (run.Result.Error is { } failure)
        {
            if (http.Response.HasStarted)
            {
                http.Abort();
                return;
            }

            var error = ApiError.Of(failure, http.RequestAborted.IsCancellationRequested);
            http.Response.Clear();
            RetryAfterHeader.Set(http.Response, error.RetryAfter);
            await PlainText.WriteAsync(http.Response, error.StatusCode, error.Message);
        }
        else if (run.Result.Value!.Refusal is { } refusal)
        {
            await PlainText.WriteAsync(http.Response, 400, refusal);
        }
    }

    private static QueryOrigin Origin(HttpContext http, ReadRequest request)
    {
        var origin = QueryOrigin.Of(http, string.Join(", ", request.Queries.Select(static q => $"{{{string.Join(',', q.Matchers)}}}")));
        return request.Queries.Count == 0 ? origin : origin.BetweenMs(request.Queries.Min(static q => q.StartMs), request.Queries.Max(static q => q.EndMs));
    }

    private async ValueTask<(ReadRequest? Request, BodyError? Problem)> DecodeAsync(HttpContext http)
    {
        var own = bodies.ForRequest();
        var (bytes, error) = await RequestBody.ReadSnappyAsync(http.Request, own, http.RequestAborted);
        if (bytes is null)
        {
            if (error!.IsRetryable) RetryAfterHeader.Set(http.Response, bodies.RetryAfter);
            return (null, error);
        }

        using (bytes)
        {
            var (request, problem) = ReadRequestDecoder.Decode(bytes.Span);
            return request is null ? (null, new BodyError(400, problem!)) : (request, null);
        }
    }

    private async ValueTask<QueryResult<ReadOutcome>> AnswerAsync(HttpResponse response, ReadRequest request, TenantId tenant, QueryContext context)
    {
        // All are opened before anything is sent: what is not there yet (while the write-ahead log is replayed) is known then, and the answer can begin anew.
        var scans = new List<ISampleScan?>();
        try
        {
            foreach (var query in request.Queries) scans.Add(await OpenAsync(query, tenant, context));
            return request.Kind == ReadResponseKind.Samples
                ? await AnswerSamplesAsync(response, scans, context)
                : await AnswerChunksAsync(response, scans, context);
        }
        finally
        {
            foreach (var scan in scans)
            {
                if (scan is not null) await scan.DisposeAsync();
            }
        }
    }

    private async ValueTask<ISampleScan?> OpenAsync(ReadQuery query, TenantId tenant, QueryContext context) => query.StartMs > query.EndMs
        ? null
        : await source.OpenAsync(
            new SampleScanRequest
            {
                Tenant = tenant,
                Matchers = query.Matchers,
                MinTimeMs = query.StartMs,
                MaxTimeMs = query.EndMs,
                Symbols = context.Symbols,
                SeriesOnly = query.SeriesOnly,
                SortedByLabels = true,
                Budget = context.Memory,
            },
            context.CancellationToken);

    private async ValueTask<ReadOutcome> AnswerSamplesAsync(HttpResponse response, IReadOnlyList<ISampleScan?> scans, QueryContext context)
    {
        using var answer = new SamplesAnswer(context, limits.MaxSamples);
        foreach (var scan in scans)
        {
            answer.BeginResult();
            while (scan is not null && await scan.NextAsync(context.CancellationToken) is { } batch)
            {
                if (!answer.TryAdd(batch)) return new ReadOutcome(answer.Refusal);
            }

            answer.EndResult();
            Check(scan);
        }

        using var compressed = answer.Compress();
        response.ContentType = SamplesType;
        response.Headers.ContentEncoding = "snappy";
        response.ContentLength = compressed.Length;
        for (var sent = 0; sent < compressed.Length; sent += ApiResponse.FlushBytes)
        {
            var piece = compressed.WrittenMemory.Slice(sent, Math.Min(ApiResponse.FlushBytes, compressed.Length - sent));
            await response.BodyWriter.WriteAsync(piece, context.CancellationToken);
        }

        return new ReadOutcome(null);
    }

    private async ValueTask<ReadOutcome> AnswerChunksAsync(HttpResponse response, IReadOnlyList<ISampleScan?> scans, QueryContext context)
    {
        response.ContentType = ChunksType;
        using var answer = new ChunkedAnswer(context, response, limits.MaxFrameBytes);
        for (var i = 0; i < scans.Count; i++)
        {
            while (scans[i] is { } scan && await scan.NextAsync(context.CancellationToken) is { } batch) await answer.AddAsync(batch, i);
            Check(scans[i]);
        }

        await answer.EndAsync();
        return new ReadOutcome(null);
    }

    // Neither message has a place for a warning, and a part must not be taken for all.
    private static void Check(ISampleScan? scan)
    {
        if (scan?.Statistics.Warnings.FirstOrDefault() is { } warning) throw new IOException(warning);
    }

    /// <summary>How a request ended that was no failure: answered, or refused with a line for the client.</summary>
    private sealed record ReadOutcome(string? Refusal);
}
