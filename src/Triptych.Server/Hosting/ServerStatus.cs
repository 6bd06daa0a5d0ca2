using Triptych.Api.Admin;
using Triptych.Api.Operations;
using Triptych.Api.Prometheus;
using Triptych.Model;
using Triptych.Primitives.Memory;
using Triptych.Server.Configuration;
using Triptych.Storage.Catalog;

namespace Triptych.Server.Hosting;

/// <summary>How the parts of the program are and who holds memory, for the page of its status. Any thread may call.</summary>
internal sealed class ServerStatus(ServerConfig config, Stores stores, Readiness readiness, ITargetSource targets, MemoryBudget inFlight, MemoryBudget queries)
{
    /// <summary>The parts, in the order in which data goes through them.</summary>
    public IReadOnlyList<PartStatus> Parts() =>
    [
        new PartStatus("readiness", readiness.Problem() is null ? PartState.Well : PartState.Waiting, readiness.Problem()),
        Targets(),
        .. SignalTime.Signals.Select(Store),
        Blocks(),
    ];

    /// <summary>Who holds memory, each with its limit.</summary>
    public IReadOnlyList<MemoryHolder> Memory()
    {
        var heads = stores.HeadMemory;
        return
        [
            new MemoryHolder("requests in flight", inFlight.Used, inFlight.Limit, "ingest.max_bytes_in_flight"),
            new MemoryHolder("heads", heads.UsedBytes, heads.LimitBytes, "storage.max_head_memory"),
            .. SignalTime.Signals.Select(s => Head(s)),
            new MemoryHolder("queries", queries.Used, queries.Limit, config.Query.MaxTotalMemory.Bytes == 0 ? "query.max_memory" : "query.max_total_memory"),
            Open("open blocks of metrics", stores.Metrics.OpenBlocks),
            Open("open blocks of logs", stores.Logs.OpenBlocks),
            Open("open blocks of traces", stores.Traces.OpenBlocks),
        ];
    }

    private static MemoryHolder Open(string name, (long SizeBytes, long LimitBytes) blocks) => new(name, blocks.SizeBytes, blocks.LimitBytes);

    private MemoryHolder Head(Signal signal)
    {
        var head = stores.HeadOf(signal);
        return new MemoryHolder($"heads of {SignalTime.NameOf(signal)}", head.MemoryBytes, head.MaxBytes);
    }

    private PartStatus Targets()
    {
        var all = targets.ActiveTargets;
        var down = all.Where(static t => t.Health == TargetHealth.Down).ToList();
        if (down.Count == 0) return new PartStatus("targets", PartState.Well, all.Count == 0 ? "none yet" : $"{all.Count}, none down");
        return new PartStatus("targets", PartState.Warning, $"{down.Count} of {all.Count} are down, the first {down[0].ScrapeUrl}: {down[0].LastError}");
    }

    private PartStatus Store(Signal signal)
    {
        var name = SignalTime.NameOf(signal);
        var replay = stores.RecoveryOf(signal);
        if (!replay.IsComplete)
            return new PartStatus(name, PartState.Waiting, $"replaying the write-ahead log, {replay.BytesDone} of {replay.BytesTotal} bytes");
        var head = stores.HeadOf(signal);
        if (head.WhyRefusing is { } refusing) return new PartStatus(name, PartState.Failing, refusing);
        if (head.LastFailure is { } failure && (head.LastFlush is not { } flush || flush.At < failure.At))
            return new PartStatus(name, PartState.Failing, $"the last flush failed at {failure.At:yyyy-MM-dd HH:mm:ss} UTC: {failure.Reason}");
        var damaged = stores.QuarantinedIn(signal);
        return damaged == 0
            ? new PartStatus(name, PartState.Well)
            : new PartStatus(name, PartState.Warning, $"{damaged} unreadable stretches of the write-ahead log were set aside at the start");
    }

    private PartStatus Blocks()
    {
        var aside = stores.Upkeep.QuarantinedCount;
        return aside == 0
            ? new PartStatus("blocks", PartState.Well)
            : new PartStatus("blocks", PartState.Warning, $"damaged blocks set aside: {aside}; what they hold is missing from answers");
    }
}
