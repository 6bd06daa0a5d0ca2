using System.Text;
using System.Text.RegularExpressions;
using Triptych.Columnar;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Attributes;
using Triptych.Model.Labels;
using Triptych.Model.Logs;
using Triptych.Primitives.Memory;

namespace Triptych.Logs.Tests;

public class LogStoreTests
{
    /// <summary>What is done between append and scan, so that head, blocks and replay give the same answers.</summary>
    public static readonly TheoryData<string> Ways = ["head", "flush", "restart", "flush+restart"];

    [Theory]
    [InlineData(RowOrder.Any)]
    [InlineData(RowOrder.TimeAscending)]
    [InlineData(RowOrder.TimeDescending)]
    public async Task A_scan_gives_back_what_it_charged_and_stops_where_overlapping_slices_need_more(RowOrder order)
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var t = fixture.Now;
        for (var part = 0; part < 4; part++)
        {
            // Each part covers the time of all others, so that all must be held at once.
            var lines = Enumerable.Range(0, 200).Select(i => new Line("app=a", t + (i * 10L) + part, new string((char)('a' + part), 5000)));
            await fixture.AppendAsync(lines, TenantId.Default);
            if (part < 3) await fixture.FlushAsync();
        }

        var enough = new MemoryBudget("enough", 64 << 20);
        (await fixture.ScanAsync(order, budget: enough)).Count.ShouldBe(800);
        (await fixture.ScanAsync(order, limit: 3, budget: enough)).Count.ShouldBe(3);
        enough.Used.ShouldBe(0);
        var few = new MemoryBudget("few", 3 << 20);
        (await Should.ThrowAsync<MemoryBudgetExceededException>(() => fixture.ScanAsync(order, budget: few))).BudgetName.ShouldBe("few");
        few.Used.ShouldBe(0);
    }

    [Fact]
    public async Task Streams_give_back_what_they_charged_and_stop_past_their_budget()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var t = fixture.Now;
        var name = new string('s', 1000);
        await fixture.AppendAsync(Enumerable.Range(0, 500).Select(i => new Line($"app={name}{i}", t + i, "x")), TenantId.Default);
        var lookup = new StreamLookup(TenantId.Default, [], t, t + 500) { Budget = new MemoryBudget("enough", 64 << 20) };
        (await fixture.Store.StreamsAsync(lookup, new ScanStatistics(), CancellationToken.None)).Count.ShouldBe(500);
        lookup.Budget.Used.ShouldBe(0);

        // Room for the rows of the scan, not for 500 label sets of 1 kB each.
        var few = new MemoryBudget("few", 300_000);
        (await Should.ThrowAsync<MemoryBudgetExceededException>(
            async () => await fixture.Store.StreamsAsync(lookup with { Budget = few }, new ScanStatistics(), CancellationToken.None))).BudgetName.ShouldBe("few");
        few.Used.ShouldBe(0);
    }

    [Fact]
    public async Task Streams_come_from_what_can_be_read_with_a_warning_of_a_damaged_block()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var t = fixture.Now;
        await fixture.AppendAsync(new Line("app=lost", t, "a"));
        await fixture.FlushAsync();
        var block = fixture.Catalog.Current.Blocks(TenantId.Default, Signal.Logs).ShouldHaveSingleItem();
        var path = Path.Combine(fixture.ObjectRoot, block.ObjectKey);
        await File.WriteAllBytesAsync(path, new byte[new FileInfo(path).Length]);
        await fixture.RestartAsync();
        await fixture.AppendAsync(new Line("app=kept", t, "b"));
        var statistics = new ScanStatistics();
        var found = await fixture.Store.StreamsAsync(new StreamLookup(TenantId.Default, [], t, t + 1), statistics, CancellationToken.None);
        found.Select(f => LogStoreFixture.LabelText(f)).ShouldBe(["app=kept"]);
        statistics.Warnings.ShouldHaveSingleItem().ShouldContain(block.ObjectKey);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Records_come_back_with_all_they_had(string way)
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var t = fixture.Now;
        var trace = "0123456789abcdef0123456789abcdef";
        Line[] lines =
        [
            new("app=a", t, "plain"),
            new("app=a,zone=é", t + 1, "", "k=v", LogLevel.Info),
            new("app=b", t + 2, "ünï\0code\n", $"a=1,span_id=0123456789abcdef,trace_id={trace},z=2", LogLevel.Fatal),
            new("app=b", t + 3, "traced", $"trace_id={trace}", LogLevel.Trace),
            new("app=b", t + 4, new string('x', 5_000_000), "", LogLevel.Critical),
            new("app=b", t + 5, "after", "trace_id=not hex", LogLevel.Warn),
        ];
        (await fixture.AppendAsync(lines)).Accepted.ShouldBe(6);
        await ApplyAsync(fixture, way);
        (await fixture.ScanAsync()).ShouldBe(lines);
        (await fixture.ScanAsync(RowOrder.TimeDescending)).ShouldBe(lines.Reverse());
        (await fixture.ScanAsync(RowOrder.Any)).ShouldBe(lines, ignoreOrder: true);
        (await fixture.ScanAsync(min: t + 1, max: t + 3)).ShouldBe(lines[1..3]);
        (await fixture.ScanAsync(limit: 2)).ShouldBe(lines[..2]);
        (await fixture.ScanAsync(RowOrder.TimeDescending, limit: 2)).ShouldBe([lines[5], lines[4]]);
        (await fixture.ScanAsync(limit: 0)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Many_long_lines_are_cut_into_row_groups_that_can_be_read()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var t = fixture.Now;
        for (var i = 0; i < 20; i++) await fixture.AppendAsync(new Line("a=1", t + i, new string((char)('a' + i), 8_000_000)));
        await fixture.FlushAsync();
        var found = await fixture.ScanAsync();
        found.Select(l => (l.Time - t, l.Text.Length, l.Text[^1])).ShouldBe(Enumerable.Range(0, 20).Select(i => ((long)i, 8_000_000, (char)('a' + i))));
    }

    [Fact]
    public async Task A_line_longer_than_can_be_kept_is_refused_and_the_rest_is_kept()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var result = await fixture.AppendAsync(new Line("a=1", fixture.Now, new string('x', 1 << 24)), new Line("a=1", fixture.Now, "short"));
        result.Refusals.ShouldHaveSingleItem().Reason.ShouldBe("line_too_long");
        (await fixture.ScanAsync()).ShouldHaveSingleItem().Text.ShouldBe("short");
    }

    [Fact]
    public async Task Equal_records_are_one_over_head_blocks_and_replay()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var t = fixture.Now;
        Line[] lines = [.. Enumerable.Range(0, 40).Select(i => new Line($"a={i % 2}", t, $"line {i % 20}", i % 3 == 0 ? "k=v" : ""))];
        var distinct = lines.Distinct().ToList();
        var first = await fixture.AppendAsync(lines);
        first.Accepted.ShouldBe(40);
        first.Duplicates.ShouldBe(40 - distinct.Count);
        for (var generation = 0; generation < 3; generation++)
        {
            (await fixture.AppendAsync(lines)).Accepted.ShouldBe(40);
            foreach (var order in Enum.GetValues<RowOrder>()) (await fixture.ScanAsync(order)).ShouldBe(distinct, ignoreOrder: true);
            (await fixture.ScanAsync(limit: 7)).Count.ShouldBe(7);
            await fixture.FlushAsync();
            if (generation == 1) await fixture.RestartAsync();
            (await fixture.ScanAsync(RowOrder.TimeDescending)).ShouldBe(distinct, ignoreOrder: true);
        }

        fixture.Catalog.Current.BlockCount.ShouldBe(3);
    }

    [Fact]
    public async Task Records_of_one_stream_and_time_keep_the_order_in_which_they_came()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var t = fixture.Now;
        var lines = Enumerable.Range(0, 70_000).Select(i => new Line("a=1", t, $"{i:D6}")).ToArray();
        await fixture.AppendAsync(lines);
        (await fixture.ScanAsync()).Select(l => l.Text).ShouldBe(lines.Select(l => l.Text));
        await fixture.FlushAsync();
        (await fixture.ScanAsync()).Select(l => l.Text).ShouldBe(lines.Select(l => l.Text));
        (await fixture.ScanAsync(limit: 3)).Select(l => l.Text).ShouldBe(["000000", "000001", "000002"]);
    }

    [Fact]
    public async Task Where_the_newest_come_first_so_does_of_one_stream_and_time_what_came_last()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var t = fixture.Now;
        var lines = Enumerable.Range(0, 70_000).Select(i => new Line("a=1", t, $"{i:D6}")).ToArray();
        await fixture.AppendAsync(lines);
        (await fixture.ScanAsync(RowOrder.TimeDescending, limit: 3)).Select(l => l.Text).ShouldBe(["069999", "069998", "069997"]);
        await fixture.FlushAsync();
        (await fixture.ScanAsync(RowOrder.TimeDescending)).Select(l => l.Text).ShouldBe(lines.Select(l => l.Text).Reverse());
        (await fixture.ScanAsync(RowOrder.TimeDescending, limit: 3)).Select(l => l.Text).ShouldBe(["069999", "069998", "069997"]);

        // What comes after a flush is newer, and what is in both comes once.
        await fixture.AppendAsync(new Line("a=1", t, "later"), new Line("a=1", t, "069999"));
        (await fixture.ScanAsync(RowOrder.TimeDescending, limit: 3)).Select(l => l.Text).ShouldBe(["later", "069999", "069998"]);
        (await fixture.ScanAsync(RowOrder.TimeDescending)).Count.ShouldBe(70_001);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Predicates_choose_rows(string way)
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var t = fixture.Now;
        await fixture.AppendAsync(
            new Line("app=a", t, "GET /one", "status=200,trace_id=t1", LogLevel.Info),
            new Line("app=a", t + 1, "GET /two", "status=500", LogLevel.Error),
            new Line("app=b", t + 2, "POST /two", "", LogLevel.Error),
            new Line("app=b", t + 3, "", "empty=no", LogLevel.Unknown));
        await ApplyAsync(fixture, way);
        var get = new RowPredicate.Contains(LogColumns.Line, Encoding.UTF8.GetBytes("GET"));
        var two = new RowPredicate.Matches(LogColumns.Line, new Regex("/tw.$", RegexOptions.NonBacktracking), []);
        var error = Equal(LogColumns.Level, "error");
        await CheckAsync(get, 0, 1);
        await CheckAsync(two, 1, 2);
        await CheckAsync(new RowPredicate.And([get, new RowPredicate.Contains(LogColumns.Line, Encoding.UTF8.GetBytes("two"))]), 1);
        await CheckAsync(new RowPredicate.And([new RowPredicate.Not(get), two with { RequiredLiterals = [Encoding.UTF8.GetBytes("/tw")] }]), 2);
        await CheckAsync(new RowPredicate.And([get, new RowPredicate.Contains(LogColumns.Line, Encoding.UTF8.GetBytes("three"))]));
        await CheckAsync(error, 1, 2);
        await CheckAsync(Equal(LogColumns.MetadataValue("status"), "500"), 1);
        await CheckAsync(Equal(LogColumns.MetadataValue("trace_id"), "t1"), 0);
        await CheckAsync(new RowPredicate.Exists(LogColumns.MetadataValue("status")), 0, 1);
        await CheckAsync(new RowPredicate.And([get, error]), 1);
        await CheckAsync(new RowPredicate.And([]), 0, 1, 2, 3);
        await CheckAsync(new RowPredicate.Or([get, error]), 0, 1, 2);
        await CheckAsync(new RowPredicate.Or([]));
        await CheckAsync(new RowPredicate.Not(new RowPredicate.Or([get, two])), 3);
        await CheckAsync(new RowPredicate.And([new RowPredicate.Not(get), new RowPredicate.Or([error, Equal(LogColumns.Level, "unknown")])]), 2, 3);
        await CheckAsync(new RowPredicate.Contains(LogColumns.Line, default), 0, 1, 2, 3);
        await CheckAsync(new RowPredicate.Compare(LogColumns.LineLengthBytes, CompareOp.Greater, AttributeValue.Int(8)), 2);
        await CheckAsync(new RowPredicate.Compare(LogColumns.TimeUnixNanos, CompareOp.GreaterOrEqual, AttributeValue.Int(t + 2)), 2, 3);
        var chosen = await fixture.ScanAsync(predicate: error, matchers: [LabelMatcher.Create("app", MatchOp.NotEqual, "a")]);
        chosen.ShouldHaveSingleItem().Text.ShouldBe("POST /two");

        async Task CheckAsync(RowPredicate predicate, params int[] expected)
        {
            foreach (var order in Enum.GetValues<RowOrder>())
            {
                var found = await fixture.ScanAsync(order, predicate: predicate);
                found.Select(l => (int)(l.Time - t)).Order().ToArray().ShouldBe(expected, predicate.ToString());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Streams_are_those_with_a_record_in_the_range(string way)
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var t = fixture.Now;
        await fixture.AppendAsync(
            new Line("app=straddles", t, "x"), new Line("app=straddles", t + 100, "y"), new Line("app=inside", t + 50, "x"), new Line("b=1", t + 99, "x"));
        await ApplyAsync(fixture, way);
        (await StreamsAsync(t + 1, t + 100)).ShouldBe(["b=1", "app=inside"]);
        (await StreamsAsync(t, t + 99)).ShouldBe(["app=inside", "app=straddles"]);
        (await StreamsAsync(t + 51, t + 99)).ShouldBeEmpty();
        (await StreamsAsync(t, t + 101, [LabelMatcher.Create("app", MatchOp.Regex, "str.*")], [LabelMatcher.Create("b", MatchOp.Equal, "1")]))
            .ShouldBe(["b=1", "app=straddles"]);

        async Task<IEnumerable<string>> StreamsAsync(long min, long max, params IReadOnlyList<LabelMatcher>[] selectors)
        {
            var found = await fixture.Store.StreamsAsync(new StreamLookup(TenantId.Default, selectors, min, max), new ScanStatistics(), CancellationToken.None);
            return found.Select(s => LogStoreFixture.LabelText(s));
        }
    }

    [Fact]
    public async Task What_is_too_old_or_too_far_ahead_is_refused_and_the_rest_is_kept()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var t = fixture.Now;
        var (day, ahead) = (86_400_000_000_000L, 600_000_000_000L);
        var result = await fixture.AppendAsync(
            new Line("a=1", t - day - 1, "x"), new Line("a=1", t - day, "old"), new Line("a=1", t + ahead, "new"), new Line("a=1", t + ahead + 1, "x"));
        result.Accepted.ShouldBe(2);
        result.Refusals.Select(r => (r.Reason, r.Count)).ShouldBe([("greater_than_max_sample_age", 1L), ("too_far_in_future", 1L)]);
        result.Refusals[0].Detail.ShouldContain("2026-02-28T11:59:59.9999999Z");
        (await fixture.ScanAsync()).Select(l => l.Text).ShouldBe(["old", "new"]);
    }

    [Fact]
    public async Task A_request_sent_again_is_a_duplicate_and_tenants_do_not_see_each_other()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var (a, b) = (new TenantId("a"), new TenantId("b"));
        Line[] lines = [new("s=1", fixture.Now, "of a")];
        (await fixture.AppendAsync(lines, a, request: 1)).Status.ShouldBe(AppendStatus.Ok);
        (await fixture.AppendAsync(lines, a, request: 1)).Status.ShouldBe(AppendStatus.Duplicate);
        await fixture.FlushAsync();
        (await fixture.AppendAsync(lines, a, request: 1)).Status.ShouldBe(AppendStatus.Duplicate);
        await fixture.AppendAsync([new("s=1", fixture.Now, "of b")], b);
        (await fixture.ScanAsync(tenant: a)).ShouldHaveSingleItem().Text.ShouldBe("of a");
        (await fixture.ScanAsync(tenant: b)).ShouldHaveSingleItem().Text.ShouldBe("of b");
        (await fixture.ScanAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_block_that_is_damaged_is_a_warning_and_the_rest_is_answered()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var t = fixture.Now;
        var old = new Line("a=old", t, "old line", "k=v,trace_id=abc", LogLevel.Info);
        await fixture.AppendAsync(old);
        await fixture.FlushAsync();
        await fixture.AppendAsync(new Line("a=new", t + 1, "new line"));
        await fixture.FlushAsync();
        await fixture.AppendAsync(new Line("a=head", t + 2, "head line"));
        var first = fixture.Catalog.Current.All.OrderBy(b => b.LastSegment).First();
        var path = Directory.GetFiles(fixture.ObjectRoot, "*.parquet", SearchOption.AllDirectories)
            .Single(p => p.EndsWith($"{first.Id:N}.parquet", StringComparison.Ordinal));
        var bytes = await File.ReadAllBytesAsync(path);
        for (var at = 4; at < bytes.Length; at += 7)
        {
            await fixture.RestartAsync();
            var damaged = (byte[])bytes.Clone();
            damaged[at] ^= 0x55;
            await File.WriteAllBytesAsync(path, damaged);
            var warnings = new List<string>();
            var found = await fixture.ScanAsync(at % 2 == 0 ? RowOrder.TimeAscending : RowOrder.Any, warnings: warnings);
            found.Where(l => l != old).Select(l => l.Text).ShouldBe(["new line", "head line"], ignoreOrder: true, $"byte {at}");
            (found.Count + warnings.Count).ShouldBe(3, $"byte {at}");
        }
    }

    internal static async Task ApplyAsync(LogStoreFixture fixture, string way)
    {
        if (way.Contains("flush", StringComparison.Ordinal)) await fixture.FlushAsync();
        if (way.Contains("restart", StringComparison.Ordinal)) await fixture.RestartAsync();
    }

    private static RowPredicate.Compare Equal(ColumnRef column, string text) => new(column, CompareOp.Equal, AttributeValue.String(text));
}
