using System.Text;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Rows;
using Triptych.Logs.Block;
using Triptych.Logs.Patterns;
using Triptych.Model;
using Triptych.Model.Logs;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Memory;

namespace Triptych.Logs.Tests.Patterns;

public sealed class RowGroupPatternsTests
{
    private const long Second = 1_000_000_000;
    private const long Origin = 1_700_000_040 * Second;

    private static readonly MemoryBudget s_budget = MemoryBudget.Unlimited("test");

    private static readonly string[] s_words =
        ["alpha", "beta:", ":gamma", "delta", "x1", "22", "<a>", ":", "::", ":5:", "a:b", "ünï", "\u0001", "7", new string('w', 64), new string('w', 65), ":9:"];

    private static readonly string[] s_separators = [" ", " ", " ", ",", "=", "[", "\t", "  ", "|", "\"", "}"];

    [Fact]
    public void Lines_of_one_shape_have_the_same_tokens()
    {
        var random = new Random(11);
        var tokens = new PatternTokens(1 << 20);
        var shape = new LineShape();
        var met = new Dictionary<ulong, (string Tokens, string Line)>();
        var repeats = 0;
        for (var i = 0; i < 60_000; i++)
        {
            var line = RandomLine(random, random.Next(1, random.Next(40) == 0 ? 700 : 5));
            var bytes = Encoding.UTF8.GetBytes(line);
            var cut = string.Join(' ', tokens.Cut(bytes, PatternTokens.MaxLineBytes).ToArray());
            if (!met.TryAdd(shape.Of(bytes, 7), (cut, line)))
            {
                repeats++;
                met[shape.Of(bytes, 7)].Tokens.ShouldBe(cut, $"{met[shape.Of(bytes, 7)].Line} and {line}");
            }
        }

        repeats.ShouldBeGreaterThan(1000);
    }

