using Triptych.Model;
using Triptych.Model.Metrics;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Memory;
using Triptych.Storage.Index;

namespace Triptych.Metrics.Head;

/// <summary>
/// Where what a tenant sends goes: to the series of the head, and, once these are as many as the tenant may have, all further ones to the head's side
/// (docs/adr/0010-cardinality.md). A series stays where it is for as long as its head takes appends. One number names either: those of the side begin
/// at <see cref="FirstOverflow"/>. For one batch or record, under the head's lock.
/// </summary>
internal sealed class TenantIntake(MetricHead head, TenantId tenant)
{
    /// <summary>The first number of a series of the side; no tenant may have so many in the head itself.</summary>
    public const int FirstOverflow = 8 * 1024 * 1024;

    private TenantSeries? _series = head.Find(tenant);
    private TenantSeries? _overflow = head.Side?.Find(tenant);

    /// <inheritdoc cref="TenantSeries.HasStarts"/>
    public bool HasStarts => _series is { HasStarts: true } || _overflow is { HasStarts: true };

    /// <summary>Whether the tenant is in the head.</summary>
    public bool IsKnown => _series is not null;

    /// <summary>Samples, histograms included, that went to the side.</summary>
    public long OverflowSamples { get; private set; }

    /// <summary>Series of the tenant in the head.</summary>
    public int ActiveSeries => _series?.Index.Count ?? 0;

    /// <summary>Series of the tenant in its side.</summary>
    public int OverflowSeries => _overflow?.Index.Count ?? 0;

    /// <inheritdoc cref="TenantSeries.FindWire(Hash128)"/>
    public int? FindWire(Hash128 hash)
    {
        if (_series?.FindWire(hash) is { } known) return known;
        return _overflow?.FindWire(hash) + FirstOverflow;
    }

    /// <summary>As <see cref="FindWire(Hash128)"/> for all series of a batch; entries of others are left alone, as are those not known.</summary>
    /// <param name="entries">The batch's series.</param>
    /// <param name="numbers">By series, its number.</param>
    /// <param name="unknown">What stands in <paramref name="numbers"/> where nothing is known.</param>
    public void FindWire(ReadOnlySpan<SeriesEntry> entries, Span<int> numbers, int unknown)
    {
        _series?.FindWire(entries, numbers);
        if (_overflow is not { } overflow) return;
        for (var i = 0; i < entries.Length; i++)
        {
            if (numbers[i] == unknown && entries[i].IsWire && overflow.FindWire(entries[i].Hash) is { } known) numbers[i] = known + FirstOverflow;
        }
    }

    /// <inheritdoc cref="TenantSeries.RememberWire"/>
    public void RememberWire(int series, Hash128 hash) => Of(series).RememberWire(Local(series), hash);

    /// <summary>The number of a known series; null where there is none.</summary>
    public int? Find(ReadOnlySpan<byte> canonicalLabels, ulong hash)
    {
        if (_series?.Find(canonicalLabels, hash) is { } known) return known;
        return _overflow?.Find(canonicalLabels, hash) + FirstOverflow;
    }

    /// <summary>The series with these labels, a new one where there is none.</summary>
    /// <exception cref="MemoryBudgetExceededException">There is no memory for it; nothing changed.</exception>
    public int FindOrAdd(ReadOnlySpan<byte> canonicalLabels, ulong hash)
    {
        var series = Series();
        if (series.Index.Count < head.MaxSeries || head.Side is not { } side) return series.FindOrAdd(canonicalLabels, hash);
        if (series.Find(canonicalLabels, hash) is { } known) return known;
        _overflow ??= side.FindOrAdd(tenant);
        return _overflow.FindOrAdd(canonicalLabels, hash) + FirstOverflow;
    }

    /// <inheritdoc cref="TenantSeries.TryDefineIn"/>
    public bool TryDefineIn(int series, long segment) => Of(series).TryDefineIn(Local(series), segment);

