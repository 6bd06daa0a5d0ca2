using Triptych.Columnar.Samples;

namespace Triptych.PromQL.Planning;

/// <summary>
/// For each evaluation time the newest sample that is at most the lookback old, found once for each time vector of a batch.
/// </summary>
internal sealed class StepLookup(EvalTimes times, long lookbackMs)
{
    private readonly List<int[]> _indexes = [];
    private bool[] _known = [];

    /// <summary>To be called for each new batch.</summary>
    public void Begin(SampleBatch batch)
    {
        while (_indexes.Count < batch.TimeVectorCount)
            _indexes.Add(new int[times.Count]);
        if (_known.Length < batch.TimeVectorCount)
            _known = new bool[batch.TimeVectorCount * 2];
        Array.Clear(_known);
    }

    /// <summary>For each evaluation time the index of its sample, −1 where there is none.</summary>
    public int[] Of(SampleBatch batch, int timeVector)
    {
        var indexes = _indexes[timeVector];
        if (_known[timeVector])
            return indexes;
        _known[timeVector] = true;
        var timestamps = batch.TimeVector(timeVector);
        var next = 0;
        for (var i = 0; i < indexes.Length; i++)
        {
            var at = times.At(i);
            while (next < timestamps.Length && timestamps[next] <= at)
                next++;

            // A sample exactly as old as the lookback is too old.
            indexes[i] = next > 0 && timestamps[next - 1] > at - lookbackMs ? next - 1 : -1;
        }
        return indexes;
    }
}
