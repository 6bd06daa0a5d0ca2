using Triptych.Model;
using Triptych.Storage.Catalog;
using Triptych.Storage.Metastore;

namespace Triptych.Testing;

/// <summary>
/// A metastore in memory whose commits are atomic and durable, with failures before or after the commit. Survives the "restart" of what is
/// opened over it. Any thread may call.
/// </summary>
public sealed class MemoryMetastore : IMetastore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, BlockMeta> _blocks = [];
    private readonly Dictionary<Signal, WalRetirement> _retired = [];
    private readonly Dictionary<(string Scope, string Key), VersionedValue> _values = [];
    private readonly List<TenantId> _tenants = [];

    /// <summary>Asked before a commit; what it returns is thrown and nothing changes.</summary>
    public Func<MetastoreChange, Exception?>? FailBefore { get; set; }

    /// <summary>Asked after a commit; what it returns is thrown although everything changed.</summary>
    public Func<MetastoreChange, Exception?>? FailAfter { get; set; }

    /// <summary>Told after each change, before its caller is.</summary>
    public Action<MemoryMetastore>? Changed { get; set; }

    /// <summary>A metastore of its own with what this one holds now; without the hooks.</summary>
    public MemoryMetastore Copy()
    {
        lock (_gate)
        {
            var copy = new MemoryMetastore { IsNew = IsNew };
            foreach (var (id, block) in _blocks)
                copy._blocks[id] = block;
            foreach (var (signal, retired) in _retired)
                copy._retired[signal] = retired;
            foreach (var (key, value) in _values)
                copy._values[key] = value;
            copy._tenants.AddRange(_tenants);
            return copy;
        }
    }

    /// <inheritdoc/>
    public bool IsNew { get; set; }

    /// <inheritdoc/>
    public ValueTask<CatalogContent> LoadCatalogAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
            return ValueTask.FromResult(new CatalogContent([.. _blocks.Values], [.. _retired.Values]));
    }

    /// <inheritdoc/>
    public ValueTask CommitAsync(MetastoreChange change, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (FailBefore?.Invoke(change) is { } before)
                throw before;
            if (change.Add.Count == 0 || !change.Add.All(b => _blocks.ContainsKey(b.Id)))
                Apply(change);
            Changed?.Invoke(this);
            if (FailAfter?.Invoke(change) is { } after)
                throw after;
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<int> GetTenantNumberAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!_tenants.Contains(tenant))
            {
                _tenants.Add(tenant);
                Changed?.Invoke(this);
            }

            return ValueTask.FromResult(_tenants.IndexOf(tenant) + 1);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<TenantId>> ListTenantsAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
            return ValueTask.FromResult<IReadOnlyList<TenantId>>([.. _tenants.OrderBy(t => t.Name, StringComparer.Ordinal)]);
    }

    /// <inheritdoc/>
    public ValueTask<VersionedValue?> GetAsync(string scope, string key, CancellationToken cancellationToken)
    {
        lock (_gate)
            return ValueTask.FromResult(_values.GetValueOrDefault((scope, key)));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<VersionedValue>> ListAsync(string scope, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return ValueTask.FromResult<IReadOnlyList<VersionedValue>>(
                [.. _values.Where(v => v.Key.Scope == scope).Select(v => v.Value).OrderBy(v => v.Key, StringComparer.Ordinal)]);
        }
    }

    /// <inheritdoc/>
    public ValueTask<long?> SetAsync(
        string scope, string key, ReadOnlyMemory<byte> value, long? expectedVersion, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var version = _values.GetValueOrDefault((scope, key))?.Version ?? 0;
            if (expectedVersion is { } expected && expected != version)
                return ValueTask.FromResult<long?>(null);
            _values[(scope, key)] = new VersionedValue(key, version + 1, value.ToArray());
            Changed?.Invoke(this);
            return ValueTask.FromResult<long?>(version + 1);
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(string scope, string key, long? expectedVersion, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var found = _values.TryGetValue((scope, key), out var value) && (expectedVersion is null || expectedVersion == value.Version);
            if (!found)
                return ValueTask.FromResult(false);
            _values.Remove((scope, key));
            Changed?.Invoke(this);
            return ValueTask.FromResult(true);
        }
    }

    /// <summary>Keeps everything, for the next opening.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Apply(MetastoreChange change)
    {
        foreach (var id in change.Remove)
        {
            if (!_blocks.ContainsKey(id))
                throw new CatalogConflictException(id);
        }

        foreach (var id in change.Remove)
            _blocks.Remove(id);
        foreach (var block in change.Add)
            _blocks[block.Id] = block;
        if (change.Retire is { } retire)
            _retired[retire.Signal] = retire;
        foreach (var value in change.Values)
        {
            var version = _values.GetValueOrDefault((value.Scope, value.Key))?.Version ?? 0;
            _values[(value.Scope, value.Key)] = new VersionedValue(value.Key, version + 1, value.Value.ToArray());
        }
    }
}
