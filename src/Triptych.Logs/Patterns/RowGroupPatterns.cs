using System.Globalization;
using System.Text;
using Triptych.Logs.Block;
using Triptych.Model.Logs;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Memory;

namespace Triptych.Logs.Patterns;

/// <summary>
/// Finds the patterns of row groups while they are written and makes a section of each one's (<see cref="PatternSection"/>). Streams are not named, only runs
/// of neighbouring rows of one stream, so that a row group keeps the section in whatever file it is. What was learned from a row group serves the next
/// one, until there are too many patterns. Where a section would be too large, steps become longer, then rare patterns become <c>&lt;_&gt;</c>; where
/// that is not enough there is none. Its memory is reserved at once; where there is none to spare, no patterns are found. One thread; the owner disposes it.
/// </summary>
internal sealed class RowGroupPatterns : IDisposable
{
    private const double BytesPerRow = 1.5;
    private const int LeastBytes = 2048;

    // Where lines are short or few, reading them costs less than keeping what they have in common.
    private const int LinesPerSection = 4;

    // So many lines of a row group may have a shape that is new: learning one costs some microseconds.
    private const int MostUnknown = 8 * 1024;

    // Clusters, words, shapes that are known, counts and what sorts them.
    private const long SizeBytes = 8 * 1024 * 1024;
    private const long WordBytes = 1024 * 1024;
    private const int BudgetShare = 8;
    private const int MostEntries = 64 * 1024;

    // By number of the level: a text is made once.
    private static readonly string[] s_levels = [.. Enum.GetValues<LogLevel>().Select(l => Encoding.UTF8.GetString(LevelNames.NameOf(l)))];

    private readonly ByteLease? _lease;
    private readonly NativeList<Entry> _entries;
    private readonly List<PatternCluster> _clusters = [];
    private PatternTree _tree = NewTree();
    private int _rowGroup = -1;
    private int _rows;
    private long _lineBytes;
    private int _stream;
    private int _run;

    /// <summary>Reserves its memory, if the budget has room for it and much more.</summary>
    public RowGroupPatterns(MemoryBudget budget)
    {
        _entries = new NativeList<Entry>(MemoryBudget.Unlimited("patterns"));
        if (budget.Limit / BudgetShare >= SizeBytes && budget.TryLease(SizeBytes, out var lease)) _lease = lease;
    }

    /// <summary>Whether there is memory to find patterns.</summary>
    public bool IsEnabled => _lease is not null;

    /// <summary>The section of a row group.</summary>
    public static string SectionOf(int rowGroup) => string.Create(CultureInfo.InvariantCulture, $"triptych.patterns.{rowGroup}");

    /// <summary>The name of a level, by its number; null where there is none.</summary>
    public static string? LevelOf(int level) => (uint)level < (uint)s_levels.Length ? s_levels[level] : null;

    /// <summary>Begins with a row group.</summary>
    public void Begin()
    {
        if (_tree.IsFull) _tree = NewTree();
        _tree.MostUnknown = MostUnknown;
        _entries.Clear();
        _clusters.Clear();
        _rowGroup++;
        (_rows, _lineBytes, _stream, _run) = (0, 0, -1, -1);
    }

    /// <summary>Adds the next row. Streams may have any numbers that tell them apart.</summary>
    public void Add(int stream, long timeUnixNanos, LogLevel level, ReadOnlySpan<byte> line)
    {
        if (_lease is null || ++_rows > MostEntries) return;
        _lineBytes += line.Length;
        if (stream != _stream) _run++;
        _stream = stream;
        var cluster = _tree.Match(line, LevelOf((int)level) ?? s_levels[0]);
        var step = PatternSection.StepOf(timeUnixNanos, PatternSection.StepNanos);
        var (rowGroup, place, last) = cluster.Mark;
        if (rowGroup != _rowGroup)
        {
            place = _clusters.Count;
            _clusters.Add(cluster);
        }
        else if (_entries[last] is var entry && entry.Run == _run && entry.Step == step)
        {
            _entries[last].Count++;
            return;
        }

        cluster.Mark = (_rowGroup, place, _entries.Count);
        _entries.Add(new Entry { Run = _run, Place = place, Step = step, Count = 1 });
    }

    /// <summary>Writes the section; false where there is none.</summary>
    public bool TryFinish(PooledBufferWriter output)
    {
        if (_rows == 0 || _rows > MostEntries) return false;
        var texts = _clusters.ConvertAll(_tree.TextOf);
        var most = (int)Math.Min(Math.Max(LeastBytes, _rows * BytesPerRow), _lineBytes / LinesPerSection);
        output.Reset();
        if (TryWrite(output, texts, PatternSection.ShortSteps, most)) return true;
        do
        {
            output.Reset();
            if (TryWrite(output, texts, PatternSection.LongSteps, most)) return true;
        }
        while (TryFold(texts));
        output.Reset();
        return false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _entries.Dispose();
        _lease?.Dispose();
    }

    private static PatternTree NewTree() => new(budget: null, WordBytes);

    /// <summary>Makes the rarer half of the patterns one; false where one is all there is.</summary>
    private bool TryFold(List<string> texts)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (ref readonly var entry in _entries.Span) counts[texts[entry.Place]] = counts.GetValueOrDefault(texts[entry.Place]) + entry.Count;
        counts.Remove(PatternSection.AnyText);
        if (counts.Count == 0) return false;
        var rare = counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).Skip(counts.Count / 2).Select(c => c.Key)
            .ToHashSet(StringComparer.Ordinal);
        for (var i = 0; i < texts.Count; i++)
        {
            if (rare.Contains(texts[i])) texts[i] = PatternSection.AnyText;
        }

        return true;
    }

    private bool TryWrite(PooledBufferWriter output, List<string> texts, int steps, int mostBytes)
    {
        // Clusters may have become equal, or were made so.
        var numbers = new Dictionary<(string Text, string Level), int>();
        var numberOf = new int[_clusters.Count];
        for (var i = 0; i < numberOf.Length; i++)
        {
            var key = (texts[i], _clusters[i].Level);
            if (!numbers.TryGetValue(key, out numberOf[i])) numbers[key] = numberOf[i] = numbers.Count;
        }

        using var counts = new PatternCounts(_entries.Count);
        foreach (ref readonly var entry in _entries.Span)
            counts.Add(entry.Run, numberOf[entry.Place], PatternSection.StepOf(entry.Step, steps), entry.Count);
        counts.Settle();
        var patterns = numbers.OrderBy(n => n.Value).Select(n => (Array.IndexOf(s_levels, n.Key.Level), n.Key.Text)).ToList();
        return PatternSection.TryWrite(output, patterns, steps, counts, mostBytes);
    }

    private struct Entry
    {
        public int Run;
        public int Place;
        public int Count;
        public long Step;
    }
}
