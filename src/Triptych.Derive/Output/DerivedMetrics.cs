using System.Diagnostics.Metrics;
using Triptych.Ingest;
using Triptych.Ingest.Intake;
using Triptych.Model.Append;
using Triptych.Model.Metrics;
using Triptych.Primitives.Memory;

namespace Triptych.Derive.Output;

/// <summary>
/// Writes what was counted from spans into the metrics store, at every interval and once more when it is disposed. Counts are cumulative,
/// and only what is durable is written: an interval that is missed, or a crash, loses nothing but points in between.
/// </summary>
/// <param name="derivation">What counts.</param>
/// <param name="options">How series look.</param>
/// <param name="interval">How often they are written.</param>
/// <param name="observe">
/// Runs an action under the lock under which spans are counted, and returns when everything counted by then is durable; false when it
/// cannot become so just now.
/// </param>
/// <param name="frontDoor">Where they are written.</param>
/// <param name="forwarders">Who else gets them.</param>
/// <param name="events">Who is told.</param>
/// <param name="time">The clock.</param>
public sealed class DerivedMetrics(
    SpanDerivation derivation, DerivationOptions options, TimeSpan interval, Func<Action, CancellationToken, ValueTask<bool>> observe, FrontDoor frontDoor,
    IReadOnlyList<IMetricForwarder> forwarders, IDeriveEvents events, TimeProvider time) : IAsyncDisposable
{
    // After a start it is not known which series were written before it: young ones get their zeros again, which are equal to those that are there.
    private const long ZerosAgainMs = 60 * 60 * 1000;
    private const long BatchMemoryBytes = 64L << 20;
    private static readonly TimeSpan s_lastWriteTime = TimeSpan.FromSeconds(5);
    private static readonly Meter s_meter = new("Triptych.Derive");
    private static readonly Counter<long> s_samples = s_meter.CreateCounter<long>(
        "triptych_derive_samples", "{sample}", "Samples written that were counted from spans.");
    private static readonly Gauge<long> s_droppedEdges = s_meter.CreateGauge<long>(
        "triptych_derive_service_graph_dropped_spans", "{span}", "Spans that could not wait for the other side of their call since the start.");

    private static readonly Gauge<long> s_overflowed = s_meter.CreateGauge<long>(
        "triptych_derive_overflowed", "{count}", "Counts since the start that went to metric_overflow because there are too many series.");

    private static readonly Gauge<long> s_outOfRange = s_meter.CreateGauge<long>(
        "triptych_derive_out_of_range_spans", "{span}", "Spans since the start that ended too far from their arrival to be counted.");

    private readonly MemoryBudget _budget = new("derived metrics", BatchMemoryBytes);
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;
    private long _lastMs;

    /// <summary>Begins to write.</summary>
    public void Start()
    {
        _lastMs = time.GetUtcNow().ToUnixTimeMilliseconds() - ZerosAgainMs;
        _loop = Task.Run(LoopAsync);
    }

    /// <summary>Writes what is counted by now.</summary>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        DerivedCounts? counts = null;
        (long DroppedEdges, long Overflowed, long OutOfRange) losses = default;
        var isDurable = await observe(
            () =>
            {
                counts = derivation.Collect(time.GetUtcNow().ToUnixTimeMilliseconds());
                losses = derivation.Losses();
            },
            cancellationToken);
        if (!isDurable || counts is null)
        {
            events.NotWritten("the spans they were counted from are not durable yet");
            return;
        }

        s_droppedEdges.Record(losses.DroppedEdges);
        s_overflowed.Record(losses.Overflowed);
        s_outOfRange.Record(losses.OutOfRange);
        using var batch = new MetricBatch(_budget);
        var isWritten = true;
        foreach (var tenant in counts.Tenants)
        {
            var writer = new DerivedBatchWriter(options, batch, async () => isWritten &= await FlushAsync(tenant, batch, cancellationToken));
            await writer.WriteAsync(tenant, counts.AtMs, _lastMs);
        }

        // A zero that could not be written is written with the next counts.
        if (isWritten) _lastMs = counts.AtMs;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        using var limit = new CancellationTokenSource(s_lastWriteTime);
        await TryWriteAsync(limit.Token);
        _stop.Dispose();
    }

    private async Task LoopAsync()
    {
        using var timer = new PeriodicTimer(interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token)) await TryWriteAsync(_stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopping: what is counted by then is written once more.
        }
    }

    private async Task TryWriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException || !_stop.IsCancellationRequested)
        {
            events.Failed(e);
        }
        catch (OperationCanceledException)
        {
            events.NotWritten("the program stops");
        }
    }

    private async ValueTask<bool> FlushAsync(TenantCounts tenant, MetricBatch batch, CancellationToken cancellationToken)
    {
        foreach (var forwarder in forwarders) forwarder.Offer(batch);
        var samples = batch.SampleCount;
        var result = await frontDoor.AppendAsync(
            IngestProtocol.Derived, new AppendContext(tenant.Tenant, RequestHash: null), batch, new DecodeOutcome(), cancellationToken);
        if (result.Status == AppendStatus.Unavailable)
        {
            events.NotWritten(result.Detail ?? "the metrics store takes nothing just now");
            return false;
        }

        s_samples.Add(samples - result.Refused);
        if (result.Refused > 0) events.Refused(result.Refused, result.Refusals[0].Detail);
        return true;
    }
}