    /// <inheritdoc cref="TenantSeries.RangeOf"/>
    public (long MinTimeMs, long MaxTimeMs) RangeOf(int series) => Of(series).RangeOf(Local(series));

    /// <inheritdoc cref="TenantSeries.NewestFloatOf"/>
    public double? NewestFloatOf(int series) => Of(series).NewestFloatOf(Local(series));

    /// <inheritdoc cref="TenantSeries.Append(int, long, double)"/>
    public SamplePlace Append(int series, long timestampMs, double value)
    {
        if (series < FirstOverflow) return _series!.Append(series, timestampMs, value);
        OverflowSamples++;
        return _overflow!.Append(series - FirstOverflow, timestampMs, value);
    }

    /// <inheritdoc cref="TenantSeries.Append(int, long, double, long)"/>
    public SamplePlace Append(int series, long timestampMs, double value, long startMs)
    {
        if (series >= FirstOverflow) OverflowSamples++;
        return Of(series).Append(Local(series), timestampMs, value, startMs);
    }

    /// <inheritdoc cref="TenantSeries.AppendHistogram"/>
    public bool AppendHistogram(int series, long timestampMs, FloatHistogram histogram, long startMs)
    {
        if (series >= FirstOverflow) OverflowSamples++;
        return Of(series).AppendHistogram(Local(series), timestampMs, histogram, startMs);
    }

    /// <summary>As <see cref="TenantSeries.AppendExemplar"/>; what it returns names the series by the number used here.</summary>
    public ExemplarSample? AppendExemplar(int series, long timestampMs, double value, ReadOnlySpan<byte> canonicalLabels)
    {
        var exemplar = Of(series).AppendExemplar(Local(series), timestampMs, value, canonicalLabels);
        return series < FirstOverflow ? exemplar : exemplar is null ? null : exemplar with { Series = series };
    }

    /// <summary>
    /// What changes of the tenant's series have come to. Series that have a sum are in the head, whatever the limit: their number has a bound of its own.
    /// </summary>
    public RunningSums Sums => Series().Sums;

    /// <summary>Brings a series that is to have a running sum into the head; false where it is not there and may not be added.</summary>
    public bool TryBringIn(ref int series, bool mayAdd)
    {
        if (series < FirstOverflow) return true;
        var labels = KeyOf(series, new LabelKey());
        var hash = XxHash64.Compute(labels);
        var known = Series().Find(labels, hash);
        if (known is null && !mayAdd) return false;
        series = known ?? Series().FindOrAdd(labels, hash);
        return true;
    }

    /// <summary>Sets the sum of a series, which is in the head from then on.</summary>
    public void SetSum(ref int series, RunningSum sum)
    {
        TryBringIn(ref series, mayAdd: true);
        Sums.Set(series, sum);
    }

    /// <inheritdoc cref="TenantSeries.AddMetadata"/>
    public bool AddMetadata(MetadataEntry entry) => Series().AddMetadata(entry);

    /// <summary>The canonical labels of a series, valid until <paramref name="key"/> is used for another.</summary>
    public ReadOnlySpan<byte> KeyOf(int series, LabelKey key) => Of(series).Index.KeyOf(Local(series), key);

    /// <summary>Brings the figures of the heads up to date.</summary>
    public void Publish(long minTimeMs, long maxTimeMs)
    {
        if (_series is { } series) head.Publish(series, minTimeMs, maxTimeMs);
        if (_overflow is not { } overflow) return;
        if (OverflowSamples > 0) head.Side!.Publish(overflow, minTimeMs, maxTimeMs);
        else head.Side!.Publish(overflow, long.MaxValue, long.MinValue);
    }

    private TenantSeries Series() => _series ??= head.FindOrAdd(tenant);

    private TenantSeries Of(int series) => series < FirstOverflow ? _series! : _overflow!;

    private static int Local(int series) => series < FirstOverflow ? series : series - FirstOverflow;
}
