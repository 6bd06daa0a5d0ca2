using Triptych.Primitives.Memory;

namespace Triptych.Logs.Patterns;

/// <summary>Lines that have a pattern in common, counted by step.</summary>
internal sealed class PatternCluster(int[] tokens, string level)
{
    /// <summary>Of a step with a count: an entry of a dictionary.</summary>
    private const long BytesPerStep = 48;

    private readonly Dictionary<long, long> _counts = [];
    private long _lastStep = long.MinValue;
    private long _lastCount;

    public ReadOnlySpan<int> Tokens => tokens;

    public string Level => level;

    /// <summary>Free for who counts in another way; see <see cref="RowGroupPatterns"/>.</summary>
    public (int RowGroup, int Place, int LastEntry) Mark { get; set; } = (-1, 0, 0);

    /// <summary>The steps that have lines.</summary>
    public IEnumerable<KeyValuePair<long, long>> Counts
    {
        get
        {
            Settle(null);
            return _counts;
        }
    }

    /// <summary>How many words are equal; separators are, for clusters are found by them.</summary>
    public int EqualWords(ReadOnlySpan<int> line)
    {
        var equal = 0;
        for (var i = 0; i < tokens.Length; i++)
        {
            if (!PatternTokens.IsSeparator(tokens[i]) && tokens[i] == line[i]) equal++;
        }

        return equal;
    }

    /// <summary>Makes what differs from a line a variable.</summary>
    public void Widen(ReadOnlySpan<int> line)
    {
        for (var i = 0; i < tokens.Length; i++)
        {
            if (tokens[i] != line[i]) tokens[i] = PatternTokens.Variable;
        }
    }

    /// <summary>Counts lines.</summary>
    /// <exception cref="MemoryBudgetExceededException">The budget has no room for another step.</exception>
    public void Count(long step, long count, MemoryBudget? budget)
    {
        if (step == _lastStep)
        {
            _lastCount += count;
            return;
        }

        Settle(budget);
        _lastStep = step;
        _lastCount = count;
    }

    // Lines come in order of time more often than not, so that a step is looked up once.
    private void Settle(MemoryBudget? budget)
    {
        if (_lastCount == 0) return;
        ref var count = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_counts, _lastStep, out var known);
        if (!known) budget?.Take(BytesPerStep);
        if (!known) ChargedBytes += budget is null ? 0 : BytesPerStep;
        count += _lastCount;
        _lastCount = 0;
    }

    /// <summary>What was taken from the budget.</summary>
    public long ChargedBytes { get; private set; }
}
