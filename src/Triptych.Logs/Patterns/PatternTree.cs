using Triptych.Primitives.Memory;

namespace Triptych.Logs.Patterns;

/// <summary>
/// Finds what lines have in common, as the Drain algorithm does (He and others, "Drain: an online log parsing approach with fixed depth tree", 2017): a line is
/// compared only with clusters of its level that have the same separators at the same places and the same first word, and joins the most similar one that
/// shares half of its words; words that differ become variables. Here a line that equals an earlier one but for its variables finds its cluster by one hash.
/// Memory is bounded: beyond <see cref="MaxClusters"/> what fits none belongs to <c>&lt;_&gt;</c>. One thread at a time.
/// </summary>
/// <param name="budget">Charged for clusters, which its owner gives back; null charges nothing.</param>
/// <param name="mostWordBytes">How much memory the words may take that clusters are told by.</param>
internal sealed class PatternTree(MemoryBudget? budget, long mostWordBytes = PatternTree.MostWordBytes)
{
    /// <summary>The most clusters.</summary>
    public const int MaxClusters = 1000;

    private const long MostWordBytes = 8 << 20;
    private const int MaxRemembered = 20_000;
    private const int MaxFirstWords = 24;
    private const int MaxInLeaf = 16;
    private const long BytesPerCluster = 1024;

    private readonly PatternTokens _tokens = new(mostWordBytes);
    private readonly LineShape _shape = new();
    private readonly Dictionary<ulong, PatternCluster> _remembered = [];
    private readonly Dictionary<ulong, List<PatternCluster>> _leaves = [];
    private readonly Dictionary<ulong, HashSet<int>> _firstWords = [];
    private readonly Dictionary<string, PatternCluster> _others = new(StringComparer.Ordinal);
    private readonly List<PatternCluster> _clusters = [];
    private string _level = "";
    private ulong _levelHash;

    /// <summary>All clusters, those for what fits none among them.</summary>
    public IEnumerable<PatternCluster> Clusters => _clusters.Concat(_others.Values);

    /// <summary>Whether there are as many clusters as there may be.</summary>
    public bool IsFull => _clusters.Count >= MaxClusters;

    /// <summary>
    /// How many more lines may be looked at that are not known by their hash, each of which costs far more than others do: beyond them, a line that is not
    /// known belongs to <c>&lt;_&gt;</c>.
    /// </summary>
    public int MostUnknown { get; set; } = int.MaxValue;

    /// <summary>What was taken from the budget.</summary>
    public long ChargedBytes { get; private set; }

    /// <summary>The cluster of a line.</summary>
    public PatternCluster Match(ReadOnlySpan<byte> line, string level)
    {
        if (!ReferenceEquals(level, _level)) (_level, _levelHash) = (level, (ulong)(uint)level.GetHashCode(StringComparison.Ordinal));
        var shape = _shape.Of(line, _levelHash);
        if (_remembered.TryGetValue(shape, out var cluster)) return cluster;
        if (MostUnknown == 0) return OtherOf(level);
        MostUnknown--;
        cluster = Find(_tokens.Cut(line, PatternTokens.MaxLineBytes), level, _levelHash);
        if (_remembered.Count < MaxRemembered) _remembered.Add(shape, cluster);
        return cluster;
    }

    /// <summary>The cluster of lines that have a pattern, as <see cref="TextOf"/> has told it.</summary>
    public PatternCluster MatchText(ReadOnlySpan<byte> text, string level) =>
        Find(_tokens.Cut(text, int.MaxValue), level, (ulong)(uint)level.GetHashCode(StringComparison.Ordinal));

    /// <summary>The pattern of a cluster as it is now.</summary>
    public string TextOf(PatternCluster cluster) => _tokens.Print(cluster.Tokens);

    private PatternCluster Find(ReadOnlySpan<int> tokens, string level, ulong levelHash)
    {
        var words = 0;
        var first = PatternTokens.Variable;
        for (var i = 0; i < tokens.Length; i++)
        {
            if (PatternTokens.IsSeparator(tokens[i])) continue;
            if (words++ == 0) first = tokens[i];
        }

        var skeleton = SkeletonOf(levelHash, tokens);
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

        if (IsFull) return OtherOf(level);
        budget?.Take(BytesPerCluster);
        ChargedBytes += BytesPerCluster;
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

    private static ulong SkeletonOf(ulong seed, ReadOnlySpan<int> tokens)
    {
        var hash = Mix(seed, tokens.Length);
        foreach (var token in tokens) hash = Mix(hash, PatternTokens.IsSeparator(token) ? token : PatternTokens.Variable);
        return hash;
    }

    private static ulong Mix(ulong hash, int token)
    {
        hash = (hash ^ (uint)token) * 0x9E3779B97F4A7C15;
        return hash ^ (hash >> 29);
    }
}
