using Triptych.Model;
using Triptych.Storage.Blocks;

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

/// <summary>What upkeep has done and has yet to do.</summary>
/// <param name="Signals">By signal.</param>
/// <param name="Quarantined">Blocks set aside.</param>
/// <param name="WaitingAfterFailure">Blocks whose last merge failed and is not yet due again.</param>
/// <param name="OtherBytes">Bytes of the data directory beside blocks.</param>
/// <param name="DiskBudgetBytes">Most bytes that it may have; 0: no limit.</param>
public sealed record UpkeepStatus(
    IReadOnlyList<SignalStatus> Signals, IReadOnlyList<QuarantinedBlock> Quarantined, int WaitingAfterFailure, long OtherBytes, long DiskBudgetBytes);
