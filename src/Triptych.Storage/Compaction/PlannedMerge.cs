using Triptych.Model;
using Triptych.Storage.Catalog;

namespace Triptych.Storage.Compaction;

/// <summary>Why blocks are written again.</summary>
public enum MergeReason
{
    /// <summary>Many blocks were flushed, or one that spans windows.</summary>
    Flushed,

    /// <summary>A window has many parts.</summary>
    ManyParts,

    /// <summary>A window is closed and its parts become one.</summary>
    ClosedWindow,

    /// <summary>Rows of the block are past the time that a rule gives them, or beyond its size.</summary>
    Retention,

    /// <summary>A deletion was asked for.</summary>
    Deletion,

    /// <summary>Rows of the block are old enough to be sampled.</summary>
    Sampling,
}

/// <summary>A merge to be done.</summary>
/// <param name="Tenant">Whose blocks.</param>
/// <param name="Signal">Of which kind.</param>
/// <param name="Inputs">In the order of acknowledgement.</param>
/// <param name="Level">Level of the outputs.</param>
/// <param name="Window">Width of their windows in the signal's unit.</param>
/// <param name="Reason">Why.</param>
public sealed record PlannedMerge(
    TenantId Tenant, Signal Signal, IReadOnlyList<BlockMeta> Inputs, int Level, long Window, MergeReason Reason)
{
    /// <summary>Bytes to read.</summary>
    public long InputBytes => Inputs.Sum(static b => b.SizeBytes);
}
