using Triptych.Model;
using Triptych.Model.Attributes;
using Triptych.Query;
using Triptych.Query.Budgets;
using Triptych.TraceQL.Planning;

namespace Triptych.TraceQL.Tests.Planning;

public class TraceByIdAndTagTests
{
    private static readonly List<TestSpan> Spans =
    [
        new(17, 2, 1, "b", "inner")
        {
            StartMs = 20, Kind = 3, Status = 2, StatusMessage = "bad", ScopeName = "lib",
            Attributes = new() { ["code"] = 500, ["tags"] = new object[] { "x", 7 } },
            Events = [("exception", 5, new() { ["type"] = "E" })],
        },
        new(17, 1, 0, "a", "outer") { StartMs = 10, Kind = 2, Attributes = new() { ["code"] = 200, ["ok"] = true, ["text"] = "hello" } },
        new(17, 3, 1, "b", "later") { StartMs = 30, ScopeName = "lib", Attributes = new() { ["code"] = "200" } },
        new(18, 1, 0, "c", "other") { StartMs = 40, Attributes = new() { ["ratio"] = 0.5 }, Resource = new() { ["region"] = "eu" } },
    ];

    [Theory]
    [InlineData("11")]
    [InlineData("00000000000000000000000000000011")]
    public async Task A_trace_is_read_whole_and_grouped(string id)
    {
        // The source hands the fragments out twice, as head and block may.
        var trace =
            (await new TraceQLEngine(new InMemorySpanSource([.. Spans, .. Spans], batchRows: 2)).TraceByIdAsync(id, 0, long.MaxValue, Context())).Value!;
        trace.SpanCount.ShouldBe(3);
        trace.TraceId.ShouldBe(TestSpan.TraceIdOf(17));
        trace.Resources.Count.ShouldBe(2);
        var scope = trace.Resources[0].Scopes.ShouldHaveSingleItem();
        scope.Name.ShouldBe("lib");
        scope.Spans.Select(span => span.Name).ShouldBe(["inner", "later"]);
        var inner = scope.Spans[0];
        inner.SpanId.ShouldBe(TestSpan.SpanIdOf(2));
        inner.ParentSpanId.ShouldBe(TestSpan.SpanIdOf(1));
        (inner.Kind, inner.StatusCode, inner.StatusMessage).ShouldBe((3, 2, "bad"));
        (inner.StartUnixNanos, inner.DurationNanos).ShouldBe((TestSpan.Epoch + (20 * TestSpan.Millisecond), 10 * TestSpan.Millisecond));
        inner.Attributes.ShouldBe(TestSpan.Encode(Spans[0].Attributes));
        inner.Events.ShouldBe(Spans[0].EventBytes());
        AttributeReader.TryFind(trace.Resources[0].Attributes, "service.name"u8, out var service).ShouldBeTrue();
        service.Bytes.ToArray().ShouldBe("b"u8.ToArray());
        trace.Resources[1].Scopes[0].Spans[0].ParentSpanId.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_unknown_trace_has_no_spans_and_a_bad_id_is_refused()
    {
        var engine = new TraceQLEngine(new InMemorySpanSource(Spans));
        (await engine.TraceByIdAsync("ff", 0, long.MaxValue, Context())).Value!.SpanCount.ShouldBe(0);
        foreach (var id in new[] { "", "xyz", new string('1', 33), " 1", "0x11" })
        {
            (await engine.TraceByIdAsync(id, 0, long.MaxValue, Context())).Error!.Kind.ShouldBe(QueryErrorKind.BadData, id);
        }
    }

    [Fact]
    public async Task A_trace_beyond_the_memory_limit_is_refused()
    {
        var context = new QueryContext(TenantId.Default, new QueryLimits { MaxBytes = 600 }, TestContext.Current.CancellationToken);
        var result = await new TraceQLEngine(new InMemorySpanSource(Spans)).TraceByIdAsync("11", 0, long.MaxValue, context);
        result.Error!.Kind.ShouldBe(QueryErrorKind.Execution);
        context.BytesHeld.ShouldBe(0);
    }

    [Fact]
    public async Task Tag_names_come_by_scope()
    {
        var engine = new TraceQLEngine(new InMemorySpanSource(Spans));
        var all = (await engine.TagNamesAsync(new TagNamesRequest(null, null, 0, long.MaxValue), Context())).Value!;
        all.Scopes.Select(scope => scope.Name).ShouldBe(["event", "instrumentation", "link", "resource", "span", "intrinsic"]);
        all.Scopes.Single(scope => scope.Name == "span").Tags.ShouldBe(["code", "ok", "ratio", "tags", "text"]);
        all.Scopes.Single(scope => scope.Name == "intrinsic").Tags.ShouldContain("trace:rootName");
        var resource = await engine.TagNamesAsync(new TagNamesRequest("resource", null, 0, long.MaxValue), Context());
        resource.Value!.Scopes.ShouldHaveSingleItem().Tags.ShouldBe(["region", "service.name"]);
        (await engine.TagNamesAsync(new TagNamesRequest("planet", null, 0, long.MaxValue), Context())).Error!.Message.ShouldContain("planet");
    }

    [Theory]
    [InlineData("resource.service.name", null, "string:a string:b string:c")]
    [InlineData("service.name", null, "string:a string:b string:c")]
    [InlineData(".service.name", "{ status = error }", "string:b")]
    [InlineData("span.code", null, "int:200 string:200 int:500")]
    [InlineData("code", "{ resource.service.name = \"b\" && name != nil }", "string:200 int:500")]
    [InlineData("span.ok", null, "bool:true")]
    [InlineData("span.ratio", null, "float:0.5")]
    [InlineData("span.tags", null, "int:7 string:x")]
    [InlineData("name", "{ .code + 1 = 201 }", "string:outer")]
    [InlineData("span:name", "{ kind = server }", "string:outer")]
    [InlineData("event:name", null, "string:exception")]
    [InlineData("event.type", null, "string:E")]
    [InlineData("instrumentation:name", null, "string:lib")]
    [InlineData("status", null, "keyword:error keyword:ok keyword:unset")]
    [InlineData("rootName", null, "string:other string:outer")]
    [InlineData("rootServiceName", "{ name = \"outer\" }", "string:a")]
    [InlineData("duration", null, "")]
    [InlineData("span.missing", null, "")]
    [InlineData("name", "{ false }", "")]
    // What is still being typed filters by its complete conditions.
    [InlineData("name", "{ resource.service.name = \"b\" && span.x = }", "string:inner string:later")]
    [InlineData("name", "{ resource.service.name = \"b\" && ", "string:inner string:later")]
    [InlineData("name", "{ resource.service.name = \"a && b\" && span.x = }", "")]
    [InlineData("name", "{ span.x = ", "string:inner string:later string:other string:outer")]
    [InlineData("name", "nonsense", "string:inner string:later string:other string:outer")]
    public async Task Tag_values_are(string tag, string? query, string expected)
    {
        var request = new TagValuesRequest(tag, query, 0, long.MaxValue);
        var result = await new TraceQLEngine(new InMemorySpanSource(Spans, batchRows: 2)).TagValuesAsync(request, Context());
        string.Join(' ', result.Value!.Values.Select(value => $"{value.Type}:{value.Value}")).ShouldBe(expected);
    }

    [Fact]
    public async Task Tag_values_are_bounded()
    {
        var request = new TagValuesRequest("name", null, 0, long.MaxValue, Limit: 2);
        var result = await new TraceQLEngine(new InMemorySpanSource(Spans)).TagValuesAsync(request, Context());
        (result.Value!.Values.Count, result.Value.IsTruncated).ShouldBe((2, true));
    }

    private static QueryContext Context() => new(TenantId.Default, new QueryLimits(), TestContext.Current.CancellationToken);
}
