using Triptych.Api.Http;
using Triptych.Ingest;
using Triptych.Ingest.Intake;
using Triptych.Ingest.Otlp;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Logs;
using Triptych.Model.Metrics;
using Triptych.Model.Traces;

namespace Triptych.Api.Otlp;

/// <summary>
/// One signal's way from a decompressed OTLP body to the front door; HTTP and gRPC both go through it and differ only in how they
/// frame the request and word the answer.
/// </summary>
public abstract class OtlpSignal(Signal signal, string servicePath, string httpPath)
{
    /// <summary>The signal.</summary>
    public Signal Signal => signal;

    /// <summary>The gRPC method's path.</summary>
    public string ServicePath => servicePath;

    /// <summary>The HTTP path.</summary>
    public string HttpPath => httpPath;

    /// <summary>Decodes a body and appends what it holds.</summary>
    public abstract ValueTask<OtlpOutcome> TakeAsync(OtlpRequest request, CancellationToken cancellationToken);
}

/// <summary>A decompressed body and where it comes from.</summary>
public sealed record OtlpRequest(TenantId Tenant, IngestProtocol Protocol, BodyEncoding Encoding, ReadOnlyMemory<byte> Body, IngestLimits Limits);

/// <summary>What became of a body: an error that makes it unusable, or a result.</summary>
public sealed record OtlpOutcome(string? Error, AppendResult? Result)
{
    /// <summary>Set, and the others not, where the body could be read and would never fit when decoded.</summary>
    public BodyError? TooLarge { get; init; }
}

/// <summary>Traces.</summary>
public sealed class OtlpTraces(FrontDoor frontDoor)
    : OtlpSignal(Signal.Traces, "/opentelemetry.proto.collector.trace.v1.TraceService/Export", "/v1/traces")
{
    /// <inheritdoc/>
    public override async ValueTask<OtlpOutcome> TakeAsync(OtlpRequest request, CancellationToken cancellationToken)
    {
        using var batch = new SpanBatch(request.Limits.InFlight);
        var outcome = new DecodeOutcome();
        OtlpTraceDecoder.Decode(request.Body.Span, request.Encoding, batch, outcome);
        if (outcome.Error is not null) return new OtlpOutcome(outcome.Error, null);
        var context = new AppendContext(request.Tenant, RequestIdentity.Of(request.Tenant, Signal, request.Body.Span));
        return new OtlpOutcome(null, await frontDoor.AppendAsync(request.Protocol, context, batch, outcome, cancellationToken));
    }
}

/// <summary>Metrics.</summary>
public sealed class OtlpMetrics(FrontDoor frontDoor, OtlpMetricOptions options)
    : OtlpSignal(Signal.Metrics, "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", "/v1/metrics")
{
    /// <inheritdoc/>
    public override async ValueTask<OtlpOutcome> TakeAsync(OtlpRequest request, CancellationToken cancellationToken)
    {
        using var batch = new MetricBatch(request.Limits.InFlight);
        var outcome = new DecodeOutcome();
        OtlpMetricDecoder.Decode(request.Body.Span, request.Encoding, options, batch, outcome);
        if (outcome.Error is not null) return new OtlpOutcome(outcome.Error, null);
        var context = new AppendContext(request.Tenant, RequestIdentity.Of(request.Tenant, Signal, request.Body.Span));
        return new OtlpOutcome(null, await frontDoor.AppendAsync(request.Protocol, context, batch, outcome, cancellationToken));
    }
}

/// <summary>Logs.</summary>
public sealed class OtlpLogs(FrontDoor frontDoor, TimeProvider time, LogIntakeOptions options)
    : OtlpSignal(Signal.Logs, "/opentelemetry.proto.collector.logs.v1.LogsService/Export", "/v1/logs")
{
    /// <inheritdoc/>
    public override async ValueTask<OtlpOutcome> TakeAsync(OtlpRequest request, CancellationToken cancellationToken)
    {
        using var batch = new LogBatch(request.Limits.InFlight);
        var outcome = new DecodeOutcome();
        OtlpLogDecoder.Decode(request.Body.Span, request.Encoding, time.GetUtcNow(), options, batch, outcome);
        if (outcome.Error is not null) return new OtlpOutcome(outcome.Error, null);
        var context = new AppendContext(request.Tenant, outcome.UsedServerTime ? null : RequestIdentity.Of(request.Tenant, Signal, request.Body.Span));
        return new OtlpOutcome(null, await frontDoor.AppendAsync(request.Protocol, context, batch, outcome, cancellationToken));
    }
}
