using Triptych.Primitives.Memory;

namespace Triptych.Storage.Compaction;

/// <summary>
/// Cuts a merge of time slices into steps that fit into memory, from the oldest time to the newest:
/// <list type="number">
/// <item>A row group that shares no time with others is copied, where it is large enough to be left as it is.</item>
/// <item>Else rows are taken up to a time at which they are about two slices, or as many bytes as memory has room for.</item>
/// <item>A step ends at the end of a window of the job, for an output has rows of one.</item>
/// </list>
/// Cuts come from samples of the row groups' times and are exact in what they contain, not in how much: what is too much after all is cut when it is
/// loaded. One thread.
/// </summary>
public sealed class SlicePlan
{
    /// <summary>The most rows of a row group.</summary>
    public const int SliceRows = 64 * 1024;

    /// <summary>A row group of fewer rows is merged with its neighbours rather than copied.</summary>
    public const int ProperRows = SliceRows / 2;

    private readonly MergeJob _job;
    private readonly long _stepBytes;
    private readonly double _stepRows;
    private readonly double _properRows;
    private readonly List<SliceSource> _byTime;
    private long _from = long.MinValue;

    /// <param name="job">For its windows.</param>
    /// <param name="sources">The row groups of all inputs.</param>
    /// <param name="memory">What the merge has.</param>
    public SlicePlan(MergeJob job, IEnumerable<SliceSource> sources, MemoryBudget memory)
    {
        _job = job;
        _stepBytes = MergeScale.StepBytes(memory);
        _stepRows = MergeScale.StepRows(memory);
        _properRows = MergeScale.ProperRows(memory);
        _byTime = [.. sources.OrderBy(s => s.MinTime).ThenBy(s => s.Input).ThenBy(s => s.RowGroup)];
        MarkMeetings();
    }

    /// <summary>The next step; null when all rows have been planned.</summary>
    public SliceStep? Next()
    {
        _byTime.RemoveAll(s => s.IsDone || s.MaxTime < _from);
        if (_byTime.Count == 0) return null;
        var start = Math.Max(_from, _byTime.Min(s => s.MinTime));
        var window = _job.WindowOf(start);
        var to = LastTimeOf(window);
        var load = new Load(start, _stepRows, _properRows, _stepBytes);
        foreach (var source in _byTime)
        {
            if (source.MinTime > to) break;
            if (CanCopy(source, start))
            {
                if (load.IsEmpty) return Copy(source, window);
                if (load.Rows >= _properRows && source.MinTime > start)
                {
                    to = source.MinTime - 1;
                    break;
                }
            }

            load.Add(source);
            to = Math.Min(to, load.Cut());
        }

        _from = to == long.MaxValue ? to : to + 1;
        var step = new SliceStep(start, to, window, Meeting(start, to), IsCopy: false);
        if (to == long.MaxValue) _byTime.Clear();
        return step;
    }

    private SliceStep Copy(SliceSource source, long window)
    {
        // The next row group of the same input may begin at the time at which this one ends.
        source.IsDone = true;
        _from = source.MaxTime;
        return new SliceStep(source.MinTime, source.MaxTime, window, [source], IsCopy: true);
    }

    private bool CanCopy(SliceSource source, long start) =>
        source.MayCopy && !source.MeetsOther && source.MinTime >= start && _job.WindowOf(source.MinTime) == _job.WindowOf(source.MaxTime);

    private List<SliceSource> Meeting(long from, long to) =>
        [.. _byTime.Where(s => s.MinTime <= to && s.MaxTime >= from).OrderBy(s => s.Input).ThenBy(s => s.RowGroup)];

    private long LastTimeOf(long window)
    {
        // The last window ends with the last time there is.
        var (first, width) = ((Int128)window * _job.Window, (Int128)_job.Window);
        return (long)Int128.Min(first + width - 1, long.MaxValue);
    }

    /// <summary>Marks the row groups that share a time with one of another input.</summary>
    private void MarkMeetings()
    {
        for (var i = 0; i < _byTime.Count; i++)
        {
            for (var j = i + 1; j < _byTime.Count && _byTime[j].MinTime <= _byTime[i].MaxTime; j++)
            {
                if (_byTime[i].Input == _byTime[j].Input) continue;
                _byTime[i].MeetsOther = true;
                _byTime[j].MeetsOther = true;
            }
        }
    }

    /// <summary>What row groups bring into a step, by their samples.</summary>
    private sealed class Load(long start, double maxRows, double properRows, double maxBytes)
    {
        private readonly List<(long Time, double Rows, double Bytes)> _points = [];

        public bool IsEmpty => _points.Count == 0;

        public double Rows { get; private set; }

        public void Add(SliceSource source)
        {
            var (rows, bytes) = ((double)source.Rows / source.Sample.Length, (double)source.LargestColumnBytes / source.Sample.Length);
            for (var i = 0; i < source.Sample.Length; i++)
            {
                // The rows of a point reach to the next one, which may lie in the step though the point does not.
                var reach = i + 1 < source.Sample.Length ? source.Sample[i + 1] : source.MaxTime;
                if (reach < start) continue;
                _points.Add((Math.Max(start, source.Sample[i]), rows, bytes));
                Rows += rows;
            }

            _points.Sort();
        }

        /// <summary>The last time up to which rows and bytes fit; at least the first time.</summary>
        public long Cut()
        {
            var (rows, bytes) = (0.0, 0.0);
            foreach (var point in _points)
            {
                rows += point.Rows;
                bytes += point.Bytes;
                if (rows <= maxRows && bytes <= maxBytes) continue;

                // What is left over shall not be a small slice of its own.
                if (bytes <= maxBytes && Rows < maxRows + properRows) return Half();
                return Math.Max(start, point.Time - 1);
            }

            return long.MaxValue;
        }

        private long Half()
        {
            var rows = 0.0;
            foreach (var point in _points)
            {
                rows += point.Rows;
                if (rows > Rows / 2) return Math.Max(start, point.Time - 1);
            }

            return _points[^1].Time;
        }
    }
}
