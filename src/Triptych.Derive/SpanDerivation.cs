using System.Text;
using Triptych.Derive.Attributes;
using Triptych.Derive.Series;
using Triptych.Derive.ServiceGraph;
using Triptych.Derive.SpanMetrics;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Traces;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Checksums;

namespace Triptych.Derive;

/// <summary>
/// Span metrics and service graphs of all tenants, counted from spans as they are taken; see <see cref="ISpanDerivation"/> for who calls it
/// when. Its state is a function of what it was given. Not synchronised: all calls are made under the decision lock of the traces store.
/// </summary>
public sealed class SpanDerivation : ISpanDerivation, IDisposable
{
    private const byte Version = 1;
    private const long NanosPerMs = 1_000_000;

    // A record's time is taken before the lock is: what ends by the clock ends so much later, so that no record that is decided after it says an earlier time.
    private const long ClockGraceMs = 1_000;
    private readonly DerivationOptions _options;
    private readonly ulong _seed;
    private readonly WantedAttributes _wanted = new();
    private readonly SpanMetricsProcessor? _spanMetrics;
    private readonly ServiceGraphProcessor? _serviceGraphs;
    private readonly Dictionary<TenantId, TenantSeries> _tenants = [];
    private readonly List<ResourceFacts> _resources = [];
    private readonly FoundValue[] _found;
    private bool[] _isRead = [];

    // Spans that were not counted because they ended too far from their arrival.
    private long _outOfRange;

    /// <summary>Empty; the seed is for hashes and may be any number.</summary>
    public SpanDerivation(DerivationOptions options, ulong seed)
    {
        _options = options;
        _seed = seed;
        if (options.SpanMetrics is { } spanMetrics) _spanMetrics = new SpanMetricsProcessor(spanMetrics, options, _wanted);
        if (options.ServiceGraphs is { } graphs) _serviceGraphs = new ServiceGraphProcessor(graphs, options, _wanted);
        _found = new FoundValue[_wanted.Count];
    }

    /// <inheritdoc/>
    public void Apply(TenantId tenant, SpanBatch batch, ReadOnlySpan<int> taken, long receivedUnixMs)
    {
        if (taken.IsEmpty) return;
        var series = FindOrAdd(tenant);
        if (series.Graph is { } graph) _serviceGraphs!.Expire(graph, receivedUnixMs);
        BeginResources(batch.Resources.Length);
        foreach (var index in taken)
        {
            ref readonly var entry = ref batch.Spans[index];
            if (!IsInRange(entry, receivedUnixMs)) continue;
            var attributeBytes = _wanted.Find(batch.Read(entry.Attributes), _found);
            var size = OtlpSize.OfSpan(batch, entry, attributeBytes);
            var span = new SpanFacts(batch, in entry, ResourceOf(batch, entry.Resource), _found, size);
            if (_spanMetrics is not null) _spanMetrics.Add(span, series.Spans!, series.Targets!, receivedUnixMs);
            if (_serviceGraphs is not null) _serviceGraphs.Add(span, series.Graph!, receivedUnixMs);
        }
    }

    /// <summary>Ends what has waited or been idle for too long, and copies all counts.</summary>
    internal DerivedCounts Collect(long nowMs)
    {
        var counts = new List<TenantCounts>();
        var pastMs = nowMs - ClockGraceMs;
        foreach (var (tenant, series) in _tenants)
        {
            if (series.Graph is { } graph) _serviceGraphs!.Expire(graph, pastMs);
            counts.Add(new TenantCounts(tenant, CopyOf(series.Spans, pastMs), CopyOf(series.Targets, pastMs), CopyOf(series.Graph?.Series, pastMs)));
        }

        foreach (var tenant in counts.Where(static c => c.IsEmpty).Select(static c => c.Tenant))
        {
            if (_tenants[tenant].IsEmpty) _tenants.Remove(tenant);
        }

        counts.RemoveAll(static c => c.IsEmpty);
        return new DerivedCounts(nowMs, counts);
    }

    /// <summary>
    /// Calls that could not wait for their other side, what was counted without its labels, and spans that were not counted, since the start.
    /// </summary>
    internal (long DroppedEdges, long Overflowed, long OutOfRange) Losses()
    {
        var (dropped, overflowed) = (0L, 0L);
        foreach (var series in _tenants.Values)
        {
            dropped += series.Graph?.Waiting.DroppedCount ?? 0;
            overflowed += (series.Spans?.OverflowCount ?? 0) + (series.Targets?.OverflowCount ?? 0) + (series.Graph?.Series.OverflowCount ?? 0);
        }

        return (dropped, overflowed, _outOfRange);
    }

    /// <inheritdoc/>
    public byte[] Save()
    {
        using var output = new PooledBufferWriter();
        output.WriteByte(Version);
        output.WriteByte((byte)((_spanMetrics is null ? 0 : 1) | (_serviceGraphs is null ? 0 : 2)));
        output.WriteUnsigned((ulong)_tenants.Count);
        foreach (var (tenant, series) in _tenants)
        {
            output.WriteLengthPrefixed(Encoding.UTF8.GetBytes(tenant.Name));
            series.Spans?.Save(output);
            series.Targets?.Save(output);
            series.Graph?.Save(output);
        }

        return output.WrittenSpan.ToArray();
    }

