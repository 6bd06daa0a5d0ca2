using System.Text;
using Triptych.Metrics.Chunks;
using Triptych.Model;
using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Memory;
using Triptych.Storage.Heads;
using Triptych.Storage.Wal;

namespace Triptych.Metrics.Head;

/// <summary>
/// The samples of some WAL segments in memory, of all tenants. Changed by <see cref="MetricAppend"/> and by replay, read through
/// <see cref="SeriesView"/>s; both take <see cref="Gate"/>,
/// readers for as long as it takes to copy references.
/// </summary>
internal sealed class MetricHead(SlabPool slabs, MemoryBudget budget, int maxTenants = MetricHead.MaxTenants) : IHead
{
    /// <summary>The most tenants of a head: more of them at a time are made-up names.</summary>
    public const int MaxTenants = 10_000;

    private readonly Dictionary<TenantId, TenantSeries> _tenants = [];

    // WAL records name series by number; the numbers of a segment are mapped to this head's own while it is replayed.
    private readonly Dictionary<(TenantId, ulong), int> _replayed = [];
    private long _replayedSegment = -1;
    private long _sizeBytes;
    private long _samples;
    private long _minTimeMs = long.MaxValue;
    private long _maxTimeMs = long.MinValue;

    /// <summary>Held while the head changes and while a reader copies references out of it.</summary>
    public Lock Gate { get; } = new();

    /// <inheritdoc/>
    public long SizeBytes => Interlocked.Read(ref _sizeBytes);

    /// <inheritdoc/>
    public bool IsEmpty => Interlocked.Read(ref _samples) == 0;

    /// <inheritdoc/>
    public long MinTime => Interlocked.Read(ref _minTimeMs);

    /// <inheritdoc/>
    public long MaxTime => Interlocked.Read(ref _maxTimeMs);

    /// <summary>The tenants that have something here.</summary>
    public IReadOnlyCollection<TenantId> Tenants
    {
        get
        {
            lock (Gate) return [.. _tenants.Keys];
        }
    }

    /// <summary>A tenant's series, or null. Read and change it under <see cref="Gate"/>.</summary>
    public TenantSeries? Find(TenantId tenant) => _tenants.GetValueOrDefault(tenant);

    /// <summary>Whether a tenant is here or may come in. Under <see cref="Gate"/>.</summary>
    public bool HasRoomFor(TenantId tenant) => _tenants.Count < maxTenants || _tenants.ContainsKey(tenant);

    /// <summary>A tenant's series, made when it has none. Under <see cref="Gate"/>.</summary>
    public TenantSeries FindOrAdd(TenantId tenant)
    {
        if (!_tenants.TryGetValue(tenant, out var series)) _tenants[tenant] = series = new TenantSeries(slabs, budget);
        return series;
    }

    /// <summary>Brings the figures that are read without the lock up to date after a change of one tenant. Under <see cref="Gate"/>.</summary>
    public void Publish(TenantSeries changed, long minTimeMs, long maxTimeMs)
    {
        var growth = changed.TakeGrowth();
        if (minTimeMs < _minTimeMs) Interlocked.Exchange(ref _minTimeMs, minTimeMs);
        if (maxTimeMs > _maxTimeMs) Interlocked.Exchange(ref _maxTimeMs, maxTimeMs);
        Interlocked.Add(ref _sizeBytes, growth.SizeBytes);
        Interlocked.Add(ref _samples, growth.Samples);
    }

    /// <inheritdoc/>
    public void Replay(in WalRecord record)
    {
        MetricRecord.Check(record.Payload);
        lock (Gate)
        {
            if (record.Segment != _replayedSegment)
            {
                _replayedSegment = record.Segment;
                _replayed.Clear();
            }

            CheckNumbers(record.Tenant, new VarintReader(record.Payload));
            Take(record.Tenant, FindOrAdd(record.Tenant), new VarintReader(record.Payload));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tenant in _tenants.Values) tenant.Dispose();
        _tenants.Clear();
    }

