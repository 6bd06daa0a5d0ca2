using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Triptych.Api.Grpc;
using Triptych.Api.Hosting;
using Triptych.Api.Http;
using Triptych.Model;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Protobuf;
using Triptych.Query;
using Triptych.Query.Budgets;
using Triptych.TraceQL.Functions;
using Triptych.TraceQL.Planning;

namespace Triptych.Api.Tempo.Streaming;

/// <summary>
/// <c>tempopb.StreamingQuerier</c>, the gRPC service that Grafana asks on the same port as HTTP. A search sends the traces that it has found since its last
/// message as it goes on, and at its end all of them with all jobs completed; all else comes in one message that is complete. Failures are statuses:
/// INVALID_ARGUMENT for what is not valid or not evaluated, RESOURCE_EXHAUSTED for what is beyond a limit, UNAVAILABLE for what is not replayed yet.
/// </summary>
public sealed class TempoStreaming(TraceQLEngine engine, QueryRunner queries, IngestLimits bodies, TimeProvider time)
{
    private const string Service = "/tempopb.StreamingQuerier/";
    private const int MaxRequestBytes = 256 * 1024;
    private const int MaxMessageBytes = 512 << 20;

    private readonly IngestLimits _limits = bodies with { MaxCompressedBytes = MaxRequestBytes, MaxBodyBytes = MaxRequestBytes };

    /// <summary>What a call asks, read out of its message; null where the message is malformed.</summary>
    private delegate IQueryCollection? Reader(ReadOnlySpan<byte> message);

    private sealed record Call(HttpContext Http, TenantId Tenant, TempoParameters Parameters, GrpcStream Stream);

    /// <summary>Maps the methods.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        Method("Search", StreamingRequest.Search, SearchAsync);
        Method("SearchTags", StreamingRequest.Tags, TagsAsync);
        Method("SearchTagsV2", StreamingRequest.Tags, ScopesAsync);
        Method("SearchTagValues", StreamingRequest.TagValues, call => ValuesAsync(call, isVersion2: false));
        Method("SearchTagValuesV2", StreamingRequest.TagValues, call => ValuesAsync(call, isVersion2: true));
        Method("MetricsQueryRange", StreamingRequest.Metrics, RangeAsync);
        Method("MetricsQueryInstant", StreamingRequest.Metrics, InstantAsync);

