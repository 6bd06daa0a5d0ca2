using Triptych.Api.Admin;
using Triptych.Model;
using Triptych.Storage.Retention;

namespace Triptych.Server.Configuration;

/// <summary>Retention and compaction: what is wrong with them, and what they are in storage's terms.</summary>
internal static class StorageCheck
{
    /// <summary>Every problem, with the path of the option that it is about.</summary>
    public static IEnumerable<(string Path, string Message)> Find(StorageConfig storage) =>
        [.. CheckCompaction(storage), .. Signals(storage).SelectMany(static s => CheckSignal(s.Signal, s.Path, s.Config))];

    /// <summary>Retention as storage takes it.</summary>
    /// <param name="storage">A configuration without problems.</param>
    public static RetentionOptions ToRetention(StorageConfig storage) => new()
    {
        Metrics = ToRetention(Signal.Metrics, storage.Retention.Metrics),
        Logs = ToRetention(Signal.Logs, storage.Retention.Logs),
        Traces = ToRetention(Signal.Traces, storage.Retention.Traces),
        DiskBudgetBytes = storage.DiskBudget.Bytes,
    };

    private static (Signal Signal, string Path, SignalRetentionConfig Config)[] Signals(StorageConfig storage) =>
    [
        (Signal.Metrics, "storage.retention.metrics", storage.Retention.Metrics), (Signal.Logs, "storage.retention.logs", storage.Retention.Logs),
        (Signal.Traces, "storage.retention.traces", storage.Retention.Traces),
    ];

    private static SignalRetention ToRetention(Signal signal, SignalRetentionConfig config) => new()
    {
        Time = config.Time,
        SizeBytes = config.Size.Bytes,
        Rules = [.. config.Rules.Select(r => new RetentionRule(DeletionSelectors.ReadRule(signal, r.Selector, out _)!, r.Time, r.Size.Bytes))],
    };

    private static IEnumerable<(string Path, string Message)> CheckCompaction(StorageConfig storage)
    {
        var compaction = storage.Compaction;
        if (compaction.Workers is < 1 or > 64) yield return ("storage.compaction.workers", "storage.compaction.workers has to be between 1 and 64");
        if (compaction.TargetBlockSize.Bytes < 1 << 20) yield return ("storage.compaction.target_block_size", "storage.compaction.target_block_size has to be at least 1MiB");
        if (compaction.MaxFlushedBlocks < 16) yield return ("storage.compaction.max_flushed_blocks", "storage.compaction.max_flushed_blocks has to be at least 16");
        if (compaction.Memory.Bytes < 16 << 20) yield return ("storage.compaction.memory", "storage.compaction.memory has to be at least 16MiB");
        if (compaction.MaxMergeSize.Bytes < 2 * compaction.TargetBlockSize.Bytes)
        {
            yield return ("storage.compaction.max_merge_size", "storage.compaction.max_merge_size has to be at least twice storage.compaction.target_block_size");
        }
    }

    private static IEnumerable<(string Path, string Message)> CheckSignal(Signal signal, string path, SignalRetentionConfig config)
    {
        if (config.Time < TimeSpan.Zero) yield return (path + ".time", $"{path}.time has to be 0 or more");
        var areRead = true;
        for (var i = 0; i < config.Rules.Count; i++)
        {
            var rule = config.Rules[i];
            if (rule.Time < TimeSpan.Zero) yield return ($"{path}.rules[{i}].time", $"{path}.rules[{i}].time has to be 0 or more");
            if (DeletionSelectors.ReadRule(signal, rule.Selector, out var error) is not null) continue;
            areRead = false;
            yield return ($"{path}.rules[{i}].selector", $"{path}.rules[{i}].selector: {error}");
        }

        if (areRead && RetentionTermsProblem(signal, config) is { } problem) yield return (path + ".rules", $"{path}.rules: {problem}");
    }

    private static string? RetentionTermsProblem(Signal signal, SignalRetentionConfig config) => ToRetention(signal, config).FindProblem();
}
