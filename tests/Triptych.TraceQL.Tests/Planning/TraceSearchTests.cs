using System.Globalization;
using Triptych.Model;
using Triptych.Query;
using Triptych.Query.Budgets;
using Triptych.TraceQL.Planning;

namespace Triptych.TraceQL.Tests.Planning;

public class TraceSearchTests
{
    // Trace 1: shop, healthy.   gateway(1) > checkout(2) > payment(3), checkout(2) > db(4)
    // Trace 2: shop, failing.   gateway(1) > checkout(2) > payment(3, error)
    // Trace 3: a job without a root: worker(2) hangs under an unknown span.
    private static readonly List<TestSpan> Shop =
    [
        new(1, 1, 0, "gateway", "GET /")
        {
            StartMs = 1_000, DurationMs = 900, Kind = 2,
            Attributes = new() { ["http.status_code"] = 200, ["http.route"] = "/", ["sampled"] = true },
        },
        new(1, 2, 1, "checkout", "checkout") { StartMs = 1_100, DurationMs = 600, Kind = 2, Attributes = new() { ["items"] = 3, ["ratio"] = 0.5 } },
        new(1, 3, 2, "payment", "charge") { StartMs = 1_200, DurationMs = 100, Kind = 3, Attributes = new() { ["tags"] = new[] { "red", "blue" } } },
        new(1, 4, 2, "checkout", "SELECT") { StartMs = 1_400, DurationMs = 50, Kind = 3, ScopeName = "sql", Attributes = new() { ["db"] = "pg" } },
        new(2, 1, 0, "gateway", "POST /")
        {
            StartMs = 5_000, DurationMs = 300, Kind = 2, Attributes = new() { ["http.status_code"] = 500, ["sampled"] = false },
            Resource = new() { ["region"] = "eu", ["http.route"] = "from-resource" },
        },
        new(2, 2, 1, "checkout", "checkout") { StartMs = 5_050, DurationMs = 200, Kind = 2, Attributes = new() { ["items"] = 9 } },
        new(2, 3, 2, "payment", "charge")
        {
            StartMs = 5_100, DurationMs = 100, Kind = 3, Status = 2, StatusMessage = "card refused",
            Events = [("exception", 40, new() { ["type"] = "Refused" })],
            Links = [(1, 3)],
        },
        new(3, 2, 77, "", "job") { StartMs = 9_000, DurationMs = 5, Kind = 1, Status = 1, Attributes = new() { ["items"] = "many" } },
    ];

