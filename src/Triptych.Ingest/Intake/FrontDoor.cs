using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Logs;
using Triptych.Model.Metrics;
using Triptych.Model.Traces;

namespace Triptych.Ingest.Intake;

/// <summary>
/// Where everything comes in, from the wire as from our own collectors: decoder → front door → store. What the decoder refused and what the store
/// refused become one result and are counted. Returns when what was accepted is durable. Any thread may call.
/// </summary>
public sealed class FrontDoor(IMetricAppender metrics, ILogAppender logs, ISpanAppender spans, SourceLedger ledger)
{
    private const long NanosPerMs = 1_000_000;

    /// <summary>What came in and what was refused.</summary>
    public SourceLedger Ledger => ledger;

    /// <summary>Takes a batch of samples.</summary>
    public async ValueTask<AppendResult> AppendAsync(
        IngestProtocol protocol, AppendContext context, MetricBatch batch, DecodeOutcome decoded, CancellationToken cancellationToken)
    {
        var result = Settle(
            protocol, Signal.Metrics, context, decoded, batch.SentCount, LastMs(batch), await metrics.AppendAsync(context, batch, cancellationToken));

        // What is known of the first copy is how many items were refused, not of which kind they were.
        return result.Status == AppendStatus.Duplicate
            ? result with { Histograms = Math.Min(batch.Histograms.Count, result.Accepted), Exemplars = batch.Exemplars.Length }
            : result;
    }

    /// <summary>Takes a batch of log records.</summary>
    public async ValueTask<AppendResult> AppendAsync(
        IngestProtocol protocol, AppendContext context, LogBatch batch, DecodeOutcome decoded, CancellationToken cancellationToken) =>
        Settle(
            protocol, Signal.Logs, context, decoded, batch.Entries.Length, LastMs(batch), await logs.AppendAsync(context, batch, cancellationToken));

    /// <summary>Takes a batch of spans.</summary>
    public async ValueTask<AppendResult> AppendAsync(
        IngestProtocol protocol, AppendContext context, SpanBatch batch, DecodeOutcome decoded, CancellationToken cancellationToken) =>
        Settle(
            protocol, Signal.Traces, context, decoded, batch.Spans.Length, LastMs(batch), await spans.AppendAsync(context, batch, cancellationToken));

    /// <summary>Counts a body that could not be used at all.</summary>
    public void Refuse(IngestProtocol protocol, Signal signal, TenantId tenant, string reason, string detail) =>
        ledger.Record(protocol, signal, tenant, 0, [new Refusal(reason, 1, detail)]);

    private AppendResult Settle(
        IngestProtocol protocol, Signal signal, AppendContext context, DecodeOutcome decoded, int sentCount, long? lastMs, AppendResult stored)
    {
        if (stored.Status == AppendStatus.Unavailable)
        {
            // The client comes again with the same items, so that only the attempt is counted.
            ledger.Record(protocol, signal, context.Tenant, 0, [new Refusal("unavailable", 1, stored.Detail ?? "")]);
            return stored;
        }

        var result = stored with { Refusals = [.. decoded.Refusals, .. stored.Refusals] };
        if (stored.Status == AppendStatus.Duplicate)
        {
            // The answer is that of the first copy, which was counted: the store knows what it refused of it, and the rest is durable.
            var kept = Math.Max(0, sentCount - stored.Refused);
            return result with { Accepted = kept, Duplicates = kept };
        }

        ledger.Record(protocol, signal, context.Tenant, stored.Accepted, result.Refusals, lastMs);
        return result;
    }

    private static long? LastMs(MetricBatch batch) => batch.Samples is [.., var sample] ? sample.TimestampMs
        : batch.Histograms is [.., var histogram] ? histogram.TimestampMs
        : null;

    private static long? LastMs(LogBatch batch) => batch.Entries is [.., var record] ? record.TimeUnixNanos / NanosPerMs : null;

    // A span is sent when it has ended.
    private static long? LastMs(SpanBatch batch) =>
        batch.Spans is [.., var span] ? (span.StartUnixNanos / NanosPerMs) + (span.DurationNanos / NanosPerMs) : null;
}
