using Triptych.Model;
using Triptych.Model.Labels;
using Triptych.Storage.Catalog;
using Triptych.Storage.Retention;

namespace Triptych.Storage.Tests.Retention;

public sealed class RetentionPlannerTests
{
    private const long Gigabyte = 1_000_000_000;
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void By_default_metrics_stay_15_days_logs_31_traces_48_hours()
    {
        var options = new RetentionOptions();
        List<BlockMeta> blocks =
        [
            Block(Signal.Metrics, 14.9, 1), Block(Signal.Metrics, 15.1, 1), Block(Signal.Logs, 30.9, 1), Block(Signal.Logs, 31.1, 1),
            Block(Signal.Traces, 1.9, 1), Block(Signal.Traces, 2.1, 1),
        ];
        Expired(blocks, options).ShouldBe([(1, ExpiryReason.Time), (3, ExpiryReason.Time), (5, ExpiryReason.Time)], ignoreOrder: true);
    }

    [Fact]
    public void A_block_goes_when_its_newest_row_is_past_the_time()
    {
        var options = new RetentionOptions { Logs = new() { Time = TimeSpan.FromHours(24) } };
        var spanning = Block(Signal.Logs, 0.9, 1) with { MinTime = SignalTime.Of(Signal.Logs, Now.AddDays(-9)) };
        Expired([spanning], options).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(24, 5, 5)]
    [InlineData(7 * 24, 20, 20)]
    [InlineData(30 * 24, 100, 60)]
    [InlineData(0, 0, 60)]
    public void Time_and_size_hold_together(int hours, long gigabytes, int left)
    {
        // 60 blocks of a GB each, one for each half day, and five within the last day.
        var blocks = Enumerable.Range(0, 55).Select(i => Block(Signal.Metrics, 1.1 + (i / 2.0), Gigabyte)).ToList();
        blocks.AddRange(Enumerable.Range(0, 5).Select(static i => Block(Signal.Metrics, i / 10.0, Gigabyte)));
        var options = new RetentionOptions { Metrics = new() { Time = TimeSpan.FromHours(hours), SizeBytes = gigabytes * Gigabyte } };
        var expired = Expired(blocks, options);
        (blocks.Count - expired.Count).ShouldBe(hours == 7 * 24 ? 5 + 12 : left);
    }

    [Fact]
    public void Of_a_signal_over_its_size_the_oldest_go()
    {
        var options = new RetentionOptions { Traces = new() { SizeBytes = 5 * Gigabyte } };
        List<BlockMeta> blocks =
        [
            Block(Signal.Traces, 3, 2 * Gigabyte), Block(Signal.Traces, 1, 2 * Gigabyte), Block(Signal.Traces, 2, 2 * Gigabyte),
            Block(Signal.Logs, 4, 100 * Gigabyte),
        ];
        Expired(blocks, options).ShouldBe([(0, ExpiryReason.Size)]);
    }

    [Fact]
    public void Over_the_budget_what_is_oldest_beside_its_own_retention_goes_first()
    {
        var options = new RetentionOptions { DiskBudgetBytes = 5 * Gigabyte };
        List<BlockMeta> blocks =
        [
            Block(Signal.Metrics, 7, Gigabyte), // 7/15
            Block(Signal.Logs, 10, Gigabyte), // 10/31
            Block(Signal.Traces, 1, Gigabyte), // 24/48
            Block(Signal.Metrics, 1, Gigabyte),
            Block(Signal.Logs, 1, Gigabyte),
        ];
        Expired(blocks, options, otherBytes: 2 * Gigabyte).ShouldBe([(2, ExpiryReason.DiskBudget), (0, ExpiryReason.DiskBudget)]);
        Expired(blocks, options).ShouldBeEmpty();
    }

    [Fact]
    public void What_is_kept_for_ever_goes_last_and_then_the_oldest_first()
    {
        var options = new RetentionOptions { DiskBudgetBytes = Gigabyte, Logs = new(), Metrics = new() };
        List<BlockMeta> blocks =
        [
            Block(Signal.Logs, 90, Gigabyte), Block(Signal.Traces, 0.1, Gigabyte), Block(Signal.Metrics, 100, Gigabyte), Block(Signal.Logs, 1, Gigabyte),
        ];
        Expired(blocks, options).Select(static e => e.Index).ShouldBe([1, 2, 0]);
    }

