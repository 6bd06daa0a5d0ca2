using Triptych.Columnar.Rows;
using Triptych.Primitives.Memory;

namespace Triptych.Logs.Patterns;

/// <summary>
/// Finds what lines have in common, as the Drain algorithm does (He and others, "Drain: an online log parsing approach with fixed depth tree", 2017): a line is
/// compared only with clusters of its level that have the same separators at the same places and the same first word, and joins the most similar one that
/// shares half of its words; words that differ become variables. Here a line that equals an earlier one but for its variables finds its cluster by one hash.
/// In: lines with level and step. Out: patterns, most frequent first. Memory is bounded: beyond <see cref="MaxClusters"/> what fits none counts for
/// <c>&lt;_&gt;</c>, so that counts always add up to the lines. One thread at a time; dispose it to give the budget back.
/// </summary>
internal sealed class PatternMiner(MemoryBudget? budget) : IDisposable
{
    /// <summary>The most clusters.</summary>
    public const int MaxClusters = 1000;

    private const int MaxRemembered = 50_000;
    private const int MaxFirstWords = 24;
    private const int MaxInLeaf = 16;
    private const long BytesPerCluster = 1024;

    private readonly PatternTokens _tokens = new();
    private readonly Dictionary<ulong, PatternCluster> _remembered = [];
    private readonly Dictionary<ulong, List<PatternCluster>> _leaves = [];
    private readonly Dictionary<ulong, HashSet<int>> _firstWords = [];
    private readonly Dictionary<string, PatternCluster> _others = new(StringComparer.Ordinal);
    private readonly List<PatternCluster> _clusters = [];
    private long _charged;

    /// <summary>Counts a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="level">Its level; lines of different levels have no pattern in common.</param>
    /// <param name="step">The number of its step.</param>
    public void Add(ReadOnlySpan<byte> line, string level, long step)
    {
        var tokens = _tokens.Cut(line);
        var levelHash = (ulong)(uint)level.GetHashCode(StringComparison.Ordinal);
        var whole = Hash(levelHash, tokens, separatorsOnly: false);
        if (!_remembered.TryGetValue(whole, out var cluster))
        {
            cluster = Find(tokens, level, levelHash);
            if (_remembered.Count < MaxRemembered) _remembered.Add(whole, cluster);
        }

        cluster.Count(step, budget);
    }

    /// <summary>The patterns, most frequent first.</summary>
    /// <param name="stepNanos">The length of a step.</param>
    /// <param name="most">How many at most; the rest is left out.</param>
    public IReadOnlyList<LogPattern> Finish(long stepNanos, int most)
    {
        // Clusters may have become equal.
        var found = new Dictionary<(string Text, string Level), SortedDictionary<long, long>>();
        foreach (var cluster in _clusters.Concat(_others.Values))
        {
            var key = (_tokens.Print(cluster.Tokens), cluster.Level);
            if (!found.TryGetValue(key, out var counts)) found[key] = counts = [];
            foreach (var (step, count) in cluster.Counts) counts[step] = counts.GetValueOrDefault(step) + count;
        }

        return
        [
            .. found.Where(f => f.Value.Count > 0).OrderByDescending(f => f.Value.Values.Sum()).ThenBy(f => f.Key.Text, StringComparer.Ordinal).Take(most)
                .Select(f => new LogPattern(f.Key.Text, f.Key.Level, [.. f.Value.Select(c => (c.Key * stepNanos, c.Value))])),
        ];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        budget?.Return(_charged + _clusters.Concat(_others.Values).Sum(static c => c.ChargedBytes));
        _charged = 0;
        _clusters.Clear();
        _others.Clear();
    }

    private PatternCluster Find(ReadOnlySpan<int> tokens, string level, ulong levelHash)
    {
        var words = 0;
        var first = PatternTokens.Variable;
        for (var i = 0; i < tokens.Length; i++)
        {
            if (PatternTokens.IsSeparator(tokens[i])) continue;
            if (words++ == 0) first = tokens[i];
        }

        var skeleton = Hash(levelHash, tokens, separatorsOnly: true);
        var leafKey = Mix(skeleton, FirstWordOf(skeleton, first));
        if (!_leaves.TryGetValue(leafKey, out var leaf)) leaf = [];
        PatternCluster? best = null;
        var bestEqual = -1;
        foreach (var cluster in leaf)
        {
            if (cluster.Tokens.Length != tokens.Length || cluster.Level != level) continue;
            var equal = cluster.EqualWords(tokens);
            if (equal > bestEqual) (best, bestEqual) = (cluster, equal);
        }

        if (best is not null && (bestEqual * 2 >= words || leaf.Count >= MaxInLeaf))
        {
            best.Widen(tokens);
            return best;
        }

        if (_clusters.Count >= MaxClusters) return OtherOf(level);
        budget?.Take(BytesPerCluster);
        _charged += BytesPerCluster;
        var made = new PatternCluster(tokens.ToArray(), level);
        _clusters.Add(made);
        leaf.Add(made);
        _leaves[leafKey] = leaf;
        return made;
    }

    /// <summary>A place where many first words were met has lines that begin with what differs.</summary>
    private int FirstWordOf(ulong skeleton, int first)
    {
        if (!_firstWords.TryGetValue(skeleton, out var met))
        {
            if (_firstWords.Count >= MaxClusters) return PatternTokens.Variable;
            _firstWords[skeleton] = met = [];
        }

        if (met.Contains(first)) return first;
        if (met.Count >= MaxFirstWords) return PatternTokens.Variable;
        met.Add(first);
        return first;
    }

    private PatternCluster OtherOf(string level)
    {
        if (!_others.TryGetValue(level, out var other)) _others[level] = other = new PatternCluster([PatternTokens.Variable], level);
        return other;
    }

    private static ulong Hash(ulong seed, ReadOnlySpan<int> tokens, bool separatorsOnly)
    {
        var hash = Mix(seed, tokens.Length);
        foreach (var token in tokens) hash = Mix(hash, separatorsOnly && !PatternTokens.IsSeparator(token) ? PatternTokens.Variable : token);
        return hash;
    }

    private static ulong Mix(ulong hash, int token)
    {
        hash = (hash ^ (uint)token) * 0x9E3779B97F4A7C15;
        return hash ^ (hash >> 29);
    }
}
