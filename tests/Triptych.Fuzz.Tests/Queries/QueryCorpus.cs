using System.Text;
using Google.Protobuf;
using Triptych.Ingest.Tests.Protos.Tempo;

namespace Triptych.Fuzz.Tests.Queries;

/// <summary>Valid queries that together use most of each language.</summary>
internal static class QueryCorpus
{
    public static readonly byte[][] PromQL = Lines(
        "sum by (job, \"é.x\") (rate(http_requests_total{job=~\"a|b\",code!~'5..'}[5m] offset -1h30m)) / ignoring(code) group_left(extra) max without() (up @ 1.5e3)",
        "histogram_quantile(0.9, sum by (le) (rate(x_bucket{a!=`raw`,b=\"\\\"\\n\\u00e9\"}[1m:30s] @ end())))",
        "{\"my.metric\", x=\"y\"} > bool 1 and on(a) -foo ^ 2 ^ 3 or unless_ unless topk(3, bar) # comment",
        "quantile_over_time(0x1F, {__name__=~\"a.+\"}[1d2h3m4s5ms]) * +Inf - NaN % .5",
        "label_replace(up, \"dst\", \"$1\", \"src\", \"(.*)\") == bool on() group_right() count_values(\"v\", x)",
        "absent_over_time(a[5m]) + time() + scalar(b) + vector(1) + (-1) atan2 2");

    public static readonly byte[][] LogQL = Lines(
        "{app=\"shop\", env=~\"prod|dev\"} |= \"err\" or `x` != \"y\" |~ \"a.*b\" | json a=\"b.c[0]\", d | level=\"error\" and (status >= 500 or dur > 1.5s) | line_format \"{{.a | ToUpper}}\" # c",
        "sum by (level) (rate({app=\"a\"} | logfmt --strict | drop __error__, x=\"y\" [5m] offset 1m)) > bool 0.5",
        "quantile_over_time(0.99, {a=\"b\"} | regexp \"(?P<n>\\\\d+)\" | unwrap duration(n) | n != \"\" [1h]) by (x)",
        "topk(3, sum without(a) (count_over_time({a=\"b\"} | pattern \"<_> <ip> [<ts>]\" | label_format x=y, z=\"{{.w}}\" | decolorize [1m]))) / on(q) group_left() vector(2)",
        "{a=\"b\"} |= ip(\"10.0.0.0/8\") | unpack | keep a, b=~\"c.*\" | size > 10KB | ip = ip(\"::1\")",
        "label_replace(absent_over_time({a=\"b\"} [1m]), \"x\", \"$1\", \"y\", \"(.*)\") or -1");

    public static readonly byte[][] TraceQL = Lines(
        "{ span.http.status_code >= 500 && resource.service.name =~ \"a.*\" || .x = nil } | count() > 2 | select(span.a, duration)",
        "{ name = `x` && duration > 1h2m3.5s } >> { kind = server } && ({ status != error } | avg(duration) < 5ms)",
        "{ true } | by(resource.service.name) | coalesce() | max(span.\"a b\") * 2 >= 3",
        "{ event:name = \"e\" && link:traceID != \"x\" && instrumentation.v = -1.5e3 } | rate() by (span.a, name) with (sample=0.1)",
        "{ span.a in_ + 3 ^ 2 % 4 = 5 && !(parent.x = false) } | quantile_over_time(duration, .9, .99) by (.b) | topk(5)",
        "{} !>> {} ~ {} &< {} | histogram_over_time(duration) | compare({status=error}, 10, 1, 2)",
        "(({ .a } | rate() by(b)) + ({ } | rate() by(b) | topk(3)) * -1.5) / ({ .a } >> { .b } | rate()) - 2s > 0.5 | bottomk(2) with(exemplars=5)");

    public static readonly byte[][] Streaming =
    [
        new SearchRequest
        {
            Query = "{ .a = 1 }", Tags = { ["a"] = "b \"c\"" }, Limit = 5, Start = 1_700_000_000, End = 1_700_000_100, MinDurationMs = 5, SpansPerSpanSet = 2,
        }.ToByteArray(),
        new SearchTagValuesRequest { TagName = "span.a", Query = "{ }", Start = 1, End = 2, MaxTagValues = 7 }.ToByteArray(),
        new QueryRangeRequest
        {
            Query = "{ } | rate()", Start = 1_700_000_000_000_000_000, End = 1_700_000_100_000_000_000, Step = 1_000_000_000, Exemplars = 5, MaxSeries = 9,
        }.ToByteArray(),
    ];

    public static readonly byte[][] Tags = Lines("service.name=shop http.status_code=500 error=true", "a=\"b c \\\"d\\\"\" x=y", "name=GET status=error minDuration=5");

    public static readonly byte[][] Times = Lines(
        "1700000000", "1700000000.123", "1700000000000000000", "2026-03-01T12:00:00.123456789+01:00", "2026-03-01T12:00:00Z", "1h30m", "5m", "-1.5", "1e9", "9223372036854775807");

    private static byte[][] Lines(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];
}