    [Fact]
    public void A_budget_that_write_ahead_logs_alone_pass_takes_all_blocks_and_no_more()
    {
        var options = new RetentionOptions { DiskBudgetBytes = Gigabyte };
        Expired([Block(Signal.Logs, 0, 1)], options, otherBytes: 2 * Gigabyte).Count.ShouldBe(1);
        Expired([], options, otherBytes: 2 * Gigabyte).ShouldBeEmpty();
    }

    [Fact]
    public void The_next_block_to_go_by_age_is_told_for_each_signal_that_has_one()
    {
        var options = new RetentionOptions { Logs = new() { Time = TimeSpan.FromDays(3), Rules = [Rule("app", "x", days: 10)] }, Traces = new() };
        var next = RetentionPlanner.NextByAge([Block(Signal.Logs, 1, 1), Block(Signal.Logs, 2, 1), Block(Signal.Traces, 9, 1)], options);
        next.ShouldHaveSingleItem().Key.ShouldBe(Signal.Logs, "traces are kept for ever, and there are no metrics");
        next[Signal.Logs].ShouldBe(Now.AddDays(-2 + 10), "the rule that keeps longest holds whole blocks");
    }

    [Fact]
    public void A_rule_that_keeps_longer_holds_whole_blocks_back()
    {
        var options = new RetentionOptions { Logs = new() { Time = TimeSpan.FromDays(1), Rules = [Rule("app", "x", days: 10)] } };
        Expired([Block(Signal.Logs, 9, 1), Block(Signal.Logs, 11, 1)], options).ShouldBe([(1, ExpiryReason.Time)]);
        options = options with { Logs = options.Logs with { Rules = [Rule("app", "x", days: 0)] } };
        Expired([Block(Signal.Logs, 900, 1)], options).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("x", "prod", 3)]
    [InlineData("x", "dev", 3)]
    [InlineData("y", "dev", 1)]
    [InlineData("y", "prod", 9)]
    [InlineData("z", "prod", 9)]
    [InlineData("", "", 9)]
    public void Of_several_rules_the_first_that_matches_holds(string app, string environment, int days)
    {
        var retention = new SignalRetention
        {
            Time = TimeSpan.FromDays(9),
            Rules =
            [
                Rule("app", "x", days: 3),
                new RetentionRule([LabelMatcher.Create("env", MatchOp.Equal, "dev"), LabelMatcher.Create("app", MatchOp.Regex, "x|y")], TimeSpan.FromDays(1)),
            ],
        };
        var terms = RetentionTerms.Of(retention);
        terms.Longest.ShouldBe(TimeSpan.FromDays(9));
        var ages = terms.All
            .Where(t => t.Matchers.All(m => m.Matches(m.Name switch { "app" => app, "env" => environment, _ => "" })))
            .Select(static t => t.Age).Distinct();
        ages.ShouldBe([TimeSpan.FromDays(days)]);
    }

    [Fact]
    public void Too_many_rules_are_refused()
    {
        LabelMatcher[] four = [.. Enumerable.Range(0, 4).Select(static i => LabelMatcher.Create($"l{i}", MatchOp.Equal, "v"))];
        var retention = new SignalRetention { Rules = [.. Enumerable.Repeat(new RetentionRule(four, TimeSpan.FromDays(1)), 6)] };
        Should.Throw<ArgumentException>(() => RetentionTerms.Of(retention)).Message.ShouldContain("256");
    }

    private static RetentionRule Rule(string label, string value, int days) => new([LabelMatcher.Create(label, MatchOp.Equal, value)], TimeSpan.FromDays(days));

    private static List<(int Index, ExpiryReason Reason)> Expired(List<BlockMeta> blocks, RetentionOptions options, long otherBytes = 0) =>
        [.. RetentionPlanner.Expired(blocks, options, Now, otherBytes).Select(e => (blocks.IndexOf(e.Block), e.Reason))];

    private static BlockMeta Block(Signal signal, double daysOld, long sizeBytes)
    {
        var time = SignalTime.Of(signal, Now - TimeSpan.FromDays(daysOld));
        var id = Guid.CreateVersion7();
        return new BlockMeta
        {
            Id = id,
            Tenant = TenantId.Default,
            Signal = signal,
            MinTime = time,
            MaxTime = time,
            Rows = 1,
            SizeBytes = sizeBytes,
            ObjectKey = id.ToString("N"),
        };
    }
}
