using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Storage.Heads;
using Triptych.Storage.ObjectStore;

namespace Triptych.Testing.Kills;

/// <summary>What a <see cref="KillWalk"/> has to know about a signal.</summary>
public interface IKillSignal
{
    /// <summary>Which.</summary>
    Signal Signal { get; }

    /// <summary>Merges its blocks.</summary>
    IBlockMerger Merger { get; }

    /// <summary>Makes a store that takes rows of any age; touches no file.</summary>
    IKillStore Open(HeadOptions heads, StorageServices services);

    /// <summary>How many rows a block holds, counted in its file: one that is there twice counts twice.</summary>
    ValueTask<long> CountAsync(IObjectStore objects, BlockMeta block, CancellationToken cancellationToken);
}

/// <summary>A store of a signal. Disposing it is a stop without a flush.</summary>
public interface IKillStore : IAsyncDisposable
{
    /// <summary>Replays the write-ahead log.</summary>
    Task RecoverAsync(CancellationToken cancellationToken);

    /// <summary>Appends rows as one request.</summary>
    ValueTask<AppendResult> AppendAsync(AppendContext context, IReadOnlyList<KillRow> rows, CancellationToken cancellationToken);

    /// <summary>Turns everything taken so far into blocks.</summary>
    Task FlushAllAsync(CancellationToken cancellationToken);

    /// <summary>All rows of the default tenant as a query sees them. A warning of the scan is a failure.</summary>
    Task<IReadOnlyList<KillRow>> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>A story did not come out as it has to.</summary>
public sealed class KillFailedException(string message, Exception? inner = null) : Exception(message, inner);
