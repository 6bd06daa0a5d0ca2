using Triptych.Model.Labels;

namespace Triptych.Model.Tests.Labels;

public sealed class RegexSyntaxTests
{
    [Theory]
    [InlineData(@"\d+", "٣", false)]
    [InlineData(@"\d+", "a7b", true)]
    [InlineData(@"^\w+$", "größe", false)]
    [InlineData(@"[\D]", "12", false)]
    [InlineData(@"[\W]", "aZ_9", false)]
    [InlineData(@"[\S]", " \t", false)]
    [InlineData(@"a$", "a\n", false)]
    [InlineData(@"(?m)a$", "a\nb", true)]
    [InlineData(@"[[:alpha:]]{3}", "ab1", false)]
    [InlineData(@"[a-z-[aeiou]]", "b]", true)]
    [InlineData(@"[]a]", "]", true)]
    [InlineData(@"\Qa.b*\E", "a.b*", true)]
    [InlineData(@"\Qa.b\E", "axb", false)]
    [InlineData(@"\x41\x{1F600}", "A😀", true)]
    [InlineData(@"😀+$", "😀😀", true)]
    [InlineData(@"(?i)error", "ERROR", true)]
    [InlineData(@"a{,3}", "a{,3}", true)]
    [InlineData(@"\pL\p{Lu}", "aB", true)]
    [InlineData("^.$", "😀", true)]
    [InlineData("^x.y$", "x😀y", true)]
    [InlineData("^.{2}$", "😀", false)]
    [InlineData("^.?$", "😀", true)]
    [InlineData("x.+y", "x😀y", true)]
    [InlineData("^[^a]$", "😀", true)]
    [InlineData("^[^-a]$", "😀", true)]
    [InlineData("^[^a-]$", "-", false)]
    [InlineData("^[^a-]$", "b", true)]
    [InlineData("^[^]a]$", "]", false)]
    [InlineData("^[^a][^a]$", "😀", false)]
    [InlineData("^\\D$", "😀", true)]
    [InlineData("^\\W\\S$", "😀x", true)]
    [InlineData("^a.b$", "a\nb", true)]
    [InlineData("^(?-s)a.b$", "a\nb", false)]
    [InlineData("^(?-s:a.)b$", "a😀b", true)]
    [InlineData("^((?-s)a.)b.$", "axb\n", true)]
    public void Matches_as_RE2_does(string pattern, string text, bool expected)
    {
        var regex = RegexSyntax.TryCompileUnanchored(pattern, out var error);
        error.ShouldBeNull();
        regex!.IsMatch(text).ShouldBe(expected);
    }

    [Theory]
    [InlineData("(?U)a(.*)b", "a1b2b", "1")]
    [InlineData("(?U)a(.*?)b", "a1b2b", "1b2")]
    [InlineData("(?U:a(.*)b)", "a1b2b", "1")]
    [InlineData("(?U)a(?-U:(.+))b", "a1b2b", "1b2")]
    [InlineData("((?U)a.+)(b.*)", "a1b2b", "a1")]
    [InlineData("(?iU)A(.{1,9})B", "a1b2b", "1")]
    [InlineData("(?U-s)a(.?)", "a1", "")]
    [InlineData("a(.*)b", "a1b2b", "1b2")]
    public void The_flag_U_swaps_what_takes_most_and_what_takes_least(string pattern, string text, string expected)
    {
        var regex = RegexSyntax.TryCompileCapturing(pattern, anchored: false, out var error);
        error.ShouldBeNull();
        regex!.Match(text).Groups[1].Value.ShouldBe(expected);
    }

    [Theory]
    [InlineData("(")]
    [InlineData(")")]
    [InlineData("[a")]
    [InlineData("a**")]
    [InlineData(@"\1")]
    [InlineData(@"\Z")]
    [InlineData("(?=a)")]
    [InlineData("(?<!a)")]
    [InlineData("(?>a)")]
    [InlineData("(?x)a")]
    [InlineData("(?#a)")]
    [InlineData("a{1001}")]
    [InlineData("((a{900}){900}){900}")]
    [InlineData("(?P<a>x)(?P<a>y)")]
    [InlineData(@"\p{Greek}")]
    [InlineData("a\\")]
    public void Refuses_what_RE2_refuses_or_cannot_be_carried_over(string pattern)
    {
        RegexSyntax.TryCompileUnanchored(pattern, out var error).ShouldBeNull();
        error.ShouldNotBeNull().ShouldStartWith("invalid regular expression");
    }

    [Theory]
    [InlineData("timeout after .* ms", "timeout after ")]
    [InlineData("abc?def", "def")]
    [InlineData("ab+c", "ab")]
    [InlineData("x|yyyy", "")]
    [InlineData("(?i)abc", "")]
    [InlineData("(a|b)status=5..", "status=5")]
    [InlineData(@"a\.b", "a.b")]
    [InlineData("a{2}bcd", "bcd")]
    public void Knows_a_text_that_each_match_contains(string pattern, string expected)
    {
        RegexSyntax.TryAnalyze(pattern, out _).ShouldNotBeNull().RequiredLiteral.ShouldBe(expected);
    }

    [Theory]
    [InlineData("timeout after", true)]
    [InlineData("time.out", false)]
    [InlineData("", false)]
    public void Knows_a_pattern_that_is_a_plain_text(string pattern, bool expected) =>
        RegexSyntax.TryAnalyze(pattern, out _).ShouldNotBeNull().IsLiteral.ShouldBe(expected);

    [Theory]
    [InlineData("a)|(b")]
    [InlineData("a)(?:b")]
    public void A_pattern_cannot_close_the_group_that_anchors_it(string pattern) =>
        RegexSyntax.TryCompileAnchored(pattern, out _).ShouldBeNull();
}
