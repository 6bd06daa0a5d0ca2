using Triptych.Primitives.Memory;

namespace Triptych.Logs.Patterns;

/// <summary>
/// How many lines a row group has by run, pattern and step: at most 65,536 runs, patterns and lines. First all are added, in any order; settled, they are in
/// order and each comes once. One thread; the owner disposes it.
/// </summary>
internal sealed class PatternCounts : IDisposable
{
    // A key has from the top the pattern, the run and the step, less the least step there can be: steps are of ten seconds at least, so that 32 bits do.
    private const int RunShift = 32;
    private const int PatternShift = 48;
    private const long LeastStep = long.MinValue / PatternSection.StepNanos - 1;

    private readonly NativeList<ulong> _keys;
    private readonly NativeList<int> _counts;

    /// <summary>Makes room for so many.</summary>
    public PatternCounts(int capacity)
    {
        var budget = MemoryBudget.Unlimited("patterns");
        _keys = new NativeList<ulong>(budget, capacity);
        _counts = new NativeList<int>(budget, capacity);
    }

    /// <summary>How many there are.</summary>
    public int Count => _keys.Count;

    /// <summary>Adds lines.</summary>
    public void Add(int run, int pattern, long step, int count)
    {
        _keys.Add(((ulong)(uint)pattern << PatternShift) | ((ulong)(uint)run << RunShift) | (ulong)(step - LeastStep));
        _counts.Add(count);
    }

    /// <summary>Brings them into order.</summary>
    public void Settle()
    {
        _keys.Span.Sort(_counts.Span);
        var kept = 0;
        for (var i = 0; i < _keys.Count; i++)
        {
            if (kept > 0 && _keys[kept - 1] == _keys[i])
            {
                _counts[kept - 1] += _counts[i];
                continue;
            }

            (_keys[kept], _counts[kept]) = (_keys[i], _counts[i]);
            kept++;
        }

        _keys.TryResize(kept);
        _counts.TryResize(kept);
    }

    /// <summary>The run of one.</summary>
    public int RunOf(int index) => (ushort)(_keys[index] >> RunShift);

    /// <summary>The pattern of one.</summary>
    public int PatternOf(int index) => (int)(_keys[index] >> PatternShift);

    /// <summary>The step of one.</summary>
    public long StepOf(int index) => (uint)_keys[index] + LeastStep;

    /// <summary>Its lines.</summary>
    public int CountOf(int index) => _counts[index];

    /// <inheritdoc/>
    public void Dispose()
    {
        _keys.Dispose();
        _counts.Dispose();
    }
}
