using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Tests.Syntax;

public class TraceQLParserTests
{
    [Theory]
    [InlineData("{ .a = 1 || .b = 2 && .c = 3 }", "{ ((.a = 1) || (.b = 2)) && (.c = 3) }")]
    [InlineData("{ .a = 1 + 2 * 3 ^ 2 ^ 2 }", "{ .a = (1 + (2 * (3 ^ (2 ^ 2)))) }")]
    [InlineData("{ -.a * 2 = 1 }", "{ (-(.a * 2)) = 1 }")]
    [InlineData("{ -.a + 2 = 1 }", "{ ((-.a) + 2) = 1 }")]
    [InlineData("{ !.a && .b }", "{ (!.a) && .b }")]
    [InlineData("{ .a - 1 = -1 }", "{ (.a - 1) = (-1) }")]
    [InlineData("{ span.http.route = \"/a\" } >> { } && { status=error }", "({ span.http.route = \"/a\" } >> { }) && { status = error }")]
    [InlineData("{ } || { } && { }", "({ } || { }) && { }")]
    [InlineData("({ .a } && { .b }) | count() > 2", "{ .a } && { .b } | count() > 2")]
    [InlineData("{ span.\"a b\" = `x\\y` }", "{ span.\"a b\" = \"x\\\\y\" }")]
    [InlineData("{ .foo.\"bar baz\".x = 1 }", "{ .\"foo.bar baz.x\" = 1 }")]
    [InlineData("{ .a-b/c+d = 1 }", "{ .a-b/c+d = 1 }")]
    [InlineData("{ duration > 1d12h }", "{ duration > 36h }")]
    [InlineData("{ duration > 1.5h }", "{ duration > 90m }")]
    [InlineData("{ duration > 100us }", "{ duration > 100us }")]
    [InlineData("{ duration > 1500ns }", "{ duration > 1500ns }")]
    [InlineData("{ .a = minInt || .a = maxInt }", "{ (.a = (minInt)) || (.a = 9223372036854775807) }")]
    [InlineData("{ .a > 1e3 }", "{ .a > 1000.0 }")]
    [InlineData("{ .a > .5 }", "{ .a > 0.5 }")]
    [InlineData("{ // all of them\n .a = 1 }", "{ .a = 1 }")]
    [InlineData("{ } | quantile_over_time(duration, .5, .95) by(resource.service.name) | topk(3) > 1 with(exemplars=true)",
        "{ } | quantile_over_time(duration, 0.5, 0.95) by(resource.service.name) | topk(3) > 1 with(exemplars=true)")]
    [InlineData("{ } | compare({ status = error }, 5, 1, 2)", "{ } | compare({ status = error }, 5, 1, 2)")]
    [InlineData("{ .a } &>> { .b } !~ { .c }", "({ .a } &>> { .b }) !~ { .c }")]
    [InlineData("{ parent.span.a = 1 }", "{ parent.span.a = 1 }")]
    public void Parse_reads(string text, string printed)
    {
        var outcome = TraceQLParser.Parse(text);
        outcome.Error.ShouldBeNull();
        outcome.Query!.ToString().ShouldBe(printed);
    }

    [Theory]
    [InlineData("{ .a = 1", 1, 9, "unexpected end of query")]
    [InlineData("{ .a ==\n 1 }", 1, 7, "unexpected =")]
    [InlineData("{\n  attribute = 4 }", 2, 3, "unknown identifier attribute")]
    [InlineData("{ .a = \"open }", 1, 8, "not closed")]
    [InlineData("{ .a = \"\\q\" }", 1, 9, "escape")]
    [InlineData("{ .a = 1x }", 1, 8, "neither a number nor a duration")]
    [InlineData("{ .a = 99999999999999999999 }", 1, 8, "out of range")]
    [InlineData("{ trace:status = error }", 1, 3, "unknown intrinsic trace:status")]
    [InlineData("{ } | count()", 1, 7, "must be compared")]
    [InlineData("{ } + { }", 1, 5, "operator + does not apply between a spanset and a spanset")]
    [InlineData("{ } | rate() | rate()", 1, 16, "topk or bottomk")]
    [InlineData("({ } | count() > 1) | rate()", 1, 1, "parentheses")]
    [InlineData("{ } § { }", 1, 5, "unexpected character")]
    [InlineData("", 1, 1, "unexpected end of query")]
    public void Parse_refuses_with_a_place(string text, int line, int column, string message)
    {
        var error = TraceQLParser.Parse(text).Error.ShouldNotBeNull();
        error.Kind.ShouldBe(TraceQLErrorKind.Syntax);
        error.Message.ShouldContain(message);
        (error.Position.Line, error.Position.Column).ShouldBe((line, column));
    }