    [Theory]
    [InlineData("user 17 of 300 took 5ms", "user 4 of 1234567890123 took 123456.789ms", true)]
    [InlineData("user:17: of", "user:2: of", true)]
    [InlineData("user:17: of", "user:2 of", false)]
    [InlineData("a b", "a  b", false)]
    [InlineData("abcdefgh 1", "abcdefghi 1", false)]
    [InlineData("1 ab", "1 ba", false)]
    [InlineData("", " ", false)]
    public void Numbers_do_not_change_a_shape_and_all_else_does(string one, string other, bool isSame)
    {
        var shape = new LineShape();
        (shape.Of(Encoding.UTF8.GetBytes(one), 1) == shape.Of(Encoding.UTF8.GetBytes(other), 1)).ShouldBe(isSame);
        shape.Of(Encoding.UTF8.GetBytes(one), 1).ShouldNotBe(shape.Of(Encoding.UTF8.GetBytes(one), 2));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_section_counts_as_the_lines_do(int seed)
    {
        var random = new Random(seed);
        var rows = RandomRows(random, 5000, streams: 4, spanSeconds: 400, templates: 3);
        var (section, runs) = Write(rows);
        foreach (var wanted in new[] { 0b1111, 0b0101, 0b1000, 0 })
        {
            foreach (var (from, to) in new[] { (long.MinValue, long.MaxValue), (Origin + (60 * Second), Origin + (240 * Second)) })
            {
                using var direct = new PatternMiner(null);
                var counted = rows.Where(r => (wanted & (1 << r.Stream)) != 0 && r.Time >= from && r.Time < to).ToList();
                foreach (var row in counted) direct.Add(row.Line, RowGroupPatterns.LevelOf((int)row.Level)!, row.Time / (60 * Second));
                using var read = new PatternMiner(null);
                Add(section!, runs, read, 60 * Second, wanted, from, to).ShouldBeTrue();
                Counts(read).Values.Sum().ShouldBe(counted.Count);
                Counts(read).ShouldBe(Counts(direct), ignoreOrder: true);
            }
        }
    }

    [Fact]
    public void Longer_steps_tell_whole_minutes_and_nothing_finer()
    {
        // Two runs of one pattern; step 7 is the minute that begins at 420 s.
        using var counts = new PatternCounts(3);
        counts.Add(0, 0, 7, 2);
        counts.Add(0, 0, 8, 1);
        counts.Add(1, 0, 8, 4);
        counts.Settle();
        using var output = new PooledBufferWriter();
        PatternSection.TryWrite(output, [(0, "a <_>")], PatternSection.LongSteps, counts, 1024).ShouldBeTrue();
        var (section, runs) = (output.WrittenSpan.ToArray(), StreamRuns.Of([0, 0, 0, 1, 1, 1, 1]));
        using var read = new PatternMiner(null);
        foreach (var (step, from) in new[] { (10L, 0L), (90, 0), (60, 430) })
            AddFrom(step, from).ShouldBeFalse($"steps of {step} s from {from} s on");
        read.Finish(60 * Second, 10).ShouldBeEmpty();
        AddFrom(120, 480).ShouldBeTrue();
        read.Finish(120 * Second, 10).ShouldHaveSingleItem().Samples.ShouldBe([(480 * Second, 5)]);

        bool AddFrom(long step, long from)
        {
            using var patterns = PatternSection.Read(section, runs, "test");
            var lookup = new PatternLookup(TenantId.Default, [], from * Second, long.MaxValue, step * Second);
            return patterns.TryAddTo(read, lookup, (425 * Second, 535 * Second), _ => true);
        }
    }

    [Fact]
    public void A_section_has_at_most_a_byte_and_a_half_for_each_row_however_many_patterns_and_streams()
    {
        var rows = RandomRows(new Random(3), 20_000, streams: 600, spanSeconds: 20_000, templates: 900);

        var (section, runs) = Write(rows);

        section!.Length.ShouldBeLessThanOrEqualTo(30_000);
        using var read = new PatternMiner(null);
        Add(section, runs, read, 60 * Second).ShouldBeTrue();
        Counts(read).Values.Sum().ShouldBe(20_000);
    }

    [Fact]
    public void Lines_with_nothing_in_common_count_as_lines_without_a_pattern()
    {
        var rows = Enumerable.Range(0, 30_000)
            .Select(i => new Row(1, Origin + i, LogLevel.Info, Encoding.UTF8.GetBytes($"{Letters(i)} {Letters(i * 31)}"))).ToList();
        var (section, runs) = Write(rows);
        using var read = new PatternMiner(null);
        Add(section!, runs, read, 60 * Second).ShouldBeTrue();
        var counts = Counts(read);
        counts.Values.Sum().ShouldBe(30_000);
        counts.ShouldContain(c => c.Key.EndsWith(" <_>", StringComparison.Ordinal) && c.Value > 20_000);

        static string Letters(int i) => string.Concat(i.ToString(System.Globalization.CultureInfo.InvariantCulture).Select(c => (char)(c + 49)));
    }

    [Fact]
    public void Times_at_both_ends_are_counted()
    {
        Row[] rows =
        [
            new(0, long.MinValue, LogLevel.Info, "first of all"u8.ToArray()), new(0, -1, LogLevel.Info, "before"u8.ToArray()),
            .. Enumerable.Repeat(new Row(0, 0, LogLevel.Info, "at"u8.ToArray()), 2_000), new(0, long.MaxValue, LogLevel.Info, "last of all"u8.ToArray()),
        ];
        var (section, runs) = Write(rows);
        using var read = new PatternMiner(null);
        Add(section!, runs, read, 10 * Second, times: (long.MinValue, long.MaxValue)).ShouldBeTrue();
        read.Finish(1, 10).Select(p => $"{p.Text} {p.Samples.Single().StartUnixNanos}").ShouldBe(
            ["at 0", "before -1", "first of all -922337204", "last of all 922337203"], ignoreOrder: true);
    }

    [Fact]
    public void Without_memory_to_spare_there_are_no_patterns_and_all_memory_is_given_back()
    {
        var small = new MemoryBudget("test", 4 << 20);
        using (var patterns = new RowGroupPatterns(small))
        {
            patterns.IsEnabled.ShouldBeFalse();
            patterns.Begin();
            patterns.Add(1, Origin, LogLevel.Info, "all is well"u8);
            using var section = new PooledBufferWriter();
            patterns.TryFinish(section).ShouldBeFalse();
        }

        var large = new MemoryBudget("test", 64 << 20);
        using (var patterns = new RowGroupPatterns(large)) large.Used.ShouldBeGreaterThan(1 << 20);
        large.Used.ShouldBe(0);
        small.Used.ShouldBe(0);
    }

    [Fact]
    public void A_damaged_section_adds_nothing()
    {
        var (section, runs) = Write(RandomRows(new Random(5), 300, streams: 3, spanSeconds: 50));
        var random = new Random(6);
        var refused = 0;
        for (var i = 0; i < 400; i++)
        {
            var damaged = section.AsSpan(0, random.Next(3) == 0 ? random.Next(section!.Length) : section!.Length).ToArray();
            if (damaged.Length > 0) damaged[random.Next(damaged.Length)] ^= (byte)(1 + random.Next(255));
            using var miner = new PatternMiner(null);
            try
            {
                Add(damaged, runs, miner, 10 * Second);
                Counts(miner).Values.Sum().ShouldBe(300, "what is not refused adds up");
            }
            catch (CorruptFileException)
            {
                refused++;
            }
        }

        refused.ShouldBeGreaterThan(300);
    }

    [Fact]
    public void A_section_of_other_rows_is_refused()
    {
        var (section, _) = Write(RandomRows(new Random(5), 300, streams: 3, spanSeconds: 50));
        using var miner = new PatternMiner(null);
        Should.Throw<CorruptFileException>(() => Add(section!, StreamRuns.Of(new int[300]), miner, 10 * Second));
        Should.Throw<CorruptFileException>(() => Add(section!, StreamRuns.Of(new int[1]), miner, 10 * Second));
    }

    private static bool Add(
        byte[] section, StreamRuns runs, PatternMiner miner, long step, int wanted = -1, long from = long.MinValue, long to = long.MaxValue,
        (long, long)? times = null)
    {
        using var read = PatternSection.Read(section, runs, "test");
        return read.TryAddTo(
            miner, new PatternLookup(TenantId.Default, [], from, to, step), times ?? (Origin, Origin + (100_000 * Second)),
            stream => (wanted & (1 << stream)) != 0);
    }

    private static Dictionary<string, long> Counts(PatternMiner miner) => miner.Finish(60 * Second, 10_000)
        .SelectMany(p => p.Samples.Select(s => ($"{p.Level} {s.StartUnixNanos} {p.Text}", s.Count))).ToDictionary(p => p.Item1, p => p.Count);

    private static (byte[]? Section, StreamRuns Runs) Write(IReadOnlyList<Row> rows)
    {
        using var patterns = new RowGroupPatterns(s_budget);
        patterns.Begin();
        foreach (var row in rows) patterns.Add(row.Stream, row.Time, row.Level, row.Line);
        using var section = new PooledBufferWriter();
        var isThere = patterns.TryFinish(section);
        return (isThere ? section.WrittenSpan.ToArray() : null, StreamRuns.Of([.. rows.Select(r => r.Stream)]));
    }

    private static List<Row> RandomRows(Random random, int count, int streams, int spanSeconds, int templates = 12)
    {
        var texts = Enumerable.Range(0, templates).Select(i => $"{Name(random)} {Name(random)} of {{0}} by {Name(random)}").ToArray();
        return [.. Enumerable.Range(0, count)
            .Select(_ => new Row(
                random.Next(streams), Origin + random.NextInt64(spanSeconds * Second), (LogLevel)random.Next(3),
                Encoding.UTF8.GetBytes(string.Format(System.Globalization.CultureInfo.InvariantCulture, texts[random.Next(texts.Length)], random.Next(1000)))))
            .OrderBy(r => r.Stream).ThenBy(r => r.Time)];
    }

    private static string Name(Random random) => string.Concat(Enumerable.Range(0, 8).Select(_ => (char)('a' + random.Next(26))));

    private static string RandomLine(Random random, int words)
    {
        var line = new StringBuilder();
        for (var i = 0; i < words; i++) line.Append(s_words[random.Next(s_words.Length)]).Append(s_separators[random.Next(s_separators.Length)]);
        return line.ToString();
    }

    private sealed record Row(int Stream, long Time, LogLevel Level, byte[] Line);
}
