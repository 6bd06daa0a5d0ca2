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
        foreach (var row in matrix.Rows)
        {
            row.Values.CopyTo(buffer, 0);
            sink.Add(row.Labels, buffer);
        }
    }
}
