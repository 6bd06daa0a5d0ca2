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
    private readonly SortedDictionary<int, TenantId> _tenants = [];

    /// <summary>Asked before a commit; what it returns is thrown and nothing changes.</summary>
    public Func<MetastoreChange, Exception?>? FailBefore { get; set; }

    /// <summary>Asked after a commit; what it returns is thrown although everything changed.</summary>
    public Func<MetastoreChange, Exception?>? FailAfter { get; set; }

    /// <summary>What putting a value of a scope fails with; null lets it through.</summary>
    public Func<string, Exception?>? FailSet { get; set; }

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
            foreach (var (number, tenant) in _tenants)
                copy._tenants[number] = tenant;
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
            var known = _tenants.Count;
            var number = TenantNumber(tenant);
            if (_tenants.Count != known)
                Changed?.Invoke(this);
            return ValueTask.FromResult(number);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<TenantId>> ListTenantsAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
            return ValueTask.FromResult<IReadOnlyList<TenantId>>([.. _tenants.Values.OrderBy(t => t.Name, StringComparer.Ordinal)]);
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
            if (FailSet?.Invoke(scope) is { } failure)
                throw failure;
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

    /// <inheritdoc/>
    public ValueTask<MetastoreContent> ExportAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return ValueTask.FromResult(new MetastoreContent(
                [.. _tenants.Select(t => new NumberedTenant(t.Key, t.Value))],
                new CatalogContent([.. _blocks.Values], [.. _retired.Values.OrderBy(r => r.Signal)]),
                [
                    .. _values.OrderBy(v => v.Key.Scope, StringComparer.Ordinal).ThenBy(v => v.Key.Key, StringComparer.Ordinal)
                        .Select(v => new ScopedValue(v.Key.Scope, v.Value)),
                ]));
        }
    }

    /// <inheritdoc/>
    public ValueTask ImportAsync(MetastoreContent content, bool replace, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!replace && (_tenants.Count > 0 || _blocks.Count > 0 || _retired.Count > 0 || _values.Count > 0))
                throw new MetastoreNotEmptyException();
            _tenants.Clear();
            _blocks.Clear();
            _retired.Clear();
            _values.Clear();
            foreach (var tenant in content.Tenants)
                _tenants.Add(tenant.Number, tenant.Tenant);
            foreach (var block in content.Catalog.Blocks)
                _blocks.Add(block.Id, block);
            foreach (var retired in content.Catalog.Retired)
                _retired.Add(retired.Signal, retired);
            foreach (var (scope, value) in content.Values)
                _values.Add((scope, value.Key), value);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Keeps everything, for the next opening.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private int TenantNumber(TenantId tenant)
    {
        var known = _tenants.FirstOrDefault(t => t.Value == tenant).Key;
        if (known > 0)
            return known;
        var number = _tenants.Count == 0 ? 1 : _tenants.Keys.Max() + 1;
        _tenants.Add(number, tenant);
        return number;
    }

    private void Apply(MetastoreChange change)
    {
        foreach (var id in change.Remove)
        {
            if (!_blocks.ContainsKey(id))
                throw new CatalogConflictException(id);
        }

        if (change.Add.FirstOrDefault(b => _blocks.ContainsKey(b.Id)) is { } twice)
            throw new MetastoreException($"Block {twice.Id} is there already, and others of the change are not.");
        foreach (var id in change.Remove)
            _blocks.Remove(id);
        foreach (var block in change.Add)
        {
            TenantNumber(block.Tenant);
            _blocks.Add(block.Id, block);
        }

        if (change.Retire is { } retire)
        {
            var before = _retired.GetValueOrDefault(retire.Signal, retire);
            _retired[retire.Signal] = new WalRetirement(
                retire.Signal,
                Math.Max(before.ThroughSegment, retire.ThroughSegment),
                Math.Max(before.ThroughSequence, retire.ThroughSequence));
        }

        foreach (var key in change.RemoveValues)
            _values.Remove((key.Scope, key.Key));
        foreach (var value in change.Values)
        {
            var version = _values.GetValueOrDefault((value.Scope, value.Key))?.Version ?? 0;
            _values[(value.Scope, value.Key)] = new VersionedValue(value.Key, version + 1, value.Value.ToArray());
        }
    }
}
