using Triptych.Model;
using Triptych.Model.Logs;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Memory;
using Triptych.Storage.Heads;
using Triptych.Storage.Wal;

namespace Triptych.Logs.Head;

/// <summary>
/// The log records of some WAL segments in memory, of all tenants. Changed by <see cref="LogAppend"/> and by replay under
/// <see cref="Gate"/>; readers hold it for as long as it takes to copy rows, and read
/// the text, which never changes, without it.
/// </summary>
internal sealed class LogHead(SlabPool slabs, MemoryBudget budget, int maxTenants = LogHead.MaxTenants) : IHead
{
    /// <summary>The most tenants of a head: more of them at a time are made-up names.</summary>
    public const int MaxTenants = 10_000;

    private readonly Dictionary<TenantId, TenantLogs> _tenants = [];
    private long _sizeBytes;
    private long _rows;
    private long _minTime = long.MaxValue;
    private long _maxTime = long.MinValue;

    /// <summary>Held while the head changes and while a reader copies rows out of it.</summary>
    public Lock Gate { get; } = new();

    /// <inheritdoc/>
    public long SizeBytes => Interlocked.Read(ref _sizeBytes);

    /// <inheritdoc/>
    public bool IsEmpty => Interlocked.Read(ref _rows) == 0;

    /// <inheritdoc/>
    public long MinTime => Interlocked.Read(ref _minTime);

    /// <inheritdoc/>
    public long MaxTime => Interlocked.Read(ref _maxTime);

    /// <summary>The tenants that have something here.</summary>
    public IReadOnlyCollection<TenantId> Tenants
    {
        get
        {
            lock (Gate) return [.. _tenants.Keys];
        }
    }

    /// <summary>A tenant's records, or null. Read and change them under <see cref="Gate"/>.</summary>
    public TenantLogs? Find(TenantId tenant) => _tenants.GetValueOrDefault(tenant);

    /// <summary>Whether a tenant is here or may come in. Under <see cref="Gate"/>.</summary>
    public bool HasRoomFor(TenantId tenant) => _tenants.Count < maxTenants || _tenants.ContainsKey(tenant);

    /// <summary>A tenant's records, made when it has none. Under <see cref="Gate"/>.</summary>
    public TenantLogs FindOrAdd(TenantId tenant)
    {
        if (!_tenants.TryGetValue(tenant, out var logs)) _tenants[tenant] = logs = new TenantLogs(slabs, budget);
        return logs;
    }

    /// <summary>Brings the figures that are read without the lock up to date after a change of one tenant. Under <see cref="Gate"/>.</summary>
    public void Publish(TenantLogs changed, long minTime, long maxTime)
    {
        var growth = changed.TakeGrowth();
        if (minTime < _minTime) Interlocked.Exchange(ref _minTime, minTime);
        if (maxTime > _maxTime) Interlocked.Exchange(ref _maxTime, maxTime);
        Interlocked.Add(ref _sizeBytes, growth.SizeBytes);
        Interlocked.Add(ref _rows, growth.Rows);
    }

    /// <inheritdoc/>
    public void Replay(in WalRecord record)
    {
        LogRecord.Check(record.Payload);
        lock (Gate)
        {
            var logs = FindOrAdd(record.Tenant);
            var (minTime, maxTime) = (long.MaxValue, long.MinValue);
            var reader = new LogRecordReader(record.Payload);
            var streams = new (int Number, ulong Hash)[reader.StreamCount];
            for (var i = 0; i < streams.Length; i++)
            {
                var labels = reader.ReadStream();
                var hash = XxHash64.Compute(labels);
                streams[i] = (logs.FindOrAddStream(labels, hash), hash);
            }

            reader.BeginEntries();
            while (reader.TryReadEntry(out var entry))
            {
                var (stream, streamHash) = streams[entry.Stream];
                var hash = LogEntry.HashOf(streamHash, entry.TimeUnixNanos, entry.Line, entry.Metadata);
                logs.TryAppend(hash, stream, entry.TimeUnixNanos, (LogLevel)entry.Level, entry.Line, entry.Metadata);
                (minTime, maxTime) = (Math.Min(minTime, entry.TimeUnixNanos), Math.Max(maxTime, entry.TimeUnixNanos));
            }

            Publish(logs, minTime, maxTime);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tenant in _tenants.Values) tenant.Dispose();
        _tenants.Clear();
    }
}
