using System.Text;
using Triptych.Logs.Patterns;
using Triptych.Primitives.Memory;

namespace Triptych.Logs.Tests.Patterns;

public sealed class PatternMinerTests
{
    private static IReadOnlyList<string> Mine(params string[] lines)
    {
        using var miner = new PatternMiner(null);
        foreach (var line in lines) miner.Add(Encoding.UTF8.GetBytes(line), "info", 0);
        return [.. miner.Finish(1, 100).Select(p => $"{p.Samples.Sum(s => s.Count)} {p.Text}")];
    }

    [Fact]
    public void Words_with_digits_are_variables() => Mine("user 17 took 5ms", "user 18 took 7ms").ShouldBe(["2 user <_> took <_>"]);

    [Fact]
    public void Words_that_differ_become_variables_where_at_least_half_are_equal() =>
        Mine("user ann logged in", "user bob logged in", "disk is nearly full").ShouldBe(["2 user <_> logged in", "1 disk is nearly full"]);

    [Fact]
    public void Separators_have_to_be_the_same() =>
        Mine("level=info msg=\"order accepted\" id=1", "level=info msg=\"order declined\" id=2", "level info msg order accepted id 3").ShouldBe(
        [
            "2 level=info msg=\"order <_>\" id=<_>", "1 level info msg order accepted id <_>",
        ]);

    [Fact]
    public void Json_keeps_its_keys() => Mine("{\"a\":\"x\",\"n\":1}", "{\"a\":\"y\",\"n\":2}", "{\"a\":\"z\",\"n\":3}").ShouldBe(["3 {\"a\":\"<_>\",\"n\":<_>}"]);

    [Fact]
    public void What_a_pattern_could_not_write_is_a_variable() => Mine("got <nil> from peer", "a\u0001b c").ShouldBe(["1 <_> c", "1 got <_> from peer"]);

    [Fact]
    public void Lines_that_begin_with_what_differs_come_together_after_some()
    {
        var names = Enumerable.Range(0, 200).Select(i => new string((char)('a' + (i % 26)), 1 + (i / 26)));
        Mine([.. names.Select(n => $"{n} logged in from the office")]).ShouldContain(p => p.EndsWith(" <_> logged in from the office", StringComparison.Ordinal));
    }

    [Fact]
    public void Levels_have_patterns_of_their_own_and_steps_counts_of_their_own()
    {
        using var miner = new PatternMiner(null);
        miner.Add("same line"u8, "info", 3);
        miner.Add("same line"u8, "error", 3);
        miner.Add("same line"u8, "info", 5);
        miner.Add("same line"u8, "info", 3);
        var found = miner.Finish(10, 100);
        found.Select(p => p.Level).ShouldBe(["info", "error"]);
        found[0].Samples.ShouldBe([(30, 2), (50, 1)]);
    }

    [Fact]
    public void Memory_is_bounded_and_every_line_counts()
    {
        var random = new Random(5);
        var budget = new MemoryBudget("test", 64 << 20);
        using (var miner = new PatternMiner(budget))
        {
            for (var i = 0; i < 20_000; i++)
            {
                var words = Enumerable.Range(0, random.Next(1, 40)).Select(_ => new string((char)('a' + random.Next(26)), random.Next(1, 9)));
                miner.Add(Encoding.UTF8.GetBytes(string.Join(random.Next(4) == 0 ? '=' : ' ', words)), "info", i % 50);
            }

            var found = miner.Finish(1, int.MaxValue);
            found.Count.ShouldBeLessThanOrEqualTo(PatternTree.MaxClusters + 1);
            found.Sum(p => p.Samples.Sum(s => s.Count)).ShouldBe(20_000);
            budget.Used.ShouldBeGreaterThan(0);
        }

        budget.Used.ShouldBe(0);
    }

    [Fact]
    public void Long_lines_end_with_a_variable()
    {
        Mine(string.Join(' ', Enumerable.Repeat("word", 2000))).Single().ShouldEndWith(" <_>");
        Mine(new string('x', 10_000)).ShouldBe(["1 <_>"]);
    }
}
