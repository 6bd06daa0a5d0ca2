using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.LogQL.Planning;
using Triptych.LogQL.Tests.Sources;
using static Triptych.LogQL.Tests.Sources.Query;

namespace Triptych.LogQL.Tests.Planning;

public sealed class LogQueryTests
{
    private readonly MemoryLogSource _source = new MemoryLogSource()
        .Add("app=a,env=prod", 1 * Second, "connection refused by 10.0.0.7:80")
        .Add("app=a,env=prod", 2 * Second, "Connection reset", "error", "trace_id=t1")
        .Add("app=b,env=prod", 3 * Second, "timeout after 5 ms", "warn", "trace_id=t2,app=hidden")
        .Add("app=b,env=dev", 4 * Second, "all fine\nsecond line")
        .Add("app=b,env=dev", 1000 * Second, "at the end, which is exclusive");

    [Fact]
    public async Task Templates_know_the_times_of_the_line_and_of_the_query_and_all_its_labels()
    {
        var source = new MemoryLogSource().Add("app=a", 7 * Second, """{"items":[{"id":"x"},{"id":"y"}]}""");
        const string Stages = """{app="a"} | line_format "{{ range (fromJson __line__).items }}{{ .id }}-{{ $.app }} {{ end }}{{ __timestamp__ | unixEpoch }}" """;
        (await LinesAsync(source, Stages)).ShouldBe("{app=a,detected_level=unknown} 7:x-a y-a 7");
        const string Labels = """{app="a"} | label_format all="{{ range $k, $v := . }}{{ $k }}={{ $v }};{{ end }}", t=`{{ date "15:04:05" now }}` | line_format "" """;
        var clock = new FixedClock(DateTimeOffset.UnixEpoch.AddSeconds(3661));
        (await LinesAsync(source, Labels, clock: clock))
            .ShouldBe("{all=app=a;detected_level=unknown;,app=a,detected_level=unknown,t=01:01:01} 7:");
    }

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }

    [Fact]
    public async Task Lines_come_newest_first_and_grouped_by_all_labels() =>
        (await LinesAsync(_source, """{env=~".+"}""")).ShouldBe(
            """
            {app=b,detected_level=unknown,env=dev} 4:all fine
            second line
            {app=hidden,detected_level=warn,env=prod,trace_id=t2} 3:timeout after 5 ms
            {app=a,detected_level=error,env=prod,trace_id=t1} 2:Connection reset
            {app=a,detected_level=unknown,env=prod} 1:connection refused by 10.0.0.7:80
            """.ReplaceLineEndings("\n"));

    [Fact]
    public async Task Forward_comes_oldest_first() =>
        (await LinesAsync(_source, """{app="a"}""", LogDirection.Forward)).ShouldBe(
            "{app=a,detected_level=unknown,env=prod} 1:connection refused by 10.0.0.7:80\n"
            + "{app=a,detected_level=error,env=prod,trace_id=t1} 2:Connection reset");

    [Fact]
    public async Task Categorised_lines_keep_metadata_and_parsed_labels_apart() =>
        (await LinesAsync(_source, """{app="a"} |= "reset" | pattern "<what> <_>" """, categorize: true)).ShouldBe(
            "{app=a,env=prod} 2:Connection reset{detected_level=error,trace_id=t1}{what=Connection}");

    [Theory]
    [InlineData("""|= "onnection" """, "1 2")]
    [InlineData("""|= "connection" """, "1")]
    [InlineData("""!= "onnection" """, "3 4")]
    [InlineData("""|= "refused" or "timeout" """, "1 3")]
    [InlineData("""!= "refused" or "timeout" """, "2 4")]
    [InlineData("""|~ "[Cc]onnection (refused|closed)" """, "1")]
    [InlineData("""|~ "(?i)connection" """, "1 2")]
    [InlineData("""|~ "fine.second" """, "4")]
    [InlineData("""|~ "timeout" """, "3")]
    [InlineData("""!~ "[Cc]onnection|timeout" """, "4")]
    [InlineData("""|= "" """, "1 2 3 4")]
    [InlineData("""|> "timeout <_> ms" """, "3")]
    [InlineData("""|> "<_> after <_>" """, "3")]
    [InlineData("""|> "timeout <_> m" """, "")]
    [InlineData("""!> "<_>onnection<_>" """, "3 4")]
    [InlineData("""|= ip("10.0.0.0/24")""", "1")]
    [InlineData("""!= ip("10.0.0.0/24")""", "2 3 4")]
    [InlineData("""|= "o" != "refused" |~ "e" """, "2 3 4")]
    [InlineData("""| trace_id="t1" """, "2")]
    [InlineData("""| trace_id!="t1" """, "1 3 4")]
    [InlineData("""| trace_id=~"t." """, "2 3")]
    [InlineData("""| trace_id=~".*" """, "1 2 3 4")]
    [InlineData("""| trace_id="" """, "1 4")]
    [InlineData("""| trace_id="t1" or trace_id="t2" """, "2 3")]
    [InlineData("""| detected_level="error" """, "2")]
    [InlineData("""| detected_level!~"error|warn" """, "1 4")]
    [InlineData("""| app="b" """, "4")]
    [InlineData("""| app="hidden" """, "3")]
    [InlineData("""| env="dev" and app="b" """, "4")]
    public async Task Filters_keep_the_lines_that_they_should(string stages, string expectedTimes)
    {
        var answer = await LinesAsync(_source, """{env=~".+"} """ + stages, LogDirection.Forward);
        var times = string.Join(' ', new[] { 1, 2, 3, 4 }.Where(t => answer.Contains($" {t}:", StringComparison.Ordinal)));
        times.ShouldBe(expectedTimes, answer);
    }

    [Fact]
    public async Task Filters_limit_and_order_are_left_to_the_scan()
    {
        await LinesAsync(_source, """{app="a"} |= "x" | json |~ "y+z" | trace_id="t1" """, limit: 7);
        var request = _source.Requests.ShouldHaveSingleItem();
        request.Order.ShouldBe(RowOrder.TimeDescending);
        var parts = request.Predicate.ShouldBeOfType<RowPredicate.And>().Parts;
        parts.Count.ShouldBe(2);
        parts[0].ShouldBeOfType<RowPredicate.Contains>();
        parts[1].ShouldBeOfType<RowPredicate.Matches>().RequiredLiterals[0].ToArray().ShouldBe("y"u8.ToArray());
        request.Limit.ShouldBe(long.MaxValue, "the label filter behind json may turn lines away");
        await LinesAsync(_source, """{app="a"} |= "x" | trace_id="t1" | json""", limit: 7);
        _source.Requests[1].Limit.ShouldBe(7);
    }

    [Fact]
    public async Task A_limit_counts_lines_that_pass_the_stages() =>
        (await LinesAsync(_source, """{env=~".+"} | app="b" or app="hidden" """, LogDirection.Forward, limit: 1)).ShouldEndWith(" 3:timeout after 5 ms");

    [Fact]
    public async Task An_interval_thins_lines_out() =>
        (await LinesAsync(_source, """{env=~".+"} | drop app, env, trace_id, detected_level""", LogDirection.Forward, interval: 2 * Second))
            .ShouldBe("{} 1:connection refused by 10.0.0.7:80 3:timeout after 5 ms");

    [Theory]
    [InlineData("""{app="a"} | line_format "{{now.Unix}}" """, "NotEvaluated: a method of a function's value in a template is not evaluated yet (line 1, col 11)")]
    [InlineData("""{app="a"} | line_format "{{define `x`}}" """, "BadData: parse error at line 1, col 11: invalid template: missing {{end}}")]
    [InlineData("""{app="a"} | label_format x="{{nothing .y}}" """,
        "BadData: parse error at line 1, col 11: invalid template: function \"nothing\" not defined")]
    [InlineData("""{app="a"} | line_format "{{.x" """, "BadData: parse error at line 1, col 11: invalid template: unclosed action")]
    [InlineData("""{app="a"} |""", "BadData: parse error at line 1, col 12: syntax error: unexpected end of query, expecting a pipeline stage or label filter")]
    public async Task Errors_name_the_construct_and_the_place(string query, string expected) =>
        (await LinesAsync(_source, query)).ShouldBe(expected);

    [Fact]
    public async Task A_storage_failure_is_an_error_and_not_a_short_answer()
    {
        var broken = new MemoryLogSource { FailAfterBatches = 1 };
        for (var i = 0; i < 9; i++) broken.Add("app=a", i, "x");
        (await LinesAsync(broken, """{app="a"}""")).ShouldBe("Storage: disk gone");
    }

    [Fact]
    public async Task Lines_beyond_the_memory_budget_end_the_query()
    {
        var source = new MemoryLogSource();
        for (var i = 0; i < 50; i++) source.Add("app=a", i, new string('x', 1000));
        var context = Context(new Triptych.Query.Budgets.QueryLimits { MaxBytes = 10_000 });
        var request = new LogQLRequest { Query = """{app="a"}""", Grid = Triptych.Query.Steps.StepGrid.Instant(0), EndUnixNanos = Second };
        var result = await new LogQLEngine(source, new LogQLOptions()).QueryAsync(request, context);
        result.Error.ShouldNotBeNull().Message.ShouldContain("10000 bytes");
    }
}