    [Theory]
    // Intrinsics
    [InlineData("{ }", "3:1 2:3 1:4")]
    [InlineData("{ true }", "3:1 2:3 1:4")]
    [InlineData("{ false }", "")]
    [InlineData("{ 1 = 2 }", "")]
    [InlineData("{ status = error }", "2:1")]
    [InlineData("{ status != error }", "3:1 2:2 1:4")]
    [InlineData("{ kind = server }", "2:2 1:2")]
    [InlineData("{ duration > 500ms }", "1:2")]
    [InlineData("{ 500ms < span:duration }", "1:2")]
    [InlineData("{ duration > 100ms * 5 }", "1:2")]
    [InlineData("{ name = \"charge\" }", "2:1 1:1")]
    [InlineData("{ name =~ \".* /\" }", "2:1 1:1")]
    [InlineData("{ name =~ \"charge|job\" }", "3:1 2:1 1:1")]
    [InlineData("{ name !~ \"ch.*\" }", "3:1 2:1 1:2")]
    [InlineData("{ statusMessage = \"\" }", "3:1 2:2 1:4")]
    [InlineData("{ statusMessage != \"\" }", "2:1")]
    [InlineData("{ statusMessage =~ \"card.*\" }", "2:1")]
    [InlineData("{ statusMessage !~ \"card.*\" }", "3:1 2:2 1:4")]
    [InlineData("{ instrumentation:name = \"sql\" }", "1:1")]
    [InlineData("{ span:id = \"3\" }", "2:1 1:1")]
    [InlineData("{ span:id != \"0000000000000003\" }", "3:1 2:2 1:3")]
    [InlineData("{ trace:id = \"2\" }", "2:3")]
    [InlineData("{ trace:id =~ \"0+2\" }", "2:3")]
    [InlineData("{ span:parentID = \"2\" }", "2:1 1:2")]
    [InlineData("{ span:parentID = \"\" }", "2:1 1:1")]
    [InlineData("{ name != nil }", "3:1 2:3 1:4")]
    // Of the whole trace
    [InlineData("{ rootName = \"POST /\" }", "2:3")]
    [InlineData("{ rootServiceName = \"gateway\" && status = error }", "2:1")]
    [InlineData("{ trace:duration > 500ms }", "1:4")]
    [InlineData("{ span:childCount = 2 }", "1:1")]
    [InlineData("{ nestedSetParent < 0 }", "2:1 1:1")]
    [InlineData("{ nestedSetParent = -1 && name = \"GET /\" }", "1:1")]
    [InlineData("{ nestedSetLeft = 1 }", "2:1 1:1")]
    [InlineData("{ nestedSetRight - nestedSetLeft = 1 }", "2:1 1:2")]
    // Attributes
    [InlineData("{ resource.service.name = \"payment\" }", "2:1 1:1")]
    [InlineData("{ resource.service.name != \"payment\" }", "3:1 2:2 1:3")]
    [InlineData("{ .service.name = \"payment\" }", "2:1 1:1")]
    [InlineData("{ .service.name != \"payment\" }", "2:2 1:3")]
    [InlineData("{ span.http.status_code >= 500 }", "2:1")]
    [InlineData("{ span.http.status_code >= 499.5 }", "2:1")]
    [InlineData("{ .http.status_code = \"200\" }", "")]
    [InlineData("{ .http.route = \"/\" || .http.route = \"from-resource\" }", "2:1 1:1")]
    [InlineData("{ span.http.route = \"from-resource\" }", "")]
    [InlineData("{ resource.region = \"eu\" && name = \"POST /\" }", "2:1")]
    [InlineData("{ .items > 5 }", "2:1")]
    [InlineData("{ .items != 3 }", "2:1")]
    [InlineData("{ .items = nil }", "2:2 1:3")]
    [InlineData("{ nil != .items }", "3:1 2:1 1:1")]
    [InlineData("{ .items =~ \"m.*\" }", "3:1")]
    [InlineData("{ .items !~ \"x.*\" }", "3:1")]
    [InlineData("{ .items + 1 = 4 }", "1:1")]
    [InlineData("{ .items * .ratio = 1.5 }", "1:1")]
    [InlineData("{ .items / 0 = 1 }", "")]
    [InlineData("{ -.items < -5 }", "2:1")]
    [InlineData("{ .items ^ 2 = 81 }", "2:1")]
    [InlineData("{ .sampled }", "1:1")]
    [InlineData("{ !.sampled }", "2:1")]
    [InlineData("{ !(.sampled = true) }", "3:1 2:3 1:3")]
    [InlineData("{ !(!(.items = 3)) }", "1:1")]
    [InlineData("{ .sampled = false }", "2:1")]
    [InlineData("{ .tags = \"blue\" }", "1:1")]
    [InlineData("{ .tags =~ \"bl.*\" }", "1:1")]
    [InlineData("{ .tags != \"blue\" }", "")]
    [InlineData("{ .tags != \"green\" }", "1:1")]
    [InlineData("{ .tags !~ \"gr.*\" }", "1:1")]
    [InlineData("{ .db = \"pg\" || status = error }", "2:1 1:1")]
    [InlineData("{ .a = 1 || name = \"job\" && status = ok }", "3:1")]
    // Events and links
    [InlineData("{ event:name = \"exception\" }", "2:1")]
    [InlineData("{ event:name = \"other\" }", "")]
    [InlineData("{ event.type = \"Refused\" }", "2:1")]
    [InlineData("{ event.type =~ \"Ref.*\" }", "2:1")]
    [InlineData("{ event:timeSinceStart > 30ms }", "2:1")]
    [InlineData("{ event:timeSinceStart > 50ms }", "")]
    [InlineData("{ link:traceID = \"1\" && link:spanID = \"3\" }", "2:1")]
    [InlineData("{ event.type != nil }", "2:1")]
    public Task A_filter_selects(string query, string expected) => ShouldFindAsync(query, expected);

