using Triptych.Model.Labels;
using Triptych.Storage.Retention;

namespace Triptych.Storage.Compaction;

/// <summary>
/// How many rows of a block each retention rule with a size holds for, by time: the range is cut into <see cref="Slots"/> of equal width. Of several
/// rules the first that matches a row holds for it. Filled by a signal's <see cref="IBlockMerger"/>; one thread at a time.
/// </summary>
public sealed class RowTally
{
    /// <summary>Parts of the range.</summary>
    public const int Slots = 32;

    private readonly IReadOnlyList<RetentionRule> _rules;
    private readonly Count?[] _counts;
    private readonly ulong _width;

    /// <param name="rules">The signal's rules in their order.</param>
    /// <param name="minTime">First time that is counted, in the signal's unit.</param>
    /// <param name="maxTime">Last time that is counted, inclusive.</param>
    public RowTally(IReadOnlyList<RetentionRule> rules, long minTime, long maxTime)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTime, minTime);
        _rules = rules;
        _counts = new Count?[rules.Count];
        MinTime = minTime;
        MaxTime = maxTime;
        _width = ((ulong)(maxTime - minTime) / Slots) + 1;
    }

    /// <summary>First time that is counted.</summary>
    public long MinTime { get; }

    /// <summary>Last time that is counted, inclusive.</summary>
    public long MaxTime { get; }

    /// <summary>Rows of the block in all, whatever their time and rule: samples of metrics, records of logs, spans of traces.</summary>
    public long TotalRows { get; private set; }

    /// <summary>The rule with a size that holds for a series, stream or resource; −1 when none does.</summary>
    public int RuleOf(Func<IReadOnlyList<LabelMatcher>, bool> holds)
    {
        for (var i = 0; i < _rules.Count; i++)
        {
            if (holds(_rules[i].Matchers))
                return _rules[i].SizeBytes > 0 ? i : -1;
        }

        return -1;
    }

    /// <summary>The same for canonical labels.</summary>
    public int RuleOf(ReadOnlySpan<byte> canonicalLabels)
    {
        for (var i = 0; i < _rules.Count; i++)
        {
            if (DeletionMatch.Holds(_rules[i].Matchers, canonicalLabels))
                return _rules[i].SizeBytes > 0 ? i : -1;
        }

        return -1;
    }

    /// <summary>Counts rows of the block, whoever's they are.</summary>
    public void AddToTotal(long rows) => TotalRows += rows;

    /// <summary>Counts rows of a rule, which are in the total besides. Times out of the range are not counted.</summary>
    public void Add(int rule, long time, long rows = 1)
    {
        if (time < MinTime || time > MaxTime || rows == 0)
            return;
        var count = _counts[rule] ??= new Count();
        count.Rows[(int)((ulong)(time - MinTime) / _width)] += rows;
        count.Oldest = Math.Min(count.Oldest, time);
    }

    /// <summary>Time of the oldest row that a rule holds for; null when there is none.</summary>
    public long? OldestOf(int rule) => _counts[rule]?.Oldest;

    /// <summary>The slots of a rule that have rows, the oldest first.</summary>
    public IEnumerable<(long MinTime, long MaxTime, long Rows)> SlotsOf(int rule)
    {
        if (_counts[rule] is not { } count)
            yield break;
        for (var i = 0; i < Slots; i++)
        {
            if (count.Rows[i] == 0)
                continue;
            var from = (ulong)i * _width;
            var to = Math.Min(from + _width - 1, (ulong)(MaxTime - MinTime));
            yield return (MinTime + (long)from, MinTime + (long)to, count.Rows[i]);
        }
    }

    private sealed class Count
    {
        public long[] Rows { get; } = new long[Slots];

        public long Oldest { get; set; } = long.MaxValue;
    }
}
