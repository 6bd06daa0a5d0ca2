using Triptych.Model;
using Triptych.Storage.Blocks;
using Triptych.Storage.Retention;

namespace Triptych.Storage.Compaction;

/// <summary>Blocks of a level.</summary>
/// <param name="Level">Which; 0 as flushed.</param>
/// <param name="Blocks">How many.</param>
/// <param name="Bytes">Their bytes.</param>
public readonly record struct LevelStatus(int Level, int Blocks, long Bytes);

/// <summary>What is stored of a signal, all tenants together.</summary>
/// <param name="Signal">Which.</param>
/// <param name="Blocks">Blocks.</param>
/// <param name="Rows">Rows in them.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Oldest">First time in a block; null when there is none.</param>
/// <param name="Newest">Last time in a block.</param>
/// <param name="Levels">By level.</param>
/// <param name="Pending">Merges that are due, at most a hundred of each tenant.</param>
/// <param name="PendingBytes">Bytes that they will read.</param>
/// <param name="Running">Merges under way.</param>
public sealed record SignalStatus(
    Signal Signal, int Blocks, long Rows, long Bytes, DateTimeOffset? Oldest, DateTimeOffset? Newest, IReadOnlyList<LevelStatus> Levels, int Pending,
    long PendingBytes, IReadOnlyList<PlannedMerge> Running);

/// <summary>What is stored of a tenant and signal.</summary>
/// <param name="Tenant">Whose.</param>
/// <param name="Signal">Which.</param>
/// <param name="Blocks">Blocks.</param>
/// <param name="Rows">Rows in them: series of metrics, lines, spans.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Oldest">First time in a block.</param>
/// <param name="Newest">Last time in a block.</param>
public readonly record struct TenantUse(
    TenantId Tenant, Signal Signal, int Blocks, long Rows, long Bytes, DateTimeOffset Oldest, DateTimeOffset Newest);

/// <summary>Blocks that go as a whole within a time, if nothing else comes.</summary>
/// <param name="Signal">Of which signal.</param>
/// <param name="Reason">Why.</param>
/// <param name="Blocks">How many.</param>
/// <param name="Bytes">Their bytes.</param>
public readonly record struct ExpectedExpiry(Signal Signal, ExpiryReason Reason, int Blocks, long Bytes);

/// <summary>What upkeep has done and has yet to do.</summary>
/// <param name="Signals">By signal.</param>
/// <param name="Quarantined">Blocks set aside.</param>
/// <param name="WaitingAfterFailure">Blocks whose last merge failed and is not yet due again.</param>
/// <param name="OtherBytes">Bytes of write-ahead logs and metastore in the data directory.</param>
/// <param name="ForeignBytes">Bytes of files in it that upkeep does not own; they do not count against the budget.</param>
/// <param name="DiskBudgetBytes">Most bytes that blocks and <paramref name="OtherBytes"/> may have; 0: no limit.</param>
public sealed record UpkeepStatus(
    IReadOnlyList<SignalStatus> Signals, IReadOnlyList<QuarantinedBlock> Quarantined, int WaitingAfterFailure, long OtherBytes, long ForeignBytes,
    long DiskBudgetBytes)
{
    /// <summary>What is kept.</summary>
    public required RetentionOptions Retention { get; init; }

    /// <summary>By signal, when its oldest block goes as a whole by its age; absent where nothing goes by age.</summary>
    public required IReadOnlyDictionary<Signal, DateTimeOffset> NextExpiry { get; init; }

    /// <summary>What goes within <see cref="SoonTime"/>.</summary>
    public required IReadOnlyList<ExpectedExpiry> Soon { get; init; }

    /// <summary>By tenant and signal, the largest first, at most <see cref="MaxTenants"/>.</summary>
    public required IReadOnlyList<TenantUse> Tenants { get; init; }

    /// <summary>Bytes that may still be written where blocks lie; <see cref="long.MaxValue"/> where that is not known.</summary>
    public required long FreeBytes { get; init; }

    /// <summary>How far <see cref="Soon"/> looks ahead.</summary>
    public static readonly TimeSpan SoonTime = TimeSpan.FromDays(1);

    /// <summary>Entries of <see cref="Tenants"/>.</summary>
    public const int MaxTenants = 300;
}
