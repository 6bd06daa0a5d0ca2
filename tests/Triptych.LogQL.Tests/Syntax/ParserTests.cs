using Triptych.LogQL.Syntax;
using Triptych.LogQL.Tests.Conformance;

namespace Triptych.LogQL.Tests.Syntax;

public sealed class ParserTests
{
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
        string[] seeds =
        [
            .. CorpusFile.Names.SelectMany(CorpusFile.Read).Where(c => c.Kind is CorpusKind.Accept or CorpusKind.Refuse).Select(c => c.Query),
        ];
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
