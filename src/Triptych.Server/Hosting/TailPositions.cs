using System.Text.Json;
using Triptych.Collect.Tail;
using Triptych.Storage.Metastore;

namespace Triptych.Server.Hosting;

/// <summary>Positions of tailed files in the metastore, scope <c>tail</c>, keyed by device and inode, as JSON.</summary>
internal sealed class TailPositions(IMetastore metastore) : IPositionStore
{
    private const string Scope = "tail";

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<TailPosition>> LoadAsync(CancellationToken cancellationToken)
    {
        var values = await metastore.ListAsync(Scope, cancellationToken);
        return [.. values.Select(v => JsonSerializer.Deserialize<TailPosition>(v.Value.Span)).OfType<TailPosition>()];
    }

    /// <inheritdoc/>
    public ValueTask SaveAsync(IReadOnlyList<TailPosition> positions, CancellationToken cancellationToken) => metastore.CommitAsync(
        new MetastoreChange
        {
            Values = [.. positions.Select(p => new MetastoreValue(Scope, p.Identity.ToString(), JsonSerializer.SerializeToUtf8Bytes(p)))],
        },
        cancellationToken);

    /// <inheritdoc/>
    public async ValueTask ForgetAsync(FileIdentity identity, CancellationToken cancellationToken) =>
        await metastore.DeleteAsync(Scope, identity.ToString(), expectedVersion: null, cancellationToken);
}
