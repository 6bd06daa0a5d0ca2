using Triptych.Query.Steps;

namespace Triptych.TraceQL.Functions;

/// <summary>The steps of a metrics request and the bins of time before them. One thread at a time: the last bin is remembered.</summary>
internal sealed class StepBins(TraceMetricsRequest request)
{
    private int _bin;
    private long _binAfter = long.MaxValue / 2;

    /// <summary>The times that values are told for.</summary>
    public StepGrid Grid { get; } = request.StepNanos == 0
        ? StepGrid.Instant(request.EndUnixNanos)
        : StepGrid.Range((long)FloorOf(request), (long)CeilingOf(request), request.StepNanos);

    /// <summary>Whether the whole range is one bin.</summary>
    public bool IsInstant => request.StepNanos == 0;

    /// <summary>The first start of a span that counts.</summary>
    public long MinUnixNanos => IsInstant ? request.StartUnixNanos : Grid.Start - Grid.Step + 1;

    /// <summary>The end of the starts of spans that count, exclusive.</summary>
    public long MaxUnixNanos => IsInstant ? request.EndUnixNanos : Grid.End + 1;

    /// <summary>The length of a bin.</summary>
    public double Seconds => (IsInstant ? request.EndUnixNanos - request.StartUnixNanos : Grid.Step) / 1e9;

    /// <summary>How many steps a request has, before a grid is made of it.</summary>
    public static Int128 CountOf(TraceMetricsRequest request) =>
        request.StepNanos == 0 ? 1 : ((CeilingOf(request) - FloorOf(request)) / request.StepNanos) + 1;

    /// <summary>Whether a span that starts then counts.</summary>
    public bool Contains(long startUnixNanos) => startUnixNanos >= MinUnixNanos && startUnixNanos < MaxUnixNanos;

    /// <summary>The step whose bin a time is in. Scans come in slices of time, so the last answer mostly holds again.</summary>
    public int StepOf(long startUnixNanos)
    {
        if (IsInstant || (startUnixNanos > _binAfter && startUnixNanos <= _binAfter + Grid.Step))
        {
            return _bin;
        }

        _bin = (int)((startUnixNanos - Grid.Start + Grid.Step - 1) / Grid.Step);
        _binAfter = Grid.Start + ((_bin - 1) * Grid.Step);
        return _bin;
    }

    private static Int128 FloorOf(TraceMetricsRequest request) => request.StartUnixNanos / request.StepNanos * request.StepNanos;

    private static Int128 CeilingOf(TraceMetricsRequest request)
    {
        var floor = request.EndUnixNanos / request.StepNanos * request.StepNanos;
        return floor == request.EndUnixNanos ? floor : (Int128)floor + request.StepNanos;
    }
}