        void Method(string name, Reader read, Func<Call, Task> answer) =>
            routes.MapPost(Service + name, context => TakeAsync(context, read, answer)).WithMetadata(new ApiFamilyMetadata(ApiFamily.Tempo));
    }

    private async Task TakeAsync(HttpContext context, Reader read, Func<Call, Task> answer)
    {
        if (!GrpcUnary.IsGrpc(context.Request))
        {
            var message = $"{context.Request.Path} is a gRPC method; over HTTP/1.1 use /api/search and others";
            await PlainText.WriteAsync(context.Response, StatusCodes.Status415UnsupportedMediaType, message);
            return;
        }

        var stream = new GrpcStream(context.Response);
        if (TenantHeader.Read(context.Request) is not { } tenant)
        {
            await stream.EndAsync(GrpcStatus.InvalidArgument, TenantHeader.Error);
            return;
        }

        var (bytes, error) = await GrpcUnary.ReadAsync(context.Request, _limits.ForRequest(), context.RequestAborted);
        if (bytes is null)
        {
            await GrpcFailure.WriteAsync(context.Response, error!, _limits.RetryAfter);
            return;
        }

        IQueryCollection? parameters;
        using (bytes)
        {
            parameters = read(bytes.Span);
        }

        if (parameters is null)
        {
            await stream.EndAsync(GrpcStatus.InvalidArgument, "malformed protobuf, or more than 64 tags");
            return;
        }

        await answer(new Call(context, tenant, new TempoParameters(parameters, time.GetUtcNow()), stream));
    }

    private Task SearchAsync(Call call)
    {
        var request = TempoRequests.Search(call.Parameters) with
        {
            OnFound = found => SendAsync(call, (in ProtoWriter writer) => StreamingMessages.WriteSearch(writer, found, isLast: false)),
        };
        return RunAsync(call, run => engine.SearchAsync(request, run), (in ProtoWriter writer, TraceSearchResult result, QueryContext _) =>
            StreamingMessages.WriteSearch(writer, result, isLast: true));
    }

    private Task TagsAsync(Call call)
    {
        var (request, limit) = TempoRequests.TagNames(call.Parameters);
        return RunAsync(call, run => engine.TagNamesAsync(request, run), (in ProtoWriter writer, TagNames names, QueryContext query) =>
            StreamingMessages.WriteTexts(writer, TempoEndpoints.NamesOf(names, request.Scope, limit), query));
    }

    private Task ScopesAsync(Call call)
    {
        var (request, limit) = TempoRequests.TagNames(call.Parameters);
        return RunAsync(call, run => engine.TagNamesAsync(request, run), (in ProtoWriter writer, TagNames names, QueryContext query) =>
            StreamingMessages.WriteScopes(writer, names.Scopes.Where(scope => scope.Tags.Count > 0), limit, query));
    }

    private Task ValuesAsync(Call call, bool isVersion2)
    {
        var tag = call.Parameters.Text("tag");
        if (tag is null) call.Parameters.Fail("invalid tag name: it is empty");
        var request = TempoRequests.TagValues(call.Parameters, tag ?? "", isVersion2);
        return RunAsync(call, run => engine.TagValuesAsync(request, run), (in ProtoWriter writer, TagValues values, QueryContext query) =>
        {
            if (isVersion2) StreamingMessages.WriteValues(writer, values.Values, query);
            else StreamingMessages.WriteTexts(writer, values.Values.Select(v => v.Value).Distinct(StringComparer.Ordinal), query);
        });
    }

    private Task RangeAsync(Call call)
    {
        var request = TempoRequests.MetricsRange(call.Parameters);
        return RunAsync(call, run => engine.MetricsAsync(request, run), (in ProtoWriter writer, TraceMetricsResult result, QueryContext query) =>
            StreamingMessages.WriteRange(writer, result, request.MaxSeries, query));
    }

    private Task InstantAsync(Call call)
    {
        var request = TempoRequests.MetricsInstant(call.Parameters);
        return RunAsync(call, run => engine.MetricsAsync(request, run), (in ProtoWriter writer, TraceMetricsResult result, QueryContext query) =>
            StreamingMessages.WriteInstant(writer, result, request.MaxSeries, query));
    }

    private delegate void MessageWriter(in ProtoWriter writer);

    private delegate void AnswerWriter<in T>(in ProtoWriter writer, T value, QueryContext query);

    private async Task RunAsync<T>(Call call, Func<QueryContext, ValueTask<QueryResult<T>>> run, AnswerWriter<T> write)
        where T : class
    {
        if (call.Parameters.Error is { } problem)
        {
            await call.Stream.EndAsync(GrpcStatus.InvalidArgument, problem);
            return;
        }

        using var ended = await queries.RunAsync("traceql", call.Tenant, null, run, call.Http.RequestAborted, TempoOrigin.Of(call.Http, call.Parameters));
        if (ended.Result.Error is { } error)
        {
            await call.Stream.EndAsync(StatusOf(error.Kind), error.Message);
            return;
        }

        var value = ended.Result.Value!;
        var context = ended.Context;
        try
        {
            await SendAsync(call, (in ProtoWriter writer) => write(writer, value, context));
        }
        catch (BufferLimitExceededException)
        {
            await call.Stream.EndAsync(GrpcStatus.ResourceExhausted, $"the answer is larger than {MaxMessageBytes} bytes");
            return;
        }

        await call.Stream.EndAsync(GrpcStatus.Ok, "");
    }

    private static async ValueTask SendAsync(Call call, MessageWriter write)
    {
        using var message = new PooledBufferWriter(MaxMessageBytes);
        write(new ProtoWriter(message));
        await call.Stream.SendAsync(message, call.Http.RequestAborted);
    }

    private static GrpcStatus StatusOf(QueryErrorKind kind) => kind switch
    {
        QueryErrorKind.BadData or QueryErrorKind.NotEvaluated => GrpcStatus.InvalidArgument,
        QueryErrorKind.Execution => GrpcStatus.ResourceExhausted,
        QueryErrorKind.Canceled or QueryErrorKind.Stopped => GrpcStatus.Cancelled,
        QueryErrorKind.Timeout => GrpcStatus.DeadlineExceeded,
        QueryErrorKind.NotReady => GrpcStatus.Unavailable,
        _ => GrpcStatus.Internal,
    };
}
