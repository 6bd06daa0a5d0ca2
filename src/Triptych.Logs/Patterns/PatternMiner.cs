using Triptych.Columnar.Rows;
using Triptych.Primitives.Memory;

namespace Triptych.Logs.Patterns;

/// <summary>
/// Counts lines by their pattern (<see cref="PatternTree"/>) and step. In: lines with level and step, or patterns found before with their counts. Out:
/// patterns, most frequent first; counts always add up to the lines. One thread at a time; dispose it to give the budget back.
/// </summary>
internal sealed class PatternMiner(MemoryBudget? budget) : IDisposable
{
    private readonly PatternTree _tree = new(budget);
    private bool _isDisposed;

    /// <summary>Counts a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="level">Its level; lines of different levels have no pattern in common.</param>
    /// <param name="step">The number of its step.</param>
    public void Add(ReadOnlySpan<byte> line, string level, long step) => _tree.Match(line, level).Count(step, 1, budget);

    /// <summary>What lines count for that were found to have a pattern.</summary>
    public PatternCluster ClusterOf(ReadOnlySpan<byte> pattern, string level) => _tree.MatchText(pattern, level);

    /// <summary>Counts lines that were found to have a pattern.</summary>
    public void Add(PatternCluster cluster, long step, long count) => cluster.Count(step, count, budget);

    /// <summary>The patterns, most frequent first.</summary>
    /// <param name="stepNanos">The length of a step.</param>
    /// <param name="most">How many at most; the rest is left out.</param>
    public IReadOnlyList<LogPattern> Finish(long stepNanos, int most)
    {
        // Clusters may have become equal.
        var found = new Dictionary<(string Text, string Level), (long Lines, List<PatternCluster> Clusters)>();
        foreach (var cluster in _tree.Clusters)
        {
            var key = (_tree.TextOf(cluster), cluster.Level);
            var (lines, clusters) = found.GetValueOrDefault(key, (0, []));
            clusters.Add(cluster);
            found[key] = (lines + cluster.Counts.Sum(static c => c.Value), clusters);
        }

        return
        [
            .. found.Where(f => f.Value.Lines > 0).OrderByDescending(f => f.Value.Lines).ThenBy(f => f.Key.Text, StringComparer.Ordinal).Take(most)
                .Select(f => new LogPattern(f.Key.Text, f.Key.Level, Samples(f.Value.Clusters, stepNanos))),
        ];
    }

    /// <summary>The lines of clusters by the times of their steps, ascending.</summary>
    private static (long, long)[] Samples(List<PatternCluster> clusters, long stepNanos)
    {
        var counts = clusters.SelectMany(static c => c.Counts).ToArray();
        Array.Sort(counts, static (a, b) => a.Key.CompareTo(b.Key));
        var samples = new List<(long, long)>(counts.Length);
        foreach (var (step, count) in counts)
        {
            var time = step * stepNanos;
            if (samples.Count > 0 && samples[^1].Item1 == time) samples[^1] = (time, samples[^1].Item2 + count);
            else samples.Add((time, count));
        }

        return [.. samples];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        budget?.Return(_tree.ChargedBytes + _tree.Clusters.Sum(static c => c.ChargedBytes));
    }
}
