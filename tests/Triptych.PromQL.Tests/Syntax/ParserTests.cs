using Shouldly;
using Triptych.PromQL.Syntax;
using Xunit;

namespace Triptych.PromQL.Tests.Syntax;

public sealed class ParserTests
{
    [Theory]
    [InlineData("1", "1")]
    [InlineData("0x1F", "31")]
    [InlineData("010", "8")]
    [InlineData("1_000.5e-3", "1.0005")]
    [InlineData(".5", "0.5")]
    [InlineData("-Inf", "-Inf")]
    [InlineData("5m", "5m")]
    [InlineData("1h30m", "1h30m")]
    [InlineData("-1 + 2 * 3 ^ 4 ^ 5", "-1 + 2 * 3 ^ 4 ^ 5")]
    [InlineData("up", "up")]
    [InlineData("job:up:sum", "job:up:sum")]
    [InlineData("up{}", "up")]
    [InlineData("sum", "sum")]
    [InlineData("offset + by", "offset + by")]
    [InlineData("up{ job = \"a\" , instance!~'b.*', }", "up{instance!~\"b.*\",job=\"a\"}")]
    [InlineData("{\"my.metric\", \"label.dotted\"=\"x\"}", "{\"label.dotted\"=\"x\",\"my.metric\"}")]
    [InlineData("{__name__=~\"a.+\"}", "{__name__=~\"a.+\"}")]
    [InlineData("x{on=\"1\",sum=\"2\",offset=\"3\"}", "x{offset=\"3\",on=\"1\",sum=\"2\"}")]
    [InlineData("x[5m]", "x[5m]")]
    [InlineData("x[300]", "x[5m]")]
    [InlineData("x[5m] OFFSET -1h", "x[5m] offset -1h")]
    [InlineData("x offset 5m @ 100.5", "x @ 100.500 offset 5m")]
    [InlineData("x @ start() offset 5m", "x @ start() offset 5m")]
    [InlineData("x @ -10", "x @ -10.000")]
    [InlineData("rate(x[5m])[1h:]", "rate(x[5m])[1h:]")]
    [InlineData("rate(x[5m])[1h:5m] offset 1d @ end()", "rate(x[5m])[1h:5m] @ end() offset 1d")]
    [InlineData("x[step()*2 : min_of(1m, range())]", "x[step() * 2s:min_of(1m, range())]")]
    [InlineData("x offset (100 + 2)", "x offset (1m40s + 2s)")]
    [InlineData("sum by (a, \"b c\",) (x)", "sum by (a, \"b c\") (x)")]
    [InlineData("SUM(x) WITHOUT ()", "sum without () (x)")]
    [InlineData("topk by (a) (3, x)", "topk by (a) (3, x)")]
    [InlineData("count_values(\"v\", x)", "count_values(\"v\", x)")]
    [InlineData("a == bool on (x) group_left (y, z) b", "a == bool on (x) group_left (y, z) b")]
    [InlineData("a * ignoring () group_right b", "a * ignoring () group_right () b")]
    [InlineData("a AND on() b or c unless d", "a and on () b or c unless d")]
    [InlineData("label_replace(x, \"d\", \"$1\", \"s\", `a\\d`)", "label_replace(x, \"d\", \"$1\", \"s\", \"a\\\\d\")")]
    [InlineData("# a comment\n up # another", "up")]
    [InlineData("a </ 5 or b >/ -1", "a </ 5 or b >/ -1")]
    [InlineData("\"\\u00e9\\xc3\\xa9\\n\"", "\"éé\\n\"")]
    [InlineData("\"a\\xc5z\"", "\"a\\xc5z\"")]
    public void Parse_accepts_and_prints_in_canonical_form(string query, string printed)
    {
        var result = PromQLParser.Parse(query);
        result.Error?.ToString().ShouldBeNull();
        PromQLPrinter.Print(result.Expression!).ShouldBe(printed);
        var again = PromQLParser.Parse(printed);
        PromQLPrinter.Print(again.Expression.ShouldNotBeNull()).ShouldBe(printed);
    }

    [Theory]
    [InlineData("a + fill(0) b", "a + fill (0) b")]
    [InlineData("a + fill_right(-Inf) fill_left(2) b", "a + fill_left (2) fill_right (-Inf) b")]
    [InlineData("fill + fill_left", "fill + fill_left")]
    [InlineData("rate(x[5m] smoothed)", "rate(x[5m] smoothed)")]
    [InlineData("x @ 100 smoothed", "x @ 100.000 smoothed")]
    [InlineData("limitk(2, x)", "limitk(2, x)")]
    [InlineData("max_of(1, min_of(2, 3))", "max_of(1, min_of(2, 3))")]
    [InlineData("info(x, {__name__=\"target_info\",k8s=~\".*\"})", "info(x, {__name__=\"target_info\",k8s=~\".*\"})")]
    public void Parse_accepts_experimental_syntax_only_where_it_is_enabled(string query, string printed)
    {
        PromQLPrinter.Print(PromQLParser.Parse(query, ParserOptions.AllFeatures).Expression.ShouldNotBeNull()).ShouldBe(printed);
        if (query.Contains('('))
            PromQLParser.Parse(query).Error.ShouldNotBeNull().Message.ShouldContain("enabled");
    }

