using System.Globalization;
using System.Runtime.InteropServices;
using Triptych.Model.Attributes;

namespace Triptych.TraceQL.Functions;

/// <summary>A span that may be shown for a value; the number is NaN for functions that only count.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PickedSpan(UInt128 TraceId, ulong SpanId, long TimeUnixNanos, int Step, double Value)
{
    public TraceExemplar ToExemplar(double value)
    {
        var traceId = TraceId.ToString("x32", CultureInfo.InvariantCulture).TrimStart('0');
        return new TraceExemplar(
            [
                new("trace:id", AttributeValue.String(traceId.Length == 0 ? "0" : traceId)),
                new("span:id", AttributeValue.String(SpanId.ToString("x16", CultureInfo.InvariantCulture))),
            ],
            value,
            TimeUnixNanos);
    }
}

/// <summary>
/// Picks spans to show behind the values, while they are counted: of each group at most one for each slot of time, so that they are spread over the
/// range, and of all groups a bounded number.
/// </summary>
internal sealed class ExemplarPicker(int limit, StepBins bins)
{
    private const int MaxKept = 10_000;

    private readonly double _slotsPerNano = limit / Math.Max(1.0, bins.MaxUnixNanos - (double)bins.MinUnixNanos);
    private readonly Dictionary<object, List<PickedSpan>> _kept = [];
    private readonly Dictionary<object, UInt128> _filled = [];
    private int _count;

    /// <summary>Whether any are wanted and there is room.</summary>
    public bool IsOpen => limit > 0 && _count < MaxKept;

    /// <summary>Takes the span for its group unless the slot of its time has one.</summary>
    public void Offer(object group, UInt128 traceId, ulong spanId, long startUnixNanos, double value)
    {
        var slot = Math.Clamp((int)((startUnixNanos - bins.MinUnixNanos) * _slotsPerNano), 0, TraceMetricsRequest.ExemplarLimit - 1);
        ref var filled = ref CollectionsMarshal.GetValueRefOrAddDefault(_filled, group, out _);
        if ((filled & (UInt128.One << slot)) != 0)
        {
            return;
        }

        filled |= UInt128.One << slot;
        ref var kept = ref CollectionsMarshal.GetValueRefOrAddDefault(_kept, group, out _);
        (kept ??= []).Add(new PickedSpan(traceId, spanId, startUnixNanos, bins.StepOf(startUnixNanos), value));
        _count++;
    }

    /// <summary>What was kept for a group.</summary>
    public IReadOnlyList<PickedSpan> Of(object group) => _kept.GetValueOrDefault(group) ?? [];

    /// <summary>Thins the exemplars of all series out to the limit: an equal share for each, spread over its time.</summary>
    public List<TraceSeries> Share(List<TraceSeries> series)
    {
        var left = limit;
        var waiting = series.Count(one => one.Exemplars.Count > 0);
        var shared = new List<TraceSeries>(series.Count);
        foreach (var one in series)
        {
            if (one.Exemplars.Count == 0)
            {
                shared.Add(one);
                continue;
            }

            var share = Math.Min(one.Exemplars.Count, left == 0 ? 0 : Math.Max(1, left / waiting));
            var sorted = one.Exemplars.OrderBy(exemplar => exemplar.TimeUnixNanos).ToList();
            shared.Add(one with { Exemplars = [.. Enumerable.Range(0, share).Select(i => sorted[i * sorted.Count / share])] });
            left -= share;
            waiting--;
        }

        return shared;
    }
}
