using Triptych.LogQL.Syntax;

namespace Triptych.LogQL.Tests.Syntax;

public sealed class ParserTests
{
    /// <summary>Query and its canonical form; null where the query is canonical itself.</summary>
    public static TheoryData<string, string?> Accepted => new()
    {
        { """{app="x"}""", null },
        { """{ app = "x" , b != "", c=~"re.*", d!~`a\d`, }""", """{app="x", b!="", c=~"re.*", d!~"a\\d"}""" },
        { """{rate="x", by="y", json="z"}""", null },
        { """({app="x"})""", """{app="x"}""" },
        { "{app=\"x\"} # tail\n|= `a` # more", """{app="x"} |= "a" """ },
        { """{a="b"} |= "x" != "y" |~ "a.b" !~ "(?i)no" |> "<_> x <_>" !> "y <_>" """, null },
        { """{a="b"} |= "x" or "y" or `z` != "p" or "q" """, """{a="b"} |= "x" or "y" or "z" != "p" or "q" """ },
        { """{a="b"} |= ip("10.0.0.0/8") != ip("1.1.1.1-1.1.1.9") |= "x" or ip("::1")""", null },
        { """{a="b"} | json""", null },
        { """{a="b"} | json x="a.b[0][\"c d\"]", y""", """{a="b"} | json x="a.b[0][\"c d\"]", y="y" """ },
        { """{a="b"} | logfmt --strict --keep-empty k="v", l="m" """, null },
        { """{a="b"} | logfmt | unpack | decolorize""", null },
        { """{a="b"} | regexp `(?P<x>\w+) (?P<y>.*)`""", """{a="b"} | regexp "(?P<x>\\w+) (?P<y>.*)" """ },
        { """{a="b"} | pattern "<ip> - <_> <method>" """, null },
        { """{a="b"} | line_format "{{.x}}" | label_format a=b, c="{{.d}}" """, null },
        { """{a="b"} | drop __error__, x="y", z=~"w+" | keep a, b!="c" """, null },
        { """{a="b"} | x="1" """, null },
        { """{a="b"} | x=1 or y==2 and z>=-3.5""", """{a="b"} | x == 1 or y == 2 and z >= -3.5""" },
        { """{a="b"} | x > 5ms, y <= 5KB z != 1h30m""", """{a="b"} | x > 5ms and y <= 5000B and z != 1h30m""" },
        { """{a="b"} | x > 1KiB and (y="1" or z=~"2")""", """{a="b"} | x > 1024B and (y="1" or z=~"2")""" },
        { """{a="b"} | (x="1" and y="2") or z="3" """, """{a="b"} | x="1" and y="2" or z="3" """ },
        { """{a="b"} | addr=ip("10.0.0.1") | addr!=ip("192.168.0.0/16")""", null },
        { """{a="b"} | on="x" """, null },
        { """count_over_time({a="b"}[5m])""", null },
        { """rate({a="b"} |= "x" | json [90s])""", """rate({a="b"} |= "x" | json [1m30s])""" },
        { """rate({a="b"}[5m] |= "x" | json)""", """rate({a="b"} |= "x" | json [5m])""" },
        { """rate(({a="b"} |= "x" | json)[5m] offset 1h)""", """rate({a="b"} |= "x" | json [5m] offset 1h)""" },
        { """rate({a="b"}[ 5m ] offset -30s | json)""", """rate({a="b"} | json [5m] offset -30s)""" },
        { """rate((({a="b"}[1d])))""", """rate({a="b"}[1d])""" },
        { """bytes_rate({a="b"}[1w])""", """bytes_rate({a="b"}[7d])""" },
        { """absent_over_time({a="b"}[1m])""", null },
        { """sum_over_time({a="b"} | json | unwrap x [1m])""", null },
        { """avg_over_time({a="b"}[1m] | unwrap duration(x) | __error__="") by (c, d)""",
          """avg_over_time({a="b"} | unwrap duration(x) | __error__="" [1m]) by (c, d)""" },
        { """quantile_over_time(0.99, {a="b"} | unwrap bytes(x) [1m]) without (c)""", null },
        { """rate_counter({a="b"} | unwrap x [1m])""", null },
        { """sum(rate({a="b"}[1m])) by (c)""", """sum by (c) (rate({a="b"}[1m]))""" },
        { """sum by () (rate({a="b"}[1m]))""", null },
        { """topk(5, sum without (x) (rate({a="b"}[1m])))""", null },
        { """approx_topk(3, count_over_time({a="b"}[1m]))""", null },
        { """sort_desc(sum(rate({a="b"}[1m])))""", null },
        { """sum(1)""", null },
        { """1 + 2 * 3 ^ 2 ^ 2 - -4""", null },
        { """(1 + 2) * 3""", null },
        { """(2 ^ 3) ^ 2""", null },
        { """1 - (2 - 3)""", null },
        { """vector(1)+vector(1)""", """vector(1) + vector(1)""" },
        { """rate({a="b"}[1m]) > bool 1e-3""", """rate({a="b"}[1m]) > bool 0.001""" },
        { """rate({a="b"}[1m]) / on(x) group_left(y) rate({a="c"}[1m])""", """rate({a="b"}[1m]) / on (x) group_left (y) rate({a="c"}[1m])""" },
        { """rate({a="b"}[1m]) and ignoring(x) rate({a="c"}[1m]) unless vector(1)""",
          """rate({a="b"}[1m]) and ignoring (x) rate({a="c"}[1m]) unless vector(1)""" },
        { """label_replace(rate({a="b"}[1m]), "x", "$1", "y", "(.*)")""", null },
        { """variants(count_over_time({a="b"}[1m]), rate({a="b"}[1m])) of ({a="b"}[1m])""", null },
    };