    [Theory]
    [InlineData("{ name = \"SELECT\" } && { kind = server }", "1:3")]
    [InlineData("{ name = \"SELECT\" } || { status = error }", "2:1 1:1")]
    [InlineData("{ resource.service.name = \"checkout\" } >> { resource.service.name = \"payment\" && status = error }", "2:1")]
    [InlineData("{ name = \"GET /\" } >> { }", "1:3")]
    [InlineData("{ name = \"GET /\" } > { }", "1:1")]
    [InlineData("{ } > { name = \"charge\" }", "2:1 1:1")]
    [InlineData("{ name = \"charge\" } < { }", "2:1 1:1")]
    [InlineData("{ name = \"charge\" } << { }", "2:2 1:2")]
    [InlineData("{ name = \"charge\" } ~ { }", "1:1")]
    [InlineData("{ } ~ { }", "1:2")]
    [InlineData("{ name = \"GET /\" } !>> { }", "3:1 2:3 1:1")]
    [InlineData("{ } !> { }", "3:1 2:1 1:1")]
    [InlineData("{ } !< { }", "3:1 2:1 1:2")]
    [InlineData("{ } !~ { name = \"charge\" }", "2:1")]
    [InlineData("{ name = \"checkout\" } &> { }", "2:2 1:3")]
    [InlineData("{ name = \"charge\" } &<< { kind = server }", "2:3 1:3")]
    [InlineData("{ name = \"charge\" } &~ { }", "1:2")]
    public Task A_spanset_expression_selects(string query, string expected) => ShouldFindAsync(query, expected);

    [Theory]
    [InlineData("{ } | count() > 2", "2:3 1:4")]
    [InlineData("count() = 4", "1:4")]
    [InlineData("{ kind = client } | count() = 2", "1:2")]
    [InlineData("{ } | { kind = server } | { name = \"checkout\" }", "2:1 1:1")]
    [InlineData("{ } | avg(duration) > 400ms", "1:4")]
    [InlineData("{ } | sum(duration) = 600ms", "2:3")]
    [InlineData("{ } | max(.items) = 9", "2:3")]
    [InlineData("{ } | min(.items) > 2", "2:3 1:4")]
    [InlineData("{ } | max(.missing) > 0", "")]
    [InlineData("{ } | by(resource.service.name) | count() > 1", "1:2")]
    [InlineData("{ kind = server } | by(name)", "2:1,1 1:1,1")]
    [InlineData("{ kind = server } | by(name) | coalesce()", "2:2 1:2")]
    [InlineData("({ kind = client } | count() > 1) >> { }", "")]
    [InlineData("({ kind = server } | count() > 1) > ({ kind = client } | count() = 1)", "2:1")]
    public Task A_pipeline_selects(string query, string expected) => ShouldFindAsync(query, expected);

