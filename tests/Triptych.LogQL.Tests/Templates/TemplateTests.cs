using System.Text;
using Triptych.LogQL.Templates;

namespace Triptych.LogQL.Tests.Templates;

public sealed class TemplateTests
{
    private sealed class Scope : ITemplateScope
    {
        public string Line => "the line";

        public string Field(string name) => name switch { "app" => "Shop", "n" => "7", "f" => "2.50", "t" => " a b ", _ => "" };
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("{{.app}}/{{ .n }}{{.none}}", "Shop/7")]
    [InlineData("a {{- .app -}} b", "aShopb")]
    [InlineData("{{/* note */}}x", "x")]
    [InlineData("{{ __line__ | upper }}", "THE LINE")]
    [InlineData("{{.app | lower | printf \"%6s|%-6s|\" \"x\"}}", "     x|shop  |")]
    [InlineData("{{printf \"%05d %.2f %q %v%%\" (int .n) (float64 .f) .app true}}", "00007 2.50 \"Shop\" true%")]
    [InlineData("{{if eq .app \"Shop\"}}yes{{else}}no{{end}}", "yes")]
    [InlineData("{{if .none}}a{{else if gt (int .n) 5}}b{{else}}c{{end}}", "b")]
    [InlineData("{{if and .app (not .none)}}1{{end}}", "1")]
    [InlineData("{{ .none | default \"-\" }}", "-")]
    [InlineData("{{ add .n 1 2 }} {{ sub 1 .n }} {{ div 7 2 }} {{ mod -7 4 }} {{ mulf .f 2 }} {{ divf 1 4 }}", "10 -6 3 -3 5 0.25")]
    [InlineData("{{ round .f 0 }} {{ round 1.2345 2 }} {{ ceil 1.1 }} {{ max 1 .n 3 }}", "3 1.23 2 7")]
    [InlineData("{{ trunc 2 .app }}{{ trunc -2 .app }} {{ substr 1 3 .app }}", "Shop ho")]
    [InlineData("[{{ trim .t }}] [{{ TrimLeft .t \" \" }}] {{ trimPrefix \"S\" .app }} {{ TrimSuffix .app \"p\" }}", "[a b] [a b ] hop Sho")]
    [InlineData("{{ replace \"o\" \"0\" .app }} {{ Replace \"aaa\" \"a\" \"b\" 2 }} {{ repeat 3 \"ab\" }}", "Sh0p bba ababab")]
    [InlineData(
        "{{ regexReplaceAll \"(S)(h)\" .app \"${2}$1-\" }} {{ regexReplaceAllLiteral \"[a-z]\" .app \"$1\" }} {{ count \"[a-z]\" .app }}",
        "hS-op S$1$1$1 3")]
    [InlineData("{{ b64enc .app }} {{ b64dec \"U2hvcA==\" }} {{ urlencode \"a b&c\" }} {{ urldecode \"a+b%26c\" }}", "U2hvcA== Shop a+b%26c a b&c")]
    [InlineData("[{{ alignLeft 6 .app }}] [{{ alignRight 2 .app }}]", "[Shop  ] [op]")]
    [InlineData("{{ duration \"1m30s\" }} {{ bytes \"2KB\" }} {{ len .app }} {{ contains \"ho\" .app }}", "90 2000 4 true")]
    public void Writes(string template, string expected)
    {
        Template.TryParse(template, out var parsed, out var problem).ShouldBeTrue(problem?.Message);
        var text = new StringBuilder();
        parsed!.TryWrite(new Scope(), text).ShouldBeTrue();
        text.ToString().ShouldBe(expected);
    }

    [Theory]
    [InlineData("{{ div 1 0 }}")]
    [InlineData("{{ repeat 2000000 \"x\" }}")]
    [InlineData("{{ alignLeft 999999999999 \"x\" }}")]
    [InlineData("{{ regexReplaceAll \"(\" .app \"\" }}")]
    [InlineData("{{ lt .app 1 }}")]
    [InlineData("{{ printf \"%d\" .app }}")]
    [InlineData("{{ b64dec \"###\" }}")]
    public void Cannot_be_carried_out(string template) => Template.Parse(template).TryWrite(new Scope(), new StringBuilder()).ShouldBeFalse();

    [Theory]
    [InlineData("{{.app", "unclosed action", false)]
    [InlineData("{{}}", "missing value", false)]
    [InlineData("{{if .a}}x", "missing {{end}}", false)]
    [InlineData("{{end}}", "unexpected {{end}}", false)]
    [InlineData("{{ \"x }}", "unterminated string", false)]
    [InlineData("{{ .a | .b }}", "cannot take", false)]
    [InlineData("{{ replace \"a\" }}", "wrong number of arguments", false)]
    [InlineData("{{ $x := 1 }}", "variable", true)]
    [InlineData("{{ range .a }}{{end}}", "range", true)]
    [InlineData("{{ now }}", "\"now\"", true)]
    [InlineData("{{ . }}", "dot", true)]
    public void Is_refused(string template, string message, bool unsupported)
    {
        Template.TryParse(template, out _, out var problem).ShouldBeFalse();
        problem!.Message.ShouldContain(message);
        problem.IsUnsupported.ShouldBe(unsupported);
    }

    [Fact]
    public void Deep_nesting_is_refused()
    {
        Template.TryParse("{{" + new string('(', 100_000), out _, out var problem).ShouldBeFalse();
        problem!.Message.ShouldContain("nested");
        Template.TryParse(string.Concat(Enumerable.Repeat("{{if .a}}", 10_000)), out _, out problem).ShouldBeFalse();
        problem!.Message.ShouldContain("nested");
        Template.TryParse("{{if .a}}" + string.Concat(Enumerable.Repeat("{{else if .a}}", 10_000)), out _, out problem).ShouldBeFalse();
        problem!.Message.ShouldContain("nested");
        Template.TryParse("{{.a" + string.Concat(Enumerable.Repeat(" | lower", 10_000)) + "}}", out _, out problem).ShouldBeFalse();
        problem!.Message.ShouldContain("too many");
    }
}