    [Theory]
    [MemberData(nameof(Accepted))]
    public void Parse_accepts_and_prints_the_canonical_form(string query, string? canonical)
    {
        var result = LogQLParser.Parse(query);
        result.Error?.ToString().ShouldBeNull();
        var printed = QueryPrinter.Print(result.Value!);
        printed.ShouldBe((canonical ?? query).TrimEnd());
        QueryPrinter.Print(LogQLParser.Parse(printed).Value!).ShouldBe(printed);
    }

    public static TheoryData<string, int, int, string> Refused => new()
    {
        { "", 1, 1, "unexpected end of query" },
        { "{}", 1, 1, "at least one regexp or equality matcher" },
        { """{a=""}""", 1, 1, "at least one" },
        { """{a=~".*", b!="x"}""", 1, 1, "at least one" },
        { """{a!~".+"}""", 1, 1, "at least one" },
        { """{a="x" """, 1, 8, "expecting , or }" },
        { """{a "x"}""", 1, 4, "expecting one of" },
        { """{a='x'}""", 1, 4, "double quotes" },
        { """{a="x}""", 1, 4, "not closed" },
        { """{a="\q"}""", 1, 4, "invalid escape" },
        { """{a="\xff"}""", 1, 4, "not valid UTF-8" },
        { """{a=~"("}""", 1, 5, "invalid regular expression" },
        { """{a=~"(?=x)"}""", 1, 5, "invalid regular expression" },
        { """{a="b"} extra""", 1, 9, "expecting end of query" },
        { """{a="b"} |""", 1, 10, "a pipeline stage" },
        { """{a="b"} |= x""", 1, 12, "expecting a string" },
        { """{a="b"} |~ "a**" """, 1, 12, "invalid regular expression" },
        { """{a="b"} |~ ip("1.1.1.1")""", 1, 12, "ip is only allowed" },
        { """{a="b"} |= ip("nope")""", 1, 15, "invalid pattern" },
        { """{a="b"} |> "<_><_>" """, 1, 12, "consecutive" },
        { """{a="b"} |> "<x> y" """, 1, 12, "named captures are not allowed" },
        { """{a="b"} | pattern "x" """, 1, 19, "at least one capture" },
        { """{a="b"} | pattern "<x> <x>" """, 1, 19, "duplicate capture" },
        { """{a="b"} | regexp "(x)" """, 1, 18, "named capture" },
        { """{a="b"} | logfmt --loud""", 1, 18, "unknown flag" },
        { """{a="b"} | json x="a..b" """, 1, 18, "JSON path" },
        { """{a="b"} | label_format x=a, x=b""", 1, 29, "multiple label name" },
        { """{a="b"} | label_format __error__=a""", 1, 24, "__error__" },
        { """{a="b"} | unwrap x""", 1, 9, "only allowed inside a range aggregation" },
        { """{a="b"} | x > "5" """, 1, 13, "one of = != =~ !~" },
        { """{a="b"} | x =~ 5""", 1, 13, "a comparison" },
        { """{a="b"} | (x="1" """, 1, 18, "expecting )" },
        { """{a="b"}[5m]""", 1, 8, "range" },
        { """count_over_time({a="b"})""", 1, 24, "a range such as" },
        { """count_over_time({a="b"}[5])""", 1, 24, "not a valid duration" },
        { """count_over_time({a="b"}[0s])""", 1, 24, "longer than zero" },
        { """count_over_time({a="b"}[5m)""", 1, 24, "missing closing ']'" },
        { """count_over_time({a="b"}[5m][5m])""", 1, 28, "expecting )" },
        { """count_over_time({a="b"} |= "x" [5m] |= "y")""", 1, 37, "one side" },
        { """count_over_time({a="b"} | unwrap x [5m])""", 1, 25, "with unwrap" },
        { """sum_over_time({a="b"}[5m])""", 1, 1, "without unwrap" },
        { """sum_over_time({a="b"} | unwrap x [5m]) by (y)""", 1, 40, "grouping not allowed" },
        { """rate({a="b"}[5m]) by (y)""", 1, 19, "grouping not allowed" },
        { """avg_over_time({a="b"} | unwrap x |= "y" [5m])""", 1, 34, "only label filters" },
        { """quantile_over_time({a="b"} | unwrap x [5m])""", 1, 1, "parameter required" },
        { """rate(2, {a="b"}[5m])""", 1, 6, "parameter not supported" },
        { """topk(rate({a="b"}[5m]))""", 1, 1, "parameter required" },
        { """topk(0, rate({a="b"}[5m]))""", 1, 6, "greater than 0" },
        { """topk(1.5, rate({a="b"}[5m]))""", 1, 6, "whole number" },
        { """sum(2, rate({a="b"}[5m]))""", 1, 5, "unsupported parameter" },
        { """sort(rate({a="b"}[5m])) by (x)""", 1, 25, "grouping not allowed" },
        { """sum({a="b"})""", 1, 5, "expecting a metric query" },
        { """{a="b"} + 1""", 1, 1, "left leg" },
        { """1 + {a="b"}""", 1, 5, "right leg" },
        { """1 and vector(1)""", 1, 1, "unexpected literal" },
        { """vector(1) + bool vector(1)""", 1, 13, "only for comparisons" },
        { """vector(1) or on(a) group_left vector(1)""", 1, 20, "no grouping" },
        { """vector(1) @ 5""", 1, 11, "unexpected character" },
        { """foo({a="b"}[5m])""", 1, 1, "unexpected \"foo\"" },
        { """time()""", 1, 1, "unexpected \"time\"" },
        { "sum(\n  rate({a=\"b\"}[5m])\n  x)", 3, 3, "expecting )" },
        { """{a="ä😀"} !""", 1, 10, "unexpected character" },
        { """label_replace(vector(1), "x-y", "", "", "")""", 1, 26, "invalid destination" },
        { """label_replace(vector(1), "x", "", "", "(")""", 1, 39, "invalid regex" },
        { """variants(vector(1)) off ({a="b"}[1m])""", 1, 21, "expecting of" },
        { "5x", 1, 1, "no number" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Parse_refuses_with_the_position(string query, int line, int column, string message)
    {
        var result = LogQLParser.Parse(query);
        result.Succeeded.ShouldBeFalse();
        result.Error!.ToString().ShouldStartWith($"parse error at line {line}, col {column}: ");
        result.Error.Message.ShouldContain(message);
    }

    [Theory]
    [InlineData("(", "1", ")")]
    [InlineData("sum(", "1", ")")]
    [InlineData("2 ^ ", "1", "")]
    [InlineData("rate(", """{a="b"}[1m]""", ")")]
    [InlineData("label_replace(", "1", """, "a", "", "", "")""")]
    public void Parse_refuses_deep_nesting(string open, string inner, string close)
    {
        const int Depth = 10_000;
        var query = string.Concat(Enumerable.Repeat(open, Depth)) + inner + string.Concat(Enumerable.Repeat(close, Depth));
        LogQLParser.Parse(query, LogQLLimits.Default with { MaxQueryLength = int.MaxValue }).Error.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("1", " + 1")]
    [InlineData("{a=\"b\"} | x=1", " or x=1")]
    [InlineData("{a=\"b\"}", " |= \"x\"")]
    [InlineData("{a=\"b\"} |= \"x\"", " or \"x\"")]
    public void Parse_refuses_long_chains(string start, string link)
    {
        var error = LogQLParser.Parse(start + string.Concat(Enumerable.Repeat(link, 5_000))).Error;
        error.ShouldNotBeNull().Message.ShouldContain("more than 1000");
    }

    [Fact]
    public void Parse_refuses_nested_parentheses_in_label_filters()
    {
        var query = """{a="b"} | """ + new string('(', 5_000) + "x=1" + new string(')', 5_000);
        LogQLParser.Parse(query).Error.ShouldNotBeNull().Message.ShouldContain("nested deeper");
    }

    [Fact]
    public void Parse_refuses_a_text_over_the_limit() =>
        LogQLParser.Parse(new string(' ', 131_073)).Error.ShouldNotBeNull().Message.ShouldContain("longer than 131072");

    [Fact]
    public void And_and_or_of_label_filters_bind_equally_from_the_left()
    {
        var pipeline = LogQLParser.Parse("""{a="b"} | x="1" or y="2" and z="3" """).Value.ShouldBeOfType<LogPipeline>();
        var filter = pipeline.Stages[0].ShouldBeOfType<LabelFilterStage>().Filter.ShouldBeOfType<CombinedLabelFilter>();
        filter.IsOr.ShouldBeFalse();
        filter.Left.ShouldBeOfType<CombinedLabelFilter>().IsOr.ShouldBeTrue();
    }

    [Fact]
    public void ParseSelector_takes_no_stages()
    {
        LogQLParser.ParseSelector("""{a="b"}""").Succeeded.ShouldBeTrue();
        LogQLParser.ParseSelector("""{a="b"} |= "x" """).Error.ShouldNotBeNull().Position.ShouldBe(new SourcePosition(1, 9));
    }

    [Fact]
    public void Ten_thousand_random_mutations_give_a_tree_or_an_error()
    {
        var random = new Random(20_261_121);
        string[] seeds = [.. Accepted.Select(row => row.Data.Item1), .. Refused.Select(row => row.Data.Item1)];
        string[] fragments = ["(", ")", "{", "}", "[", "]", "|", "\"", "`", "\\", "#", "ip(", "by", " or ", "!=", "=~", "-", "5m", "1e9", "\0", "😀", "\n"];
        var accepted = 0;
        for (var round = 0; round < 10_000; round++)
        {
            var query = seeds[random.Next(seeds.Length)];
            for (var edits = random.Next(1, 4); edits > 0; edits--)
                query = Mutate(query, random, fragments, seeds);
            var result = LogQLParser.Parse(query);
            (result.Error is null).ShouldBe(result.Succeeded);
            if (!result.Succeeded)
                continue;
            accepted++;
            var printed = QueryPrinter.Print(result.Value);
            LogQLParser.Parse(printed).Error?.ToString().ShouldBeNull($"{query} printed as {printed}");
        }
        accepted.ShouldBeGreaterThan(200);
    }

    private static string Mutate(string query, Random random, string[] fragments, string[] seeds)
    {
        var at = random.Next(query.Length + 1);
        switch (random.Next(4))
        {
            case 0:
                return query.Insert(at, fragments[random.Next(fragments.Length)]);
            case 1 when query.Length > 0:
                var start = random.Next(query.Length);
                return query.Remove(start, Math.Min(random.Next(1, 6), query.Length - start));
            case 2:
                var other = seeds[random.Next(seeds.Length)];
                return query[..at] + other[random.Next(other.Length + 1)..];
            default:
                return query.Insert(at, ((char)random.Next(1, 0x250)).ToString());
        }
    }
}
