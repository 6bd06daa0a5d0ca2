using System.Globalization;
using Triptych.Model.Append;
using Triptych.Model.Labels;
using Triptych.Model.Logs;
using Triptych.Primitives.Memory;
using Triptych.Storage.Heads;
using Triptych.Storage.Wal;

namespace Triptych.Logs.Head;

/// <summary>
/// Decides about a batch of log records: too old or too far ahead is refused; equal in stream, time, line and metadata to one in this head
/// is one; the rest goes into the head and the record. A duplicate
/// of what is no longer in this head is found when sources are merged for reading.
/// </summary>
internal sealed class LogAppend(TimeSpan maxAge, TimeSpan maxFuture) : IAppendStep<LogHead, LogBatch>
{
    // How many records ahead the head's memory is asked for: about as long as it takes to come.
    private const int PrefetchDistance = 8;

    private readonly List<int> _accepted = [];

    /// <inheritdoc/>
    public int EstimatePayloadBytes(LogBatch batch)
    {
        var last = batch.Entries.IsEmpty ? default : batch.Entries[^1];
        return 64 + last.Metadata.Start + last.Metadata.Length + (batch.Entries.Length * 16);
    }

    /// <inheritdoc/>
    public AppendOutcome Apply(in AppendScope<LogHead> scope, LogBatch batch)
    {
        // Nobody becomes a tenant by sending nothing.
        if (batch.Entries.IsEmpty) return new AppendOutcome(0, 0, []);
        _accepted.Clear();
        var refusals = new RefusalCount();
        var duplicates = 0L;
        var times = RecordTimes.None;
        var oldest = ToNanos(scope.ReceivedUnixMs - maxAge.TotalMilliseconds);
        var newest = ToNanos(scope.ReceivedUnixMs + maxFuture.TotalMilliseconds);
        lock (scope.Head.Gate)
        {
            if (!scope.Head.HasRoomFor(scope.Tenant)) return new AppendOutcome(0, 0, [TooManyTenants(batch)]);
            TenantLogs? tenant = null;
            var streams = new int[batch.Streams.Length];
            streams.AsSpan().Fill(-1);
            var entries = batch.Entries;
            var index = 0;
            try
            {
                for (; index < entries.Length; index++)
                {
                    ref readonly var entry = ref entries[index];
                    if (index + PrefetchDistance < entries.Length) tenant?.Prefetch(entries[index + PrefetchDistance].Hash);
                    if (entry.TimeUnixNanos < oldest || entry.TimeUnixNanos > newest)
                    {
                        Refuse(refusals, batch, index, oldest, newest);
                        batch.MarkNotNew(index);
                        continue;
                    }

                    var lineBytes = entry.Line.Length;
                    if (lineBytes > TenantLogs.MaxLineBytes)
                    {
                        RefuseLong(refusals, batch, index);
                        batch.MarkNotNew(index);
                        continue;
                    }

                    tenant ??= scope.Head.FindOrAdd(scope.Tenant);
                    ref var stream = ref streams[entry.Stream];
                    if (stream < 0)
                    {
                        ref readonly var known = ref batch.Streams[entry.Stream];
                        stream = tenant.FindOrAddStream(batch.Read(known.Labels), known.Hash);
                    }

                    var line = batch.Read(entry.Line);
                    var metadata = batch.Read(entry.Metadata);
                    if (!tenant.TryAppend(entry.Hash, stream, entry.TimeUnixNanos, entry.Level, line, metadata))
                    {
                        duplicates++;
                        batch.MarkNotNew(index);
                        continue;
                    }

                    _accepted.Add(index);
                    times = times.With(entry.TimeUnixNanos);
                }
            }
            catch (MemoryBudgetExceededException e)
            {
                refusals.Add("memory_limit", e.Message, batch.Entries.Length - index);
                for (; index < batch.Entries.Length; index++) batch.MarkNotNew(index);
            }

            if (tenant is not null) scope.Head.Publish(tenant, times.Min, times.Max);
        }

        LogRecord.Write(scope.Payload, batch, _accepted);
        return new AppendOutcome(_accepted.Count + duplicates, duplicates, refusals.ToList()) { Times = times };
    }

    private static Refusal TooManyTenants(LogBatch batch)
    {
        for (var index = 0; index < batch.Entries.Length; index++) batch.MarkNotNew(index);
        return new Refusal("too_many_tenants", batch.Entries.Length, "the head has as many tenants as it takes, and this one is not among them");
    }

    private static void Refuse(RefusalCount refusals, LogBatch batch, int index, long oldest, long newest)
    {
        var time = batch.Entries[index].TimeUnixNanos;
        if (time < oldest)
        {
            refusals.Add(
                "greater_than_max_sample_age",
                () => $"entry for stream '{StreamOf(batch, index)}' has timestamp too old: {Iso(time)}, oldest acceptable timestamp is: {Iso(oldest)}");
            return;
        }

        refusals.Add(
            "too_far_in_future",
            () => $"entry for stream '{StreamOf(batch, index)}' has timestamp too new: {Iso(time)}, newest acceptable timestamp is: {Iso(newest)}");
    }

    private static void RefuseLong(RefusalCount refusals, LogBatch batch, int index) => refusals.Add(
        "line_too_long",
        () => $"a line for stream '{StreamOf(batch, index)}' has {batch.Entries[index].Line.Length} bytes, more than {TenantLogs.MaxLineBytes}");

    private static string StreamOf(LogBatch batch, int index) => LabelSetText.Of(batch.Read(batch.Streams[batch.Entries[index].Stream].Labels));

    // A limit beyond what nanoseconds can say (the years 1677 to 2262) is no limit.
    private static long ToNanos(double unixMs) => unixMs switch
    {
        <= long.MinValue / 1_000_000 => long.MinValue,
        >= long.MaxValue / 1_000_000 => long.MaxValue,
        _ => (long)unixMs * 1_000_000,
    };

    private static string Iso(long unixNanos) =>
        DateTime.UnixEpoch.AddTicks(unixNanos / 100).ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
}
