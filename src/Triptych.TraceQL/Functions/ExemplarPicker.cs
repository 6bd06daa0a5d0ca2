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

/// <summary>What spans are counted in, with those of them that may be shown: at most one for each slot of time.</summary>
internal abstract class ExemplarGroup
{
    private UInt128 _filled;

    /// <summary>The spans that were picked.</summary>
    public List<PickedSpan> Picked { get; } = [];

    public bool IsFilled(int slot) => (_filled & (UInt128.One << slot)) != 0;

    public void Fill(int slot, in PickedSpan span)
    {
        _filled |= UInt128.One << slot;
        Picked.Add(span);
    }
}

/// <summary>
/// Picks spans to show behind the values, while they are counted: of each group at most one for each slot of time, so that they are spread over the
/// range, and of all groups a bounded number.
/// </summary>
internal sealed class ExemplarPicker(int limit, StepBins bins)
{
    private const int MaxKept = 10_000;

    private readonly double _slotsPerNano =
        TraceMetricsRequest.ExemplarLimit / Math.Max(1.0, bins.MaxUnixNanos - (double)bins.MinUnixNanos);
    private int _room = limit > 0 ? MaxKept : 0;

    /// <summary>Whether none is wanted at all.</summary>
    public bool IsIdle => limit <= 0;

    /// <summary>Whether the group has none yet near that time, and there is room.</summary>
    public bool Wants(ExemplarGroup group, long startUnixNanos) => _room > 0 && !group.IsFilled(SlotOf(startUnixNanos));

    /// <summary>Takes a span that is wanted.</summary>
    public void Take(ExemplarGroup group, UInt128 traceId, ulong spanId, long startUnixNanos, double value)
    {
        _room--;
        group.Fill(SlotOf(startUnixNanos), new PickedSpan(traceId, spanId, startUnixNanos, bins.StepOf(startUnixNanos), value));
    }

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

    private int SlotOf(long startUnixNanos) =>
        Math.Clamp((int)((startUnixNanos - bins.MinUnixNanos) * _slotsPerNano), 0, TraceMetricsRequest.ExemplarLimit - 1);
}
