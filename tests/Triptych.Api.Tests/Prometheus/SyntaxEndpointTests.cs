namespace Triptych.Api.Tests.Prometheus;

public sealed class SyntaxEndpointTests : IAsyncLifetime
{
    private PrometheusServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await PrometheusServer.StartAsync("promql-binop-fill-modifiers");

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Format_query_prints_the_canonical_form()
    {
        (await _server.DataAsync("/api/v1/format_query?query=sum%20by(job)(rate(up[5m]))")).ShouldBe("\"sum by (job) (rate(up[5m]))\"");
        (await _server.PostAsync("/api/v1/format_query", ("query", "1+1"))).Body.ShouldBe("""{"status":"success","data":"1 + 1"}""");
        (await _server.DataAsync("/api/v1/format_query?query=up{b=\"2\",a=\"1\"}")).ShouldBe("""
            "up{a=\"1\",b=\"2\"}"
            """);
    }

    [Fact]
    public async Task Format_query_breaks_what_is_longer_than_a_line()
    {
        const string Long = "sum by (job) (rate(http_requests_total{code=~\"5..\"}[5m])) / on (job) sum by (job) (rate(http_requests_total[5m])) > (topk(3, up))";
        (await _server.PostAsync("/api/v1/format_query", ("query", Long))).Body.ShouldBe(
            """{"status":"success","data":"    sum by (job) (rate(http_requests_total{code=~\"5..\"}[5m]))\n  / on (job)\n    """
            + """sum by (job) (rate(http_requests_total[5m]))\n>\n  (topk(3, up))"}""");
        var inner = "rate(" + new string('a', 120) + "[5m])";
        (await _server.PostAsync("/api/v1/format_query", ("query", $"-topk by (b) (3, {inner})"))).Body.ShouldBe(
            $$"""{"status":"success","data":"-topk by (b) (\n  3,\n  rate(\n    {{new string('a', 120)}}[5m]\n  )\n)"}""");
    }

    [Theory]
    [InlineData(
        "-up{a=~\"b\"}",
        """{"expr":{"anchored":false,"matchers":[{"name":"__name__","type":"=","value":"up"},{"name":"a","type":"=~","value":"b"}],"name":"up","""
        + "\"offset\":0,\"offsetExpr\":null,\"smoothed\":false,\"startOrEnd\":null,\"timestamp\":null,\"type\":\"vectorSelector\"},\"op\":\"-\",\"type\":\"unaryExpr\"}")]
    [InlineData(
        "x[5m] offset -1m",
        """{"anchored":false,"matchers":[{"name":"__name__","type":"=","value":"x"}],"name":"x","offset":-60000,"offsetExpr":null,"range":300000,"""
        + "\"rangeExpr\":null,\"smoothed\":false,\"startOrEnd\":null,\"timestamp\":null,\"type\":\"matrixSelector\"}")]
    [InlineData(
        "vector(1)[1h:(5m)] @ end()",
        """{"expr":{"args":[{"type":"numberLiteral","val":"1"}],"func":{"argTypes":["scalar"],"name":"vector","returnType":"vector","variadic":0},"""
        + "\"type\":\"call\"},\"offset\":0,\"offsetExpr\":null,\"range\":3600000,\"rangeExpr\":null,\"startOrEnd\":\"end\",\"step\":0,\"stepExpr\":{\"lhs\":null,"
        + "\"op\":\"+\",\"rhs\":{\"duration\":true,\"type\":\"numberLiteral\",\"val\":\"300\"},\"type\":\"durationExpr\",\"wrapped\":true},\"timestamp\":null,\"type\":\"subquery\"}")]
    [InlineData(
        "topk by (a) (1e3, (y)) > bool on (b) group_left (c) fill (2) z @ 1.5",
        """{"bool":true,"lhs":{"expr":{"expr":{"anchored":false,"matchers":[{"name":"__name__","type":"=","value":"y"}],"name":"y","offset":0,"""
        + "\"offsetExpr\":null,\"smoothed\":false,\"startOrEnd\":null,\"timestamp\":null,\"type\":\"vectorSelector\"},\"type\":\"parenExpr\"},\"grouping\":[\"a\"],"
        + "\"op\":\"topk\",\"param\":{\"type\":\"numberLiteral\",\"val\":\"1000\"},\"type\":\"aggregation\",\"without\":false},\"matching\":{\"card\":\"many-to-one\","
        + "\"fillValues\":{\"lhs\":2,\"rhs\":2},\"include\":[\"c\"],\"labels\":[\"b\"],\"on\":true},\"op\":\">\",\"rhs\":{\"anchored\":false,\"matchers\":[{\"name\":\"__name__\","
        + "\"type\":\"=\",\"value\":\"z\"}],\"name\":\"z\",\"offset\":0,\"offsetExpr\":null,\"smoothed\":false,\"startOrEnd\":null,\"timestamp\":1500,\"type\":\"vectorSelector\"},"
        + "\"type\":\"binaryExpr\"}")]
    [InlineData("\"s\"", """{"type":"stringLiteral","val":"s"}""")]
    public async Task Parse_query_gives_the_tree_of_Prometheus(string query, string tree) =>
        (await _server.DataAsync("/api/v1/parse_query?query=" + Uri.EscapeDataString(query))).ShouldBe(tree);

    [Theory]
    [InlineData("5m*2", """{"lhs":{"duration":true,"type":"numberLiteral","val":"300"},"op":"*","rhs":{"duration":false,"type":"numberLiteral","val":"2"},"type":"durationExpr","wrapped":false}""")]
    [InlineData("step()", """{"lhs":null,"op":"step","rhs":null,"type":"durationExpr","wrapped":false}""")]
    [InlineData(
        "-(min_of(range(),60))",
        """{"lhs":null,"op":"-","rhs":{"lhs":{"lhs":null,"op":"range","rhs":null,"type":"durationExpr","wrapped":false},"op":"min_of","""
        + "\"rhs\":{\"duration\":false,\"type\":\"numberLiteral\",\"val\":\"60\"},\"type\":\"durationExpr\",\"wrapped\":true},\"type\":\"durationExpr\",\"wrapped\":false}")]
    public async Task A_duration_that_is_more_than_a_literal_is_a_tree_and_its_number_is_zero(string duration, string tree)
    {
        var whole = await _server.DataAsync("/api/v1/parse_query?query=" + Uri.EscapeDataString($"x[{duration}]"));
        whole.ShouldContain("\"range\":0,\"rangeExpr\":" + tree);
    }

    [Fact]
    public async Task What_is_off_is_refused_when_it_is_formatted_or_parsed()
    {
        foreach (var endpoint in (string[])["format_query", "parse_query", "query", "query_exemplars"])
        {
            var (status, body) = await _server.GetAsync($"/api/v1/{endpoint}?query=info(up)");
            status.ShouldBe(400);
            body.ShouldContain("function \\\"info\\\" is not enabled: it needs the feature promql-experimental-functions");
        }
    }
}
