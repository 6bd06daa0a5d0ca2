using Triptych.Collect.Instruments;
using Triptych.Ingest;
using Triptych.Ingest.Intake;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Memory;

namespace Triptych.Collect.Scrape;

/// <summary>
/// One target: 1 wait for its place in the interval, 2 fetch, 3 read (or end all series), 4 append until the store takes it or the next
/// scrape is due. Whatever goes wrong, <c>up</c> says so. Stopping writes no markers: the target is there, only we are not.
/// </summary>
internal sealed class ScrapeLoop : IDisposable
{
    private static readonly TimeSpan AlignTolerance = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan ShortestRetry = TimeSpan.FromMilliseconds(100);

    private readonly ScrapeTarget _target;
    private readonly FrontDoor _frontDoor;
    private readonly MemoryBudget _budget;
    private readonly TimeProvider _time;
    private readonly ICollectEvents _events;
    private readonly ScrapeBody _body;
    private TargetStatus _status;

    public ScrapeLoop(ScrapeTarget target, FrontDoor frontDoor, MemoryBudget budget, TimeProvider time, ICollectEvents events)
    {
        _target = target;
        _frontDoor = frontDoor;
        _budget = budget;
        _time = time;
        _events = events;
        _body = new ScrapeBody(target, budget);
        _status = new TargetStatus(
            target.Job, target.Url, target.Labels, target.DiscoveredLabels, TargetHealth.Unknown, "", null, TimeSpan.Zero, target.Interval, target.Timeout);
    }

    /// <summary>How the target is.</summary>
    public TargetStatus Status => Volatile.Read(ref _status);

    /// <summary>Scrapes until cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            var due = _target.StartsAtOnce ? _time.GetUtcNow() : NextPlace(_time.GetUtcNow());
            while (true)
            {
                var wait = due - _time.GetUtcNow();
                if (wait > TimeSpan.Zero) await Task.Delay(wait, _time, stop);
                stop.ThrowIfCancellationRequested();
                var now = _time.GetUtcNow();
                var next = NextPlace(now > due ? now : due);
                try
                {
                    await ScrapeOnceAsync(Align(due, now), next, stop);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    _events.LoopFailed($"scrape of {_target.Url}", e);
                }

                due = _time.GetUtcNow() is var after && after > next ? NextPlace(after) : next;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end of the loop.
        }
    }

    /// <summary>One scrape, whose samples have the time <paramref name="at"/>; what the store does not take until <paramref name="next"/> is lost.</summary>
    internal async Task ScrapeOnceAsync(DateTimeOffset at, DateTimeOffset next, CancellationToken stop)
    {
        var timestampMs = at.ToUnixTimeMilliseconds();
        var started = _time.GetTimestamp();
        var outcome = new DecodeOutcome();
        using var batch = new MetricBatch(_budget);
        using var body = new PooledBufferWriter(Scraper.MaxBodyBytes, capacity: 0);
        var fetched = await FetchAsync(body, stop);
        var duration = _time.GetElapsedTime(started);
        ScrapeCounts counts;
        try
        {
            counts = Fill(batch, outcome, body, fetched, timestampMs, duration);
        }
        catch (MemoryBudgetExceededException e)
        {
            counts = new ScrapeCounts(e.Message, 0, 0, 0);
            _events.ScrapeLost(_target.Job, _target.Instance, e.Message);
            batch.Clear();
        }

        Show(at, duration, counts);
        await AppendAsync(batch, outcome, next, stop);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _body.Dispose();
        _target.Source.Dispose();
    }

    private async ValueTask<FetchResult> FetchAsync(PooledBufferWriter body, CancellationToken stop)
    {
        try
        {
            return await _target.Source.FetchAsync(body, _target.Timeout, stop);
        }
        catch (Exception e) when (e is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            _events.LoopFailed($"scrape of {_target.Url}", e);
            return FetchResult.Failed($"the scrape failed: {e.Message}");
        }
    }

    private ScrapeCounts Fill(MetricBatch batch, DecodeOutcome outcome, PooledBufferWriter body, FetchResult fetched, long timestampMs, TimeSpan duration)
    {
        var counts = fetched.Error is null ? _body.Read(body.WrittenSpan, fetched.Format, timestampMs, batch, outcome)
            : new ScrapeCounts(fetched.Error, 0, 0, 0);
        if (counts.Error is not null) _body.EndAll(timestampMs, batch);
        _body.AddReport(timestampMs, counts.Error is null, duration, counts, batch);
        return counts;
    }

    private async Task AppendAsync(MetricBatch batch, DecodeOutcome outcome, DateTimeOffset next, CancellationToken stop)
    {
        while (true)
        {
            string reason;
            var retryAfter = ShortestRetry;
            try
            {
                var result = await _frontDoor.AppendAsync(_target.Protocol, new AppendContext(TenantId.Default, null), batch, outcome, stop);
                if (result.Status != AppendStatus.Unavailable) return;
                reason = result.Detail ?? "the store takes nothing";
                if (result.RetryAfter > retryAfter) retryAfter = result.RetryAfter;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                reason = e.Message;
            }

            if (_time.GetUtcNow() + retryAfter >= next)
            {
                _events.ScrapeLost(_target.Job, _target.Instance, reason);
                return;
            }

            await Task.Delay(retryAfter, _time, stop);
        }
    }

    private void Show(DateTimeOffset at, TimeSpan duration, ScrapeCounts counts)
    {
        var error = counts.Error;
        var before = _status.Health;
        var health = error is null ? TargetHealth.Up : TargetHealth.Down;
        var status = _status with { Health = health, LastError = error ?? "", LastScrape = at, LastDuration = duration };
        Volatile.Write(ref _status, status with { Scraped = counts.Scraped, Kept = counts.Kept, Added = counts.Added });
        if (health == TargetHealth.Down && before != TargetHealth.Down) _events.TargetDown(_target.Job, _target.Instance, error!);
        if (health == TargetHealth.Up && before == TargetHealth.Down) _events.TargetUp(_target.Job, _target.Instance);
    }

    // Each target has a place of its own in the interval, so that not all are asked at once, and keeps it over restarts.
    private DateTimeOffset NextPlace(DateTimeOffset after)
    {
        var interval = _target.Interval.Ticks;
        var identity = System.Text.Encoding.UTF8.GetBytes(_target.Url + "\0" + string.Join('\0', _target.Labels.Select(l => l.Key + "\0" + l.Value)));
        var offset = (long)(XxHash64.Compute(identity) % (ulong)interval);
        var since = (after.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks - offset) % interval;
        return after.AddTicks(interval - since);
    }

    // Equal distances make time vectors small; timers wake a little late.
    private DateTimeOffset Align(DateTimeOffset due, DateTimeOffset now)
    {
        var tolerance = _target.Interval / 100 < AlignTolerance ? _target.Interval / 100 : AlignTolerance;
        return now - due <= tolerance ? due : now;
    }
}
