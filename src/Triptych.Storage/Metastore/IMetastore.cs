using Triptych.Model;
using Triptych.Storage.Catalog;

namespace Triptych.Storage.Metastore;

/// <summary>WAL of a signal that need not be replayed any more because blocks hold its records.</summary>
/// <param name="Signal">Whose WAL.</param>
/// <param name="ThroughSegment">Last retired segment, inclusive. Segment numbers up to it are never used again.</param>
/// <param name="ThroughSequence">Last retired sequence number, inclusive. Never used again either.</param>
public readonly record struct WalRetirement(Signal Signal, long ThroughSegment, long ThroughSequence);

/// <summary>A value that a <see cref="MetastoreChange"/> puts, whatever its version.</summary>
/// <param name="Scope">Whose value.</param>
/// <param name="Key">Which.</param>
/// <param name="Value">The bytes.</param>
public sealed record MetastoreValue(string Scope, string Key, ReadOnlyMemory<byte> Value);

/// <summary>Bytes with the version that a conditional change names.</summary>
/// <param name="Key">Which.</param>
/// <param name="Version">1 for the first value, one more with each change.</param>
/// <param name="Value">The bytes.</param>
public sealed record VersionedValue(string Key, long Version, ReadOnlyMemory<byte> Value);

/// <summary>One transaction: all of it or nothing.</summary>
public sealed record MetastoreChange
{
    /// <summary>Blocks that appear.</summary>
    public IReadOnlyList<BlockMeta> Add { get; init; } = [];

    /// <summary>Blocks that go. Each must be live, else the whole change is refused.</summary>
    public IReadOnlyList<Guid> Remove { get; init; } = [];

    /// <summary>WAL that the added blocks cover.</summary>
    public WalRetirement? Retire { get; init; }

    /// <summary>Further values that hold exactly when the rest does.</summary>
    public IReadOnlyList<MetastoreValue> Values { get; init; } = [];
}

/// <summary>
/// The small transactional state beside the objects: catalog, tenant numbers, and versioned values for later users (tail positions, UI
/// state). Every change is durable when its call returns; an exception other than <see cref="CatalogConflictException"/> leaves open
/// whether it happened. Any thread may call. Failures are <see cref="MetastoreException"/>.
/// </summary>
public interface IMetastore : ICatalogReader
{
    /// <summary>Whether this open made the store anew; then nothing that lies beside it may be taken for garbage.</summary>
    bool IsNew { get; }

    /// <summary>
    /// Applies a change. Applying it again after an unknown outcome is safe: blocks that are there already, and all of whose additions are,
    /// count as committed.
    /// </summary>
    /// <exception cref="CatalogConflictException">A block to remove is not live; nothing changed.</exception>
    ValueTask CommitAsync(MetastoreChange change, CancellationToken cancellationToken);

    /// <summary>The number that stands for a tenant in paths; given out on first use, from 1, never reused.</summary>
    ValueTask<int> GetTenantNumberAsync(TenantId tenant, CancellationToken cancellationToken);

    /// <summary>All tenants ever seen, in ordinal order of their names.</summary>
    ValueTask<IReadOnlyList<TenantId>> ListTenantsAsync(CancellationToken cancellationToken);

    /// <summary>All values of a scope in ordinal order of their keys.</summary>
    ValueTask<IReadOnlyList<VersionedValue>> ListAsync(string scope, CancellationToken cancellationToken);

    /// <summary>
    /// Puts a value. With <paramref name="expectedVersion"/> (0: must not exist) only when the stored version is that one.
    /// </summary>
    /// <returns>The new version, or null when another was there.</returns>
    ValueTask<long?> SetAsync(
        string scope, string key, ReadOnlyMemory<byte> value, long? expectedVersion, CancellationToken cancellationToken);

    /// <summary>Deletes a value; with <paramref name="expectedVersion"/> only that version. True when it is gone.</summary>
    ValueTask<bool> DeleteAsync(string scope, string key, long? expectedVersion, CancellationToken cancellationToken);

    /// <summary>Everything, as of one moment.</summary>
    ValueTask<MetastoreContent> ExportAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Puts the whole content in, with its tenant numbers and versions, or nothing of it. Only for a store that nobody else has open.
    /// </summary>
    /// <param name="content">What to hold from now on.</param>
    /// <param name="replace">Whether what is there goes. Without it a store that holds anything is refused.</param>
    /// <param name="cancellationToken">Looked at before the transaction starts, not within it.</param>
    /// <exception cref="MetastoreNotEmptyException">It holds something, and <paramref name="replace"/> is false.</exception>
    ValueTask ImportAsync(MetastoreContent content, bool replace, CancellationToken cancellationToken);
}

/// <summary>The metastore cannot be read or written.</summary>
public class MetastoreException(string message, Exception? inner = null) : IOException(message, inner);

/// <summary>The metastore was written by a newer version of this program, which alone can open it.</summary>
public sealed class MetastoreTooNewException(string message) : MetastoreException(message);

/// <summary>An import would have mixed two stores; nothing changed.</summary>
public sealed class MetastoreNotEmptyException() : MetastoreException("The metastore holds data already; nothing was put in.");

/// <summary>A block that a change wanted to remove is not live: somebody else changed the catalog first.</summary>
public sealed class CatalogConflictException(Guid block)
    : MetastoreException($"Block {block} is not in the catalog any more; the change was not made.")
{
    /// <summary>The block that is not live.</summary>
    public Guid Block { get; } = block;
}