    /// <inheritdoc/>
    public void Load(ReadOnlySpan<byte> saved)
    {
        var reader = new VarintReader(saved);
        if (reader.ReadByte() != Version)
            throw new InvalidDataException("The span metrics that the metastore keeps have a version that this program does not know.");
        var parts = reader.ReadByte();

        // What is not counted any more is read into tables that nobody keeps.
        using var otherSpanMetrics = new SpanMetricsProcessor(new SpanMetricsOptions(), _options, new WantedAttributes());
        using var otherGraphs = new ServiceGraphProcessor(new ServiceGraphOptions(), _options, new WantedAttributes());
        var spanMetrics = (parts & 1) == 0 ? null : _spanMetrics ?? otherSpanMetrics;
        var graphs = (parts & 2) == 0 ? null : _serviceGraphs ?? otherGraphs;
        for (var tenants = reader.ReadCount(saved.Length); tenants > 0 && !reader.Failed; tenants--)
        {
            var series = FindOrAdd(new TenantId(Encoding.UTF8.GetString(reader.ReadLengthPrefixed())));
            if (spanMetrics is not null)
            {
                (series.Spans ?? TableOf(spanMetrics.Layout)).Load(ref reader);
                (series.Targets ?? TableOf(spanMetrics.TargetLayout)).Load(ref reader);
            }

            if (graphs is not null) (series.Graph ?? GraphOf(graphs)).Load(ref reader);
        }

        if (reader.Failed || !reader.AtEnd) throw new InvalidDataException("The span metrics that the metastore keeps break off.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _spanMetrics?.Dispose();
        _serviceGraphs?.Dispose();
    }

    private static SeriesSnapshot? CopyOf(SeriesTable? table, long nowMs)
    {
        if (table is null) return null;
        var ended = new List<byte[]>();
        table.Expire(nowMs, ended);
        return table.Copy(ended);
    }

    private bool IsInRange(in SpanEntry span, long receivedUnixMs)
    {
        if (_options.TimeRangeSlack is not { } slack) return true;
        var endMs = (span.StartUnixNanos / NanosPerMs) + (span.DurationNanos / NanosPerMs);
        if (Math.Abs(endMs - receivedUnixMs) <= slack.TotalMilliseconds) return true;
        _outOfRange++;
        return false;
    }

    private void BeginResources(int count)
    {
        while (_resources.Count < count) _resources.Add(new ResourceFacts { Found = new FoundValue[_wanted.Count] });
        if (_isRead.Length < count) _isRead = new bool[Math.Max(count, _isRead.Length * 2)];
        else _isRead.AsSpan(0, count).Clear();
    }

    private ResourceFacts ResourceOf(SpanBatch batch, int index)
    {
        var facts = _resources[index];
        if (_isRead[index]) return facts;
        var resource = batch.Resources[index];
        facts.Attributes = resource.Attributes;
        facts.Service = resource.ServiceName;
        var attributes = batch.Read(resource.Attributes);
        var hash = Hash128.Compute(attributes, _seed);
        var named = Hash128.Compute(batch.Read(resource.ServiceName), hash.Lo);
        facts.Hash = new Hash128(hash.Hi ^ named.Hi, named.Lo);
        _wanted.Find(attributes, facts.Found);
        _isRead[index] = true;
        return facts;
    }

    private TenantSeries FindOrAdd(TenantId tenant)
    {
        if (_tenants.TryGetValue(tenant, out var series)) return series;
        series = new TenantSeries(
            _spanMetrics is null ? null : TableOf(_spanMetrics.Layout),
            _spanMetrics is null ? null : TableOf(_spanMetrics.TargetLayout),
            _serviceGraphs is null ? null : GraphOf(_serviceGraphs));
        return _tenants[tenant] = series;
    }

    private SeriesTable TableOf(SeriesLayout layout) =>
        new(layout, _options.MaxActiveSeries, (long)_options.StaleAfter.TotalMilliseconds, _seed);

    private ServiceGraphState GraphOf(ServiceGraphProcessor graphs) => new(TableOf(graphs.Layout), graphs.MaxItems, _seed);

    private sealed record TenantSeries(SeriesTable? Spans, SeriesTable? Targets, ServiceGraphState? Graph)
    {
        public bool IsEmpty => (Spans?.Count ?? 0) + (Targets?.Count ?? 0) + (Graph?.Series.Count ?? 0) + (Graph?.Waiting.Count ?? 0) == 0;
    }
}

/// <summary>All counts at one time.</summary>
/// <param name="AtMs">The time, Unix milliseconds.</param>
/// <param name="Tenants">Counts by tenant.</param>
internal sealed record DerivedCounts(long AtMs, IReadOnlyList<TenantCounts> Tenants);

/// <summary>A tenant's counts.</summary>
/// <param name="Tenant">Whose they are.</param>
/// <param name="Spans">Span metrics.</param>
/// <param name="Targets">Resources.</param>
/// <param name="Graph">The service graph.</param>
internal sealed record TenantCounts(TenantId Tenant, SeriesSnapshot? Spans, SeriesSnapshot? Targets, SeriesSnapshot? Graph)
{
    /// <summary>Whether nothing is counted.</summary>
    public bool IsEmpty => CountOf(Spans) + CountOf(Targets) + CountOf(Graph) == 0;

    private static int CountOf(SeriesSnapshot? snapshot) => snapshot is null ? 0 : snapshot.Rows.Count + snapshot.Ended.Count;
}
