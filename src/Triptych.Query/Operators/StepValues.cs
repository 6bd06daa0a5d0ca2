using System.Runtime.InteropServices;
using Triptych.Model.Metrics;
using Triptych.Query.Steps;

namespace Triptych.Query.Operators;

/// <summary>What is often asked of the values of a row.</summary>
public static class StepValues
{
    /// <summary>Whether any step has a value.</summary>
    public static bool HasAny(ReadOnlySpan<double> values) =>
        MemoryMarshal.Cast<double, long>(values).ContainsAnyExcept(SpecialValues.StaleMarkerBits);

    /// <summary>Whether any step has none.</summary>
    public static bool HasGaps(ReadOnlySpan<double> values) =>
        MemoryMarshal.Cast<double, long>(values).Contains(SpecialValues.StaleMarkerBits);

    /// <summary>Whether any step has a float or a histogram.</summary>
    public static bool HasAny(ReadOnlySpan<double> values, ReadOnlySpan<FloatHistogram?> histograms) =>
        HasAny(values) || histograms.ContainsAnyExcept((FloatHistogram?)null);

    /// <summary>
    /// Memory of a row's histograms and of the column for them, in bytes. One that stands at neighbouring steps counts once.
    /// </summary>
    public static long HistogramBytes(ReadOnlySpan<FloatHistogram?> histograms)
    {
        var bytes = histograms.Length * 8L;
        FloatHistogram? last = null;
        foreach (var histogram in histograms)
        {
            if (histogram is null || ReferenceEquals(histogram, last)) continue;
            bytes += histogram.SizeBytes;
            last = histogram;
        }

        return bytes;
    }

    /// <summary>A new row of steps without values.</summary>
    public static double[] NewAbsent(int count)
    {
        var values = new double[count];
        Array.Fill(values, StepRow.Absent);
        return values;
    }

    /// <summary>Takes a matrix apart into a sink; rows are copied, so that the sink may overwrite what it gets.</summary>
    public static void Emit(StepMatrix matrix, IStepRowSink sink)
    {
        var buffer = new double[matrix.Grid.Count];
        FloatHistogram?[]? histograms = null;
        foreach (var row in matrix.Rows)
        {
            row.Values.CopyTo(buffer, 0);
            if (row.Histograms is null)
            {
                sink.Add(row.Labels, buffer);
                continue;
            }

            histograms ??= new FloatHistogram?[buffer.Length];
            row.Histograms.CopyTo(histograms, 0);
            sink.Add(row.Labels, buffer, histograms);
        }
    }
}
