using System.Text.RegularExpressions;
using Shouldly;
using Triptych.PromQL.Syntax;
using Triptych.PromQL.Tests.Conformance;
using Xunit;

namespace Triptych.PromQL.Tests.Syntax;

public sealed class ConformanceParseTests
{
    private static readonly Regex s_eval = new(
        @"^eval(?<form>_fail|_warn|_info|_ordered)?\s+(instant\s+at\s+\S+|range\s+from\s+\S+\s+to\s+\S+\s+step\s+\S+)\s+(?<query>.+)$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(60));

    [Fact]
    public void Every_query_of_the_conformance_scripts_parses_unless_it_must_fail()
    {
        Assert.SkipWhen(ConformanceFiles.Folder is null, ConformanceFiles.Missing);
        var count = 0;
        var refused = new List<string>();
        foreach (var (query, mayFail) in Queries())
        {
            count++;
            var result = PromQLParser.Parse(query, ParserOptions.AllFeatures);
            if (result.Error is not null && !mayFail)
                refused.Add($"{query}\n    {result.Error}");
            if (result.Expression is null)
                continue;
            var printed = PromQLPrinter.Print(result.Expression);
            var again = PromQLParser.Parse(printed, ParserOptions.AllFeatures).Expression;
            (again is null ? "nothing" : PromQLPrinter.Print(again)).ShouldBe(printed, query);
        }
        refused.ShouldBeEmpty();
        count.ShouldBeGreaterThan(2_000);
    }

    [Fact]
    public void Mutated_queries_give_a_tree_or_an_error_and_never_throw()
    {
        var seeds = ConformanceFiles.Folder is null ? Examples : [.. Queries().Select(item => item.Query).Distinct()];
        var random = new Random(20_260_101);
        const string Alphabet = "abz019._:(){}[]@,+-*/%^=!~<>\"'`\\# \n\té\uD83D\0";
        for (var round = 0; round < 10_000; round++)
        {
            var text = new System.Text.StringBuilder(seeds[random.Next(seeds.Length)]);
            for (var edits = random.Next(1, 6); edits > 0; edits--)
                Mutate(text, random, Alphabet, seeds);
            var query = text.ToString();
            var result = PromQLParser.Parse(query, ParserOptions.AllFeatures);
            (result.Expression is null).ShouldNotBe(result.Error is null, query);
            if (result.Error is { } error)
                error.Span.Start.ShouldBeInRange(0, query.Length, query);
            else
                PromQLPrinter.Print(result.Expression!).ShouldNotBeEmpty();
        }
    }

    private static string[] Examples =>
    [
        "sum by (job) (rate(http_requests_total{code=~\"5..\"}[5m] offset 1h)) / on (job) group_left sum(up @ end())",
        "histogram_quantile(0.99, sum by (le) (rate(x_bucket[1h:5m])))",
        "topk(5, -a ^ 2 == bool 1e3) or label_replace(b, \"x\", '$1', `y`, \"(.*)\")",
    ];

    private static void Mutate(System.Text.StringBuilder text, Random random, string alphabet, string[] seeds)
    {
        var at = random.Next(text.Length + 1);
        switch (random.Next(4))
        {
            case 0 when at < text.Length:
                text.Remove(at, Math.Min(random.Next(1, 8), text.Length - at));
                break;
            case 1 when at < text.Length:
                text[at] = alphabet[random.Next(alphabet.Length)];
                break;
            case 2:
                var other = seeds[random.Next(seeds.Length)];
                var from = random.Next(other.Length);
                text.Insert(at, other.AsSpan(from, Math.Min(random.Next(1, 12), other.Length - from)));
                break;
            default:
                text.Insert(at, alphabet[random.Next(alphabet.Length)]);
                break;
        }
    }

    private static IEnumerable<(string Query, bool MayFail)> Queries()
    {
        foreach (var file in ConformanceFiles.All())
        {
            var lines = File.ReadAllLines(file);
            for (var i = 0; i < lines.Length; i++)
            {
                var match = s_eval.Match(lines[i].TrimEnd());
                if (!match.Success)
                    continue;
                var mayFail = match.Groups["form"].Value == "_fail";
                for (var j = i + 1; j < lines.Length && lines[j].Length > 0 && char.IsWhiteSpace(lines[j][0]); j++)
                    mayFail |= lines[j].Trim().StartsWith("expect fail", StringComparison.Ordinal);
                yield return (match.Groups["query"].Value, mayFail);
            }
        }
    }
}
