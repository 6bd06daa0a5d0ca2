using Triptych.LogQL.Planning;
using Triptych.Model.Labels;

namespace Triptych.LogQL.Tests.Planning;

public sealed class RegexTextsTests
{
    [Theory]
    [InlineData(
        "[Cc]onnection (refused|reset|closed)",
        "Connection refused,Connection reset,Connection closed,connection refused,connection reset,connection closed")]
    [InlineData("status[=\":]+5[0-9][0-9]", "status=,status\",status:")]
    [InlineData("(get|post) /api", "get /api,post /api")]
    [InlineData("plain text", "plain text")]
    [InlineData("a+b", "a")]
    [InlineData("user=\\d+ logged (in|out)", " logged in, logged out")]
    [InlineData("https?://[a-z]+", "http")]
    [InlineData("x{2,3}yz", "yz")]
    [InlineData("one|two", "")]
    [InlineData("(?i)error", "")]
    [InlineData("a{b|c}d", "")]
    [InlineData("(a(b|c)d)", "")]
    [InlineData(".*", "")]
    [InlineData("(a|)", "")]
    public void Knows_texts_that_matches_contain(string pattern, string expected) => string.Join(',', RegexTexts.Of(pattern)).ShouldBe(expected);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Each_match_contains_one_of_the_texts(int seed)
    {
        var random = new Random(seed);
        string[] pieces =
        [
            "a", "b", "ab", "[ab]", "[^a]", "(a|b)", "(ab|c)", ".", "a*", "b?", "c+", "(a|b)+", "a{2}", "[abc]+", "\\.", "\\w", "^", "$", "|", "[a-c]", "(ab)?",
        ];
        var known = 0;
        for (var i = 0; i < 1_500; i++)
        {
            var pattern = string.Concat(Enumerable.Range(0, random.Next(1, 7)).Select(_ => pieces[random.Next(pieces.Length)]));
            if (RegexSyntax.TryCompileUnanchored(pattern, out _) is not { } regex) continue;
            var texts = RegexTexts.Of(pattern);
            known += texts.Count > 1 ? 1 : 0;
            for (var n = 0; n < 40; n++)
            {
                var line = string.Concat(Enumerable.Range(0, random.Next(9)).Select(_ => "abc."[random.Next(4)]));
                if (texts.Count > 0 && regex.IsMatch(line)) texts.ShouldContain(t => line.Contains(t, StringComparison.Ordinal), $"{pattern} in {line}");
            }
        }

        known.ShouldBeGreaterThan(100);
    }
}
