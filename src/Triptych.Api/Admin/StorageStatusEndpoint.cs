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

namespace Triptych.Api.Admin;

/// <summary>
/// <c>GET /api/triptych/v1/status/storage</c>: blocks by signal and level, what they span, merges that run and that are due, blocks set aside, how many
/// deletions are pending, how far the replay of each write-ahead log is. Over all tenants.
/// </summary>
/// <param name="upkeep">What becomes of blocks.</param>
/// <param name="replayOf">How far the replay of a signal is.</param>
public sealed class StorageStatusEndpoint(StorageUpkeep upkeep, Func<Signal, RecoveryState> replayOf)
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
            Signals = status.Signals.ToDictionary(static s => SignalTime.NameOf(s.Signal), Describe),
            BlockBytes = status.Signals.Sum(static s => s.Bytes),
            status.OtherBytes,
            DiskBudgetBytes = status.DiskBudgetBytes == 0 ? (long?)null : status.DiskBudgetBytes,
            Quarantined = status.Quarantined,
            status.WaitingAfterFailure,
            PendingDeletions = upkeep.Deletions.PendingCount,
        };
        return context.Response.WriteAsJsonAsync(answer, Json, context.RequestAborted);
    }

    private object Describe(SignalStatus signal) => new
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
    };

    private static object Describe(RecoveryState replay) => new { Done = replay.IsComplete, replay.Records, replay.BytesDone, replay.BytesTotal };
}