    [Fact]
    public async Task A_trace_is_described_from_all_its_spans()
    {
        var result = await SearchAsync(
            new InMemorySpanSource(Shop),
            new TraceSearchRequest("{ status = error && event.type = \"Refused\" } | select(span:kind)", Start, End));
        var trace = result.Value!.Traces.ShouldHaveSingleItem();
        trace.TraceId.ShouldBe("00000000000000000000000000000002");
        (trace.RootServiceName, trace.RootTraceName).ShouldBe(("gateway", "POST /"));
        (trace.StartUnixNanos, trace.DurationNanos).ShouldBe((TestSpan.Epoch + (5_000 * TestSpan.Millisecond), 300 * TestSpan.Millisecond));
        trace.ServiceStats.ShouldBe([new("checkout", 1, 0), new("gateway", 1, 0), new("payment", 1, 1)]);
        var span = trace.Spansets.ShouldHaveSingleItem().Spans.ShouldHaveSingleItem();
        (span.SpanId, span.Name, span.DurationNanos).ShouldBe(("0000000000000003", "charge", 100 * TestSpan.Millisecond));
        span.Attributes.Select(a => $"{a.Key}={a.Value.ToText()}").ShouldBe(["status=error", "type=Refused", "span:kind=client"]);
        result.Value.Cost.InspectedTraces.ShouldBe(1);
    }

    [Fact]
    public async Task Computed_values_are_told_with_the_spanset()
    {
        var result = await SearchAsync(
            new InMemorySpanSource(Shop), new TraceSearchRequest("{ name = \"checkout\" } | by(.items) | avg(duration) > 300ms", Start, End));
        var set = result.Value!.Traces.ShouldHaveSingleItem().Spansets.ShouldHaveSingleItem();
        set.Attributes.Select(a => $"{a.Key}={a.Value.ToText()}").ShouldBe(["by(.items)=3", "avg(duration)=600ms"]);
    }

    [Fact]
    public async Task A_root_that_is_missing_is_told_as_such()
    {
        var result = await SearchAsync(new InMemorySpanSource(Shop), new TraceSearchRequest("{ name = \"job\" }", Start, End));
        var trace = result.Value!.Traces.ShouldHaveSingleItem();
        (trace.RootServiceName, trace.RootTraceName).ShouldBe((null, null));
    }

    [Fact]
    public async Task Spans_that_came_twice_count_once()
    {
        var result = await SearchAsync(new InMemorySpanSource([.. Shop, .. Shop]), new TraceSearchRequest("{ }", Start, End));
        Summary(result).ShouldBe("3:1 2:3 1:4");
    }

    [Fact]
    public async Task Fragments_outside_the_range_belong_to_the_trace()
    {
        var onlyPayment = new TraceSearchRequest("{ name = \"checkout\" } > { name = \"charge\" }", Epoch(1_200), Epoch(1_201));
        Summary(await SearchAsync(new InMemorySpanSource(Shop), onlyPayment)).ShouldBe("1:1");
    }

    [Fact]
    public async Task The_range_bounds_what_makes_a_candidate()
    {
        Summary(await SearchAsync(new InMemorySpanSource(Shop), new TraceSearchRequest("{ name = \"charge\" }", Epoch(0), Epoch(5_100)))).ShouldBe("1:1");
        Summary(await SearchAsync(new InMemorySpanSource(Shop), new TraceSearchRequest("{ name = \"charge\" }", Epoch(5_100), End))).ShouldBe("2:1");
    }

    [Fact]
    public async Task A_limit_takes_the_newest_and_stops_reading()
    {
        var spans = Enumerable.Range(1, 2_000).Select(n => new TestSpan(n, 1, 0, "s", "op") { StartMs = n }).ToList();
        var source = new InMemorySpanSource(spans, batchRows: 50);
        var result = await SearchAsync(source, new TraceSearchRequest("{ name = \"op\" }", Start, End, Limit: 20));
        result.Value!.Traces.Select(trace => int.Parse(trace.TraceId, NumberStyles.HexNumber, CultureInfo.InvariantCulture))
            .ShouldBe(Enumerable.Range(1_981, 20).Reverse());
        source.RowsReturned.ShouldBeLessThan(100);
    }

