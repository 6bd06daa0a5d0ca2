using System.Runtime.InteropServices;
using Triptych.Model.Append;
using Triptych.Model.Traces;
using Triptych.Storage.Heads;
using Triptych.Storage.Wal;

namespace Triptych.Traces.Head;

/// <summary>How long before and after the clock a span may start when it arrives.</summary>
internal sealed record TimeWindow(TimeSpan MaxAge, TimeSpan MaxFuture);

/// <summary>
/// Decides about a batch of spans: too old, too far ahead or too large is refused; equal in trace id, span id and kind to what a head has is one; the rest goes into the head and the record.
/// A duplicate of what is in a block already is kept: consumers drop it.
/// </summary>
internal sealed class TraceAppend(TimeWindow window, ISpanDerivation? derivation = null) : IAppendStep<TraceHead, SpanBatch>
{
    /// <summary>The most bytes of one text, attribute set, or the events or links of a span.</summary>
    public const int MaxTextBytes = 8 * 1024 * 1024;

    private const int BytesPerSpan = 256;
    private const int NotYet = -2;

    private readonly List<int> _accepted = [];

    /// <inheritdoc/>
    public int EstimatePayloadBytes(SpanBatch batch) => 256 + (int)Math.Min(64 * 1024 * 1024, (long)batch.Spans.Length * BytesPerSpan);

    /// <inheritdoc/>
    public AppendOutcome Apply(in AppendScope<TraceHead> scope, SpanBatch batch)
    {
        // Nobody becomes a tenant by sending nothing.
        if (batch.Spans.IsEmpty) return new AppendOutcome(0, 0, []);
        _accepted.Clear();
        var refusals = new RefusalCount();
        var oldest = Nanos(scope.ReceivedUnixMs - (long)window.MaxAge.TotalMilliseconds);
        var newest = Nanos(scope.ReceivedUnixMs + (long)window.MaxFuture.TotalMilliseconds);
        var times = RecordTimes.None;
        var duplicates = 0L;
        var resources = new int[batch.Resources.Length];
        var scopes = new int[batch.Scopes.Length];
        resources.AsSpan().Fill(NotYet);
        scopes.AsSpan().Fill(NotYet);
        lock (scope.Head.Gate)
        {
            if (!scope.Head.HasRoomFor(scope.Tenant)) return new AppendOutcome(0, 0, [TooManyTenants(batch.Spans.Length)]);
            TenantSpans? tenant = null;
            var spans = batch.Spans;
            for (var i = 0; i < spans.Length; i++)
            {
                ref readonly var span = ref spans[i];
                if (!IsAcceptable(batch, span, oldest, newest, refusals)) continue;
                var place = IsInFrozen(scope, span) ? SpanPlace.Duplicate : Add(tenant ??= scope.Head.FindOrAdd(scope.Tenant), batch, span, resources, scopes);
                switch (place)
                {
                    case SpanPlace.Added:
                        _accepted.Add(i);
                        times = times.With(span.StartUnixNanos);
                        break;
                    case SpanPlace.Duplicate:
                        duplicates++;
                        break;
                    default:
                        refusals.Add("memory_limit", "the memory budget of the traces head is used up", 1);
                        break;
                }
            }

            if (tenant is not null) scope.Head.Publish(tenant, times.Min, times.Max);
        }

        derivation?.Apply(scope.Tenant, batch, CollectionsMarshal.AsSpan(_accepted), scope.ReceivedUnixMs);
        TraceRecord.Write(scope.Payload, batch, CollectionsMarshal.AsSpan(_accepted));
        return new AppendOutcome(_accepted.Count + duplicates, duplicates, refusals.ToList()) { Times = times };
    }

    private static Refusal TooManyTenants(long count) =>
        new("too_many_tenants", count, "the head has as many tenants as it takes, and this one is not among them");

    private static bool IsInFrozen(in AppendScope<TraceHead> scope, in SpanEntry span)
    {
        foreach (var generation in scope.Frozen)
        {
            if (generation.Head.Find(scope.Tenant) is { } spans && spans.Contains(span)) return true;
        }

        return false;
    }

    private static SpanPlace Add(TenantSpans tenant, SpanBatch batch, in SpanEntry span, int[] resources, int[] scopes)
    {
        ref var resource = ref resources[span.Resource];
        if (resource == NotYet)
        {
            var entry = batch.Resources[span.Resource];
            resource = tenant.TryAddResource(batch.Read(entry.ServiceName), batch.Read(entry.Attributes));
        }

        ref var scope = ref scopes[span.Scope];
        if (scope == NotYet)
        {
            var entry = batch.Scopes[span.Scope];
            scope = tenant.TryAddScope(batch.Read(entry.Name), batch.Read(entry.Version), batch.Read(entry.Attributes));
        }

        return resource < 0 || scope < 0 ? SpanPlace.NoMemory : tenant.TryAdd(span, SpanTexts.Of(batch, span), resource, scope);
    }

    private static bool IsAcceptable(SpanBatch batch, in SpanEntry span, long oldest, long newest, RefusalCount refusals)
    {
        if (span.StartUnixNanos < oldest || span.StartUnixNanos > newest)
        {
            var isOld = span.StartUnixNanos < oldest;
            var (traceId, spanId, start) = (HexOf(span.TraceId), HexOf(span.SpanId), span.StartUnixNanos);
            refusals.Add(
                isOld ? "too_old" : "too_far_in_future",
                () => $"span {spanId} of trace {traceId} starts at {start} ns, which is {(isOld ? $"before {oldest}" : $"after {newest}")} ns");
            return false;
        }

        var resource = batch.Resources[span.Resource];
        var scope = batch.Scopes[span.Scope];
        var longest = Math.Max(Math.Max(Math.Max(span.Name.Length, span.Attributes.Length), Math.Max(span.Events.Length, span.Links.Length)), Math.Max(
            Math.Max(span.TraceState.Length, span.StatusMessage.Length),
            Math.Max(resource.Attributes.Length + resource.ServiceName.Length, scope.Name.Length + scope.Version.Length + scope.Attributes.Length)));
        if (longest <= MaxTextBytes) return true;
        var id = HexOf(span.SpanId);
        refusals.Add("span_too_large", () => $"span {id} has a part of {longest} bytes, more than the limit of {MaxTextBytes}");
        return false;
    }

    private static string HexOf(ReadOnlySpan<byte> id) => Convert.ToHexStringLower(id);

    private static long Nanos(long unixMs) => Math.Clamp(unixMs, long.MinValue / 1_000_000, long.MaxValue / 1_000_000) * 1_000_000;
}