    [Theory]
    [InlineData("{ 1 = \"foo\" }", 1, 5, "same type")]
    [InlineData("{ status > ok }", 1, 10, "does not apply to a status")]
    [InlineData("{ name =~ \"[\" }", 1, 11, "bad regular expression")]
    [InlineData("{ } | min_over_time(name)", 1, 7, "needs a number")]
    [InlineData("{ } | quantile_over_time(duration, 95)", 1, 7, "between 0 and 1")]
    [InlineData("{ kind = nil }", 1, 8, "never nil")]
    public void Check_refuses_with_a_place(string text, int line, int column, string message)
    {
        var error = TraceQLParser.ParseAndCheck(text).Error.ShouldNotBeNull();
        error.Kind.ShouldBe(TraceQLErrorKind.Invalid);
        error.Message.ShouldContain(message);
        (error.Position.Line, error.Position.Column).ShouldBe((line, column));
    }

    [Fact]
    public void Parse_keeps_the_spelling_of_an_intrinsic()
    {
        var query = TraceQLParser.Parse("{ } | rate() by(span:name, name)").Query!;
        var by = ((MetricsAggregate)query.Metrics!).By;
        by.Select(field => field.Written).ShouldBe(["span:name", "name"]);
        by.Cast<IntrinsicReference>().ShouldAllBe(field => field.Intrinsic == Intrinsic.Name);
    }

    [Fact]
    public void Parse_bounds_length_nesting_and_operators()
    {
        TraceQLParser.Parse("{ .a = \"" + new string('x', SyntaxLimits.MaxQueryChars) + "\" }").Error!.Message.ShouldContain("longer");
        TraceQLParser.Parse("{ " + new string('(', 5_000) + ".a" + new string(')', 5_000) + " }").Error!.Message.ShouldContain("nesting");
        TraceQLParser.Parse("{ " + new string('!', 5_000) + ".a }").Error!.Message.ShouldContain("nesting");
        TraceQLParser.Parse(new string('(', 5_000) + "{ }" + new string(')', 5_000)).Error!.Message.ShouldContain("nesting");
        TraceQLParser.Parse("{ " + string.Join(" || ", Enumerable.Repeat(".a", 5_000)) + " }").Error!.Message.ShouldContain("operators");
        TraceQLParser.ParseAndCheck("{ " + string.Join(" || ", Enumerable.Repeat(".a = 1", 900)) + " }").Error.ShouldBeNull();
        TraceQLParser.ParseAndCheck("{ " + new string('(', 99) + "true" + string.Concat(Enumerable.Repeat(" = true)", 99)) + " }").Error.ShouldBeNull();
    }

    [Fact]
    public void Random_mutations_never_throw()
    {
        string[] seeds =
        [
            "{ resource.service.name = \"checkout\" && duration > 1.5s } >> { status = error || .a =~ `x.*` } | by(name) | count() > 2",
            "{ span.\"a b\" != nil && -(.x + 2) ^ 3 >= 1e3 } | quantile_over_time(duration, .5, .9) by (kind) | topk(3) > 1 with(a=true)",
            "({ true } | count() > 1 | { false }) !>> ({ .b } | avg(.x) < 1d2h) && { trace:id = \"\\u00e9\" }",
            "{ } | compare({ event:name = \"x\" }, 3, 1, 2) with(sample=0.1, x=error)",
        ];
        const string Alphabet = "{}()|&<>=!~+-*/%^.,:\"`\\ \nabz019µ_\u00e9";
        var random = new Random(7);
        for (var round = 0; round < 10_000; round++)
        {
            var text = seeds[round % seeds.Length].ToCharArray().ToList();
            for (var edits = random.Next(1, 6); edits > 0; edits--)
            {
                var at = random.Next(text.Count);
                switch (random.Next(3))
                {
                    case 0: text.RemoveAt(at); break;
                    case 1: text.Insert(at, Alphabet[random.Next(Alphabet.Length)]); break;
                    default: text[at] = Alphabet[random.Next(Alphabet.Length)]; break;
                }
            }

            var query = new string([.. text]);
            var outcome = TraceQLParser.ParseAndCheck(query);
            (outcome.Query is null).ShouldBe(outcome.Error is not null, query);
            if (outcome.Query is not null)
            {
                var printed = outcome.Query.ToString();
                TraceQLParser.Parse(printed).Query?.ToString().ShouldBe(printed, query);
            }
        }
    }
}