    [Fact]
    public async Task A_search_goes_on_past_candidates_that_do_not_qualify()
    {
        var spans = Enumerable.Range(1, 3_000).SelectMany(n => new[]
        {
            new TestSpan(n, 1, 0, n <= 10 ? "wanted" : "other", "root") { StartMs = n },
            new TestSpan(n, 2, 1, "s", "leaf") { StartMs = n },
        }).ToList();
        var result = await SearchAsync(
            new InMemorySpanSource(spans, batchRows: 512), new TraceSearchRequest("{ rootServiceName = \"wanted\" && name = \"leaf\" }", Start, End, Limit: 5));
        result.Value!.Traces.Count.ShouldBe(5);
    }

    [Fact]
    public async Task Spans_of_a_spanset_are_bounded_and_matched_counts_all()
    {
        var result = await SearchAsync(new InMemorySpanSource(Shop), new TraceSearchRequest("{ trace:id = \"1\" }", Start, End, SpansPerSpanset: 2));
        var set = result.Value!.Traces.ShouldHaveSingleItem().Spansets.ShouldHaveSingleItem();
        set.Matched.ShouldBe(4);
        set.Spans.Select(span => span.Name).ShouldBe(["GET /", "checkout"]);
    }

    [Fact]
    public async Task Conditions_reach_the_scan()
    {
        var source = new InMemorySpanSource(Shop);
        await SearchAsync(source, new TraceSearchRequest("{ resource.service.name = \"payment\" && status = error }", Start, End));
        source.Requests.Count.ShouldBe(2);
        source.RowsReturned.ShouldBe(1 + 3);
    }

    [Theory]
    [InlineData("{ .a = ", QueryErrorKind.BadData, "parse error at line 1, col 8")]
    [InlineData("{ 1 = \"a\" }", QueryErrorKind.BadData, "same type")]
    [InlineData("{ parent.a = 1 }", QueryErrorKind.NotEvaluated, "line 1, col 3")]
    [InlineData("{ } | rate()", QueryErrorKind.BadData, "metrics")]
    public async Task Refusals_are_values(string query, QueryErrorKind kind, string message)
    {
        var error = (await SearchAsync(new InMemorySpanSource(Shop), new TraceSearchRequest(query, Start, End))).Error.ShouldNotBeNull();
        error.Kind.ShouldBe(kind);
        error.Message.ShouldContain(message);
    }

    [Fact]
    public async Task Memory_is_bounded()
    {
        var spans = Enumerable.Range(1, 500).Select(n => new TestSpan(n, 1, 0, "s", "op") { StartMs = n }).ToList();
        var context = new QueryContext(TenantId.Default, new QueryLimits { MaxBytes = 10_000 }, TestContext.Current.CancellationToken);
        var result = await new TraceQLEngine(new InMemorySpanSource(spans)).SearchAsync(new TraceSearchRequest("{ }", Start, End, 500), context);
        result.Error!.Kind.ShouldBe(QueryErrorKind.Execution);
    }

    private const long Start = TestSpan.Epoch;
    private const long End = TestSpan.Epoch + (3_600_000 * TestSpan.Millisecond);

    private static long Epoch(long ms) => TestSpan.Epoch + (ms * TestSpan.Millisecond);

    private static async Task ShouldFindAsync(string query, string expected) =>
        Summary(await SearchAsync(new InMemorySpanSource(Shop), new TraceSearchRequest(query, Start, End))).ShouldBe(expected);

    private static async Task<QueryResult<TraceSearchResult>> SearchAsync(InMemorySpanSource source, TraceSearchRequest request) =>
        await new TraceQLEngine(source).SearchAsync(
            request, new QueryContext(TenantId.Default, new QueryLimits(), TestContext.Current.CancellationToken));

    /// <summary>Trace number and matched spans of each spanset, in the order of the answer.</summary>
    private static string Summary(QueryResult<TraceSearchResult> result)
    {
        result.Error.ShouldBeNull();
        return string.Join(' ', result.Value!.Traces.Select(trace =>
            $"{int.Parse(trace.TraceId, NumberStyles.HexNumber, CultureInfo.InvariantCulture)}:{string.Join(',', trace.Spansets.Select(s => s.Matched))}"));
    }
}
