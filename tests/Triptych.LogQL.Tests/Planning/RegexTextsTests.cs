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
    [InlineData("(?i)timeout", "timeout")]
    [InlineData("(?i:TimeOut)", "TimeOut")]
    [InlineData("(?i)refused|timeout", "refu,timeout")]
    [InlineData("(?i:refused|timeout)", "refu,timeout")]
    [InlineData("(?i)connection (reset|closed)", "connection re,connection clo")]
    [InlineData("(?i)task failed", " failed")]
    [InlineData("(?i)größe 12 cm", "e 12 cm")]
    [InlineData("(?i)sk|timeout", "")]
    [InlineData("(?i)a(?-i)b", "")]
    [InlineData("(?i:a)(b)", "")]
    [InlineData("(?i:a)b", "")]
    [InlineData("(?i:[)]abc)", "")]
    [InlineData("(?i)a{b|c}d", "")]
    [InlineData("timeout", "")]
    public void Knows_texts_that_matches_contain_in_any_case(string pattern, string expected) =>
        string.Join(',', RegexTexts.InAnyCase(pattern)).ShouldBe(expected);

    [Fact]
    public void What_letters_match_beyond_ASCII_is_in_no_text_in_any_case()
    {
        // What the engine takes for a letter in another case has to be a byte of a text, or the letter must be in no text.
        for (var c = 'a'; c <= 'z'; c++)
        {
            var regex = RegexSyntax.TryCompileUnanchored($"(?i){c}", out _)!;
            var others = Enumerable.Range(0x80, 0xD800 - 0x80).Where(o => regex.IsMatch(((char)o).ToString()));
            if (others.Any()) RegexTexts.InAnyCase($"(?i){c}").ShouldBeEmpty($"{c}");
        }
    }

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