    /// <summary>
    /// Finds a number whose labels are not known before anything of the record is in: a record is taken whole or not at all.
    /// </summary>
    private void CheckNumbers(TenantId tenant, VarintReader reader)
    {
        reader.ReadByte();
        var defined = new HashSet<ulong>();
        for (var n = reader.ReadCount(MetricRecord.MaxItems); n > 0; n--)
        {
            defined.Add(reader.ReadUnsigned());
            reader.ReadLengthPrefixed();
        }

        var number = 0L;
        var count = reader.ReadCount(MetricRecord.MaxItems);
        for (var i = 0; i < count; i++) CheckNumber((ulong)(number += reader.ReadSigned()));
        for (var i = 0; i < count; i++) reader.ReadSigned();
        reader.ReadBytes(count * sizeof(double));
        for (var n = reader.ReadCount(MetricRecord.MaxItems); n > 0; n--)
        {
            CheckNumber(reader.ReadUnsigned());
            reader.ReadSigned();
            HistogramCodec.Read(ref reader);
        }

        for (var n = reader.ReadCount(MetricRecord.MaxItems); n > 0; n--)
        {
            CheckNumber(reader.ReadUnsigned());
            reader.ReadSigned();
            reader.ReadDouble();
            reader.ReadLengthPrefixed();
        }

        void CheckNumber(ulong number)
        {
            if (!defined.Contains(number) && !_replayed.ContainsKey((tenant, number)))
            {
                throw new InvalidDataException($"a record names series {number}, whose labels are not in its segment");
            }
        }
    }

    private void Take(TenantId tenant, TenantSeries series, VarintReader reader)
    {
        reader.ReadByte();
        for (var n = reader.ReadCount(MetricRecord.MaxItems); n > 0; n--)
        {
            var number = reader.ReadUnsigned();
            var labels = reader.ReadLengthPrefixed();
            _replayed[(tenant, number)] = series.FindOrAdd(labels, XxHash64.Compute(labels));
        }

        var (minTimeMs, maxTimeMs) = (long.MaxValue, long.MinValue);
        var number0 = 0L;
        var count = reader.ReadCount(MetricRecord.MaxItems);
        var numbers = new int[count];
        for (var i = 0; i < count; i++) numbers[i] = Known(tenant, (ulong)(number0 += reader.ReadSigned()));
        var times = new long[count];
        var time = 0L;
        for (var i = 0; i < count; i++) times[i] = time += reader.ReadSigned();
        for (var i = 0; i < count; i++)
        {
            series.Append(numbers[i], times[i], reader.ReadDouble());
            (minTimeMs, maxTimeMs) = (Math.Min(minTimeMs, times[i]), Math.Max(maxTimeMs, times[i]));
        }

        for (var n = reader.ReadCount(MetricRecord.MaxItems); n > 0; n--)
        {
            var number = Known(tenant, reader.ReadUnsigned());
            var at = reader.ReadSigned();
            series.AppendHistogram(number, at, HistogramCodec.Read(ref reader));
            (minTimeMs, maxTimeMs) = (Math.Min(minTimeMs, at), Math.Max(maxTimeMs, at));
        }

        for (var n = reader.ReadCount(MetricRecord.MaxItems); n > 0; n--)
        {
            var number = Known(tenant, reader.ReadUnsigned());
            var (at, value) = (reader.ReadSigned(), reader.ReadDouble());
            series.AppendExemplar(number, at, value, reader.ReadLengthPrefixed());
        }

        for (var n = reader.ReadCount(MetricRecord.MaxItems); n > 0; n--)
        {
            series.AddMetadata(new MetadataEntry(Text(ref reader), Text(ref reader), Text(ref reader), Text(ref reader)));
        }

        Publish(series, minTimeMs, maxTimeMs);
    }

    private int Known(TenantId tenant, ulong number) => _replayed[(tenant, number)];

    private static string Text(ref VarintReader reader) => Encoding.UTF8.GetString(reader.ReadLengthPrefixed());
}