    [Theory]
    [InlineData("", "1:1: parse error: no expression found in input")]
    [InlineData("# nothing", "1:1: parse error: no expression found in input")]
    [InlineData("(1", "1:3: parse error: unclosed left parenthesis")]
    [InlineData("1)", "1:2: parse error: unexpected right parenthesis ')'")]
    [InlineData("1 +", "1:4: parse error: unexpected end of input")]
    [InlineData("a b", "1:3: parse error: unexpected identifier \"b\" in expression, expected binary operator or end of input")]
    [InlineData("a\n  + &", "2:5: parse error: unexpected character: '&'")]
    [InlineData("foo{", "1:5: parse error: unexpected end of input in label matching, expected identifier or \"}\"")]
    [InlineData("foo{a}", "1:6: parse error: unexpected right brace '}' in label matching, expected label matching operator")]
    [InlineData("foo{a=1}", "1:7: parse error: unexpected number \"1\" in label matching, expected string")]
    [InlineData("foo{a==\"1\"}", "1:6: parse error: unexpected <op:==> in label matching, expected label matching operator")]
    [InlineData("foo{a=~\"(\"}", "1:5: parse error: ")]
    [InlineData("foo{__name__=\"x\"}", "1:1: parse error: metric name must not be set twice: \"foo\" or \"x\"")]
    [InlineData("{\"a\", \"b\"}", "1:7: parse error: metric name must not be set twice: \"a\" or \"b\"")]
    [InlineData("{}", "1:1: parse error: vector selector must contain at least one non-empty matcher")]
    [InlineData("{a=~\".*\"}", "1:1: parse error: vector selector must contain at least one non-empty matcher")]
    [InlineData("'abc", "1:1: parse error: unterminated quoted string")]
    [InlineData("`abc", "1:1: parse error: unterminated raw string")]
    [InlineData("\"\\z\"", "1:1: parse error: bad escape sequence in quoted string")]
    [InlineData("1x", "1:1: parse error: bad number or duration syntax: \"1x\"")]
    [InlineData("1e400", "1:1: parse error: error parsing number: strconv.ParseFloat: parsing \"1e400\": value out of range")]
    [InlineData("x > 2e308", "1:5: parse error: error parsing number: strconv.ParseFloat: parsing \"2e308\": value out of range")]
    [InlineData("0xFFFFFFFFFFFFFFFF", "1:1: parse error: bad number or duration syntax: \"0xFFFFFFFFFFFFFFFF\"")]
    [InlineData("x[5m30h]", "1:3: parse error: bad number or duration syntax: \"5m30h\"")]
    [InlineData("x[0]", "1:3: parse error: duration must be greater than 0")]
    [InlineData("x[5m-5m]", "1:3: parse error: duration must be greater than 0")]
    [InlineData("x[1/0]", "1:3: parse error: division by zero")]
    [InlineData("x[5m", "1:5: parse error: unexpected end of input in subquery or range selector, expected \":\" or \"]\"")]
    [InlineData("(x)[5m]", "1:1: parse error: ranges only allowed for vector selectors")]
    [InlineData("x offset 1m[5m]", "1:1: parse error: no offset modifiers allowed before range")]
    [InlineData("x offset 1m offset 2m", "1:1: parse error: offset may not be set multiple times")]
    [InlineData("(x) offset 1m", "1:1: parse error: offset modifier must be preceded by")]
    [InlineData("x @ NaN", "1:5: parse error: timestamp out of bounds for @ modifier: NaN")]
    [InlineData("x[5m][5m:1m]", "1:1: parse error: subquery is only allowed on instant vector, got range vector instead")]
    [InlineData("1 > 2", "1:3: parse error: comparisons between scalars must use BOOL modifier")]
    [InlineData("a + bool b", "1:5: parse error: bool modifier can only be used on comparison operators")]
    [InlineData("1 and a", "1:3: parse error: set operator \"and\" not allowed in binary scalar expression")]
    [InlineData("a + on(x) 1", "1:3: parse error: vector matching only allowed between instant vectors")]
    [InlineData("a and on(x) group_left b", "1:13: parse error: no grouping allowed for \"and\" operation")]
    [InlineData("a * on(x) group_left(x) b", "1:11: parse error: label \"x\" must not occur in ON and GROUP clause at once")]
    [InlineData("x[5m] + 1", "1:1: parse error: binary expression must contain only scalar and instant vector types")]
    [InlineData("-\"a\"", "1:1: parse error: unary expression only allowed on expressions of type scalar or instant vector, got \"string\"")]
    [InlineData("rate(x)", "1:6: parse error: expected type range vector in call to function \"rate\", got instant vector")]
    [InlineData("rate()", "1:1: parse error: expected 1 argument(s) in call to \"rate\", got 0")]
    [InlineData("round(x, 1, 2)", "1:1: parse error: expected at most 2 argument(s) in call to \"round\", got 3")]
    [InlineData("label_join(x, \"a\")", "1:1: parse error: expected at least 3 argument(s) in call to \"label_join\", got 2")]
    [InlineData("Rate(x[5m])", "1:1: parse error: unknown function with name \"Rate\"")]
    [InlineData("floor(x,)", "1:9: parse error: trailing commas not allowed in function call args")]
    [InlineData("sum()", "1:1: parse error: no arguments for aggregate expression provided")]
    [InlineData("sum(1, x)", "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 1, got 2")]
    [InlineData("sum(x[5m])", "1:5: parse error: expected type instant vector in aggregation expression, got range vector")]
    [InlineData("topk(\"a\", x)", "1:6: parse error: expected type scalar in aggregation parameter, got string")]
    [InlineData("sum by (a:b) (x)", "1:9: parse error: unexpected identifier \"a:b\" in grouping opts, expected label")]
    [InlineData("on", "1:1: parse error: unexpected <on>")]
    public void Parse_refuses_with_position(string query, string error)
    {
        var result = PromQLParser.Parse(query);
        result.Expression.ShouldBeNull();
        result.Error.ShouldNotBeNull().ToString().ShouldStartWith(error);
    }

