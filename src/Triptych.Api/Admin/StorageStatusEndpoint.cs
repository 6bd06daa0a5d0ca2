using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Triptych.Api.Hosting;
using Triptych.Model;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Storage.Deletion;
using Triptych.Storage.Heads;
using Triptych.Storage.Retention;

namespace Triptych.Api.Admin;

/// <summary>
/// <c>GET /api/triptych/v1/status/storage</c>: blocks by signal and level, what they span, merges that run and that are due, blocks set aside, how many
/// deletions are pending, how far the replay of each write-ahead log is. Over all tenants.
/// </summary>
/// <param name="upkeep">What becomes of blocks.</param>
/// <param name="replayOf">How far the replay of a signal is.</param>
/// <param name="headOf">What of a signal is not in blocks yet.</param>
public sealed class StorageStatusEndpoint(StorageUpkeep upkeep, Func<Signal, RecoveryState> replayOf, Func<Signal, HeadStatus> headOf)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
    };

    /// <summary>Maps the endpoint.</summary>
    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/triptych/v1/status/storage", GetAsync).WithMetadata(new ApiFamilyMetadata(ApiFamily.Ui));

    private Task GetAsync(HttpContext context)
    {
        var status = upkeep.Status();
        var answer = new
        {
            Signals = status.Signals.ToDictionary(static s => SignalTime.NameOf(s.Signal), s => Describe(s, status)),
            BlockBytes = status.Signals.Sum(static s => s.Bytes),
            status.OtherBytes,
            status.ForeignBytes,
            DiskBudgetBytes = status.DiskBudgetBytes == 0 ? (long?)null : status.DiskBudgetBytes,
            Quarantined = status.Quarantined,
            status.WaitingAfterFailure,
            PendingDeletions = upkeep.Deletions.PendingCount,
            FreeBytes = status.FreeBytes == long.MaxValue ? (long?)null : status.FreeBytes,
            SoonMs = (long)UpkeepStatus.SoonTime.TotalMilliseconds,
            Tenants = status.Tenants.Select(static t => new
            {
                Tenant = t.Tenant.Name,
                Signal = SignalTime.NameOf(t.Signal),
                t.Blocks,
                t.Rows,
                t.Bytes,
                OldestUnixMs = t.Oldest.ToUnixTimeMilliseconds(),
                NewestUnixMs = t.Newest.ToUnixTimeMilliseconds(),
            }),
        };
        return context.Response.WriteAsJsonAsync(answer, Json, context.RequestAborted);
    }

    private object Describe(SignalStatus signal, UpkeepStatus status) => new
    {
        signal.Blocks,
        signal.Rows,
        signal.Bytes,
        OldestUnixMs = signal.Oldest?.ToUnixTimeMilliseconds(),
        NewestUnixMs = signal.Newest?.ToUnixTimeMilliseconds(),
        signal.Levels,
        PendingMerges = signal.Pending,
        PendingMergeBytes = signal.PendingBytes,
        RunningMerges = signal.Running.Select(static m => new
        {
            Tenant = m.Tenant.Name,
            m.Level,
            Reason = m.Reason.ToString().ToLowerInvariant(),
            Blocks = m.Inputs.Count,
            Bytes = m.InputBytes,
        }),
        Replay = Describe(replayOf(signal.Signal)),
        Unflushed = Describe(headOf(signal.Signal)),
        Retention = Describe(status.Retention.For(signal.Signal)),
        NextExpiryUnixMs = status.NextExpiry.TryGetValue(signal.Signal, out var next) ? next.ToUnixTimeMilliseconds() : (long?)null,
        Soon = status.Soon.Where(s => s.Signal == signal.Signal).Select(static s => new { Reason = NameOf(s.Reason), s.Blocks, s.Bytes }),
    };

    private static object Describe(HeadStatus head) => new
    {
        head.MemoryBytes,
        head.FlushAtBytes,
        head.MaxBytes,
        head.Waiting,
        head.IsFlushing,
        head.OldestUnixMs,
        head.FlushDueUnixMs,
        head.WalBytes,
        head.WalQueuedBytes,
        head.WalSegment,
        head.WhyRefusing,
        LastFlush = head.LastFlush is not { } flush
            ? null
            : new { AtUnixMs = flush.At.ToUnixTimeMilliseconds(), DurationMs = flush.Duration.TotalMilliseconds, flush.Blocks, flush.Rows, flush.Bytes },
        LastFailure = head.LastFailure is not { } failure ? null : new { AtUnixMs = failure.At.ToUnixTimeMilliseconds(), failure.Reason },
    };

    // What is kept for ever, and without a limit, has null.
    private static object Describe(SignalRetention retention) => new
    {
        TimeMs = Milliseconds(retention.Time),
        SizeBytes = retention.SizeBytes > 0 ? retention.SizeBytes : (long?)null,
        Rules = retention.Rules.Select(static r => new
        {
            Selector = $"{{{string.Join(',', r.Matchers)}}}",
            TimeMs = Milliseconds(r.Time),
            SizeBytes = r.SizeBytes > 0 ? r.SizeBytes : (long?)null,
        }),
    };

    private static long? Milliseconds(TimeSpan time) => time > TimeSpan.Zero ? (long)time.TotalMilliseconds : null;

    private static string NameOf(ExpiryReason reason) => reason switch
    {
        ExpiryReason.Time => "time",
        ExpiryReason.Size => "size",
        _ => "disk_budget",
    };

    private static object Describe(RecoveryState replay) => new { Done = replay.IsComplete, replay.Records, replay.BytesDone, replay.BytesTotal };
}
