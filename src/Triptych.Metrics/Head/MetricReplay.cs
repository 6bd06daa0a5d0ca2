using System.Text;
using Triptych.Metrics.Chunks;
using Triptych.Model;
using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Checksums;

namespace Triptych.Metrics.Head;

/// <summary>
/// Takes WAL records of metrics into a head. Records name series by the numbers of the head that wrote them, for one tenant within one
/// segment; here they become this head's own. A record is taken whole or not at all. Used under the head's lock.
/// </summary>
internal sealed class MetricReplay
{
    private readonly Dictionary<TenantId, ReplayedNumbers> _tenants = [];
    private long _segment = -1;
    private ReplayedNumbers? _last;
    private TenantId _lastTenant;
    private int[] _numbers = [];
    private long[] _times = [];

    /// <summary>Takes a record whose payload <see cref="MetricRecord.Check"/> has walked.</summary>
    /// <returns>The smallest and the largest time of its samples and histograms.</returns>
    /// <exception cref="InvalidDataException">It names a series whose labels are not in its segment; nothing of it was taken.</exception>
    public (long MinTimeMs, long MaxTimeMs) Take(long segment, TenantId tenant, ReadOnlySpan<byte> payload, TenantIntake intake)
    {
        if (segment != _segment)
        {
            _segment = segment;
            foreach (var numbers in _tenants.Values) numbers.Clear();
        }

        var known = NumbersOf(tenant);
        CheckNumbers(known, payload);
        return Take(known, intake, payload);
    }

    private ReplayedNumbers NumbersOf(TenantId tenant)
    {
        // Nearly every record has the tenant of the one before.
        if (_last is not null && _lastTenant == tenant) return _last;
        if (!_tenants.TryGetValue(tenant, out var numbers)) _tenants[tenant] = numbers = new ReplayedNumbers();
        (_last, _lastTenant) = (numbers, tenant);
        return numbers;
    }

    /// <summary>Finds a number whose labels are not known before anything of the record is in.</summary>
    private static void CheckNumbers(ReplayedNumbers known, ReadOnlySpan<byte> payload)
    {
        var reader = new VarintReader(payload);
        MetricRecord.ReadDetails(ref reader, payload, out _, out _, out _);
        var first = reader;
        var defined = reader.ReadCount(MetricRecord.MaxItems);
        for (var n = defined; n > 0; n--)
        {
            known.Announce(reader.ReadUnsigned());
            reader.ReadLengthPrefixed();
        }

        if (FindUnknown(known, reader) is not { } unknown) return;
        for (var n = first.ReadCount(MetricRecord.MaxItems); n > 0; n--)
        {
            known.Withdraw(first.ReadUnsigned());
            first.ReadLengthPrefixed();
        }

        throw new InvalidDataException($"a record names series {unknown}, whose labels are not in its segment");
    }

    private static ulong? FindUnknown(ReplayedNumbers known, VarintReader reader)
    {
        var number = 0L;
        var count = reader.ReadCount(MetricRecord.MaxItems);
        for (var i = 0; i < count; i++)
        {
            number += reader.ReadSigned();
            if (!known.Has((ulong)number)) return (ulong)number;
        }

        for (var i = 0; i < count; i++) reader.ReadSigned();
        reader.ReadBytes(count * sizeof(double));
        for (var n = reader.ReadCount(MetricRecord.MaxItems); n > 0; n--)
        {
            var named = reader.ReadUnsigned();
            if (!known.Has(named)) return named;
            reader.ReadSigned();
            HistogramCodec.Read(ref reader);
        }

        for (var n = reader.ReadCount(MetricRecord.MaxItems); n > 0; n--)
        {
            var named = reader.ReadUnsigned();
            if (!known.Has(named)) return named;
            reader.ReadSigned();
            reader.ReadDouble();
            reader.ReadLengthPrefixed();
        }

        return null;
    }

    private (long MinTimeMs, long MaxTimeMs) Take(ReplayedNumbers known, TenantIntake intake, ReadOnlySpan<byte> payload)
    {
        var reader = new VarintReader(payload);
        MetricRecord.ReadDetails(ref reader, payload, out var starts, out var histogramStarts, out var sums);
        for (var n = reader.ReadCount(MetricRecord.MaxItems); n > 0; n--)
        {
            var number = reader.ReadUnsigned();
            var labels = reader.ReadLengthPrefixed();
            known.Set(number, intake.FindOrAdd(labels, XxHash64.Compute(labels)));
        }

        var (minTimeMs, maxTimeMs) = TakeSamples(known, intake, ref reader, starts, sums);
        for (var n = reader.ReadCount(MetricRecord.MaxItems); n > 0; n--)
        {
            var number = known[reader.ReadUnsigned()];
            var at = reader.ReadSigned();
            intake.AppendHistogram(number, at, HistogramCodec.Read(ref reader), histogramStarts.Next());
            (minTimeMs, maxTimeMs) = (Math.Min(minTimeMs, at), Math.Max(maxTimeMs, at));
        }

        for (var n = reader.ReadCount(MetricRecord.MaxItems); n > 0; n--)
        {
            var number = known[reader.ReadUnsigned()];
            var (at, value) = (reader.ReadSigned(), reader.ReadDouble());
            intake.AppendExemplar(number, at, value, reader.ReadLengthPrefixed());
        }

        for (var n = reader.ReadCount(MetricRecord.MaxItems); n > 0; n--)
        {
            intake.AddMetadata(new MetadataEntry(Text(ref reader), Text(ref reader), Text(ref reader), Text(ref reader)));
        }

        return (minTimeMs, maxTimeMs);
    }

    /// <summary>Numbers, times and values stand in columns, so the first two are kept until the values come.</summary>
    private (long MinTimeMs, long MaxTimeMs) TakeSamples(
        ReplayedNumbers known, TenantIntake intake, scoped ref VarintReader reader, scoped StartRuns starts, scoped SumPlaces sums)
    {
        var count = reader.ReadCount(MetricRecord.MaxItems);
        if (_numbers.Length < count) (_numbers, _times) = (new int[count], new long[count]);
        var numbers = _numbers.AsSpan(0, count);
        var times = _times.AsSpan(0, count);
        var number = 0L;
        foreach (ref var own in numbers) own = known[(ulong)(number += reader.ReadSigned())];
        var (minTimeMs, maxTimeMs) = (long.MaxValue, long.MinValue);
        var time = 0L;
        foreach (ref var at in times)
        {
            at = time += reader.ReadSigned();
            (minTimeMs, maxTimeMs) = (Math.Min(minTimeMs, at), Math.Max(maxTimeMs, at));
        }

        if (starts.IsEmpty && sums.IsEmpty && !intake.HasStarts)
        {
            for (var i = 0; i < count; i++) intake.Append(numbers[i], times[i], reader.ReadDouble());
        }
        else
        {
            for (var i = 0; i < count; i++)
            {
                var value = reader.ReadDouble();
                if (sums.IsAt(i)) intake.SetSum(ref numbers[i], new RunningSum(value, times[i]));
                intake.Append(numbers[i], times[i], value, starts.Next());
            }
        }

        return (minTimeMs, maxTimeMs);
    }

    private static string Text(ref VarintReader reader) => Encoding.UTF8.GetString(reader.ReadLengthPrefixed());
}