    [Fact]
    public void Unary_minus_binds_below_power_and_above_multiplication()
    {
        var power = PromQLParser.Parse("-a^2").Expression.ShouldBeOfType<UnaryExpr>();
        power.Inner.ShouldBeOfType<BinaryExpr>().Op.ShouldBe(BinaryOp.Power);
        var product = PromQLParser.Parse("-a*b").Expression.ShouldBeOfType<BinaryExpr>();
        product.Left.ShouldBeOfType<UnaryExpr>();
    }

    [Fact]
    public void Offset_takes_one_operand_only()
    {
        var sum = PromQLParser.Parse("x offset 100 + 2").Expression.ShouldBeOfType<BinaryExpr>();
        var offset = sum.Left.ShouldBeOfType<VectorSelector>().Offset.ShouldBeOfType<DurationLiteral>();
        offset.Seconds.ShouldBe(100);
        sum.Right.ShouldBeOfType<NumberLiteral>().Value.ShouldBe(2);
    }

    [Fact]
    public void Nodes_know_where_they_stand()
    {
        var sum = PromQLParser.Parse(" sum(rate(x[5m] offset 1m)) / 2").Expression.ShouldBeOfType<BinaryExpr>();
        sum.Span.ShouldBe(new SourceSpan(1, 31));
        sum.OperatorSpan.ShouldBe(new SourceSpan(28, 29));
        sum.Left.Span.ShouldBe(new SourceSpan(1, 27));
        var call = sum.Left.ShouldBeOfType<AggregateExpr>().Inner.ShouldBeOfType<CallExpr>();
        call.Span.ShouldBe(new SourceSpan(5, 26));
        call.Arguments[0].Span.ShouldBe(new SourceSpan(10, 25));
    }

    [Theory]
    [InlineData("(", ")")]
    [InlineData("-", "")]
    [InlineData("sum(", ")")]
    [InlineData("1^", "")]
    public void Hostile_nesting_is_refused(string open, string close)
    {
        var query = string.Concat(Enumerable.Repeat(open, 20_000)) + "x" + string.Concat(Enumerable.Repeat(close, 20_000));
        PromQLParser.Parse(query).Error.ShouldNotBeNull().Message.ShouldContain("nested");
    }

    [Fact]
    public void A_chain_of_operators_is_no_nesting()
    {
        PromQLParser.Parse("x" + string.Concat(Enumerable.Repeat("+x", 20_000))).Error.ShouldBeNull();
        PromQLParser.Parse("x" + string.Concat(Enumerable.Repeat("^x", 20_000))).Error.ShouldNotBeNull().Message.ShouldContain("nested");
    }

    [Fact]
    public void A_query_beyond_the_length_limit_is_refused() =>
        PromQLParser.Parse(new string(' ', 200_000) + "x").Error.ShouldNotBeNull().Message.ShouldContain("longer than");

    [Fact]
    public void A_series_selector_has_no_modifiers()
    {
        PromQLParser.ParseSelector("up{job=\"a\"}").Error.ShouldBeNull();
        PromQLParser.ParseSelector("up offset 5m").Error.ShouldNotBeNull();
        PromQLParser.ParseSelector("rate(up[5m])").Error.ShouldNotBeNull();
    }
}
