using System.Text;
using Triptych.LogQL.Templates;

namespace Triptych.LogQL.Tests.Templates;

public sealed class TemplateTests
{
    private const string Json = """{"b":[1,2.5,{"k":"v"}],"a":{"x":null,"y":true,"z":1234567},"s":"t"}""";

    private sealed class Scope : ITemplateScope
    {
        public string Line { get; init; } = "the line";

        public long TimeUnixNanos => 1_700_000_000_123_456_789;

        public long NowUnixNanos => 1_700_000_100_000_000_000;

        public IEnumerable<KeyValuePair<string, string>> Fields => [new("n", "7"), new("app", "Shop")];

        public string Field(string name) => name switch { "app" => "Shop", "n" => "7", "f" => "2.50", "t" => " a b ", "json" => Json, _ => "" };
    }

    [Fact]
    public void A_line_of_several_megabytes_can_be_looked_at_and_written_again()
    {
        var scope = new Scope { Line = new string('w', 6_000_000) + "end" };
        var text = new StringBuilder();
        Template.Parse("{{ __line__ | trunc 3 }}{{ __line__ | trunc -3 }}").TryWrite(scope, text).ShouldBeTrue();
        text.ToString().ShouldBe("wwwend");
        Template.Parse("{{ __line__ }}").TryWrite(scope, text.Clear()).ShouldBeTrue();
        text.Length.ShouldBe(6_000_003);
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
    [InlineData("{{ printf \"%+d|%x|%X|%o|%b|%c|%e|%6.1f|%x|% d\" 5 255 255 8 5 65 12345.678 2.25 \"hi\" 3 }}", "+5|ff|FF|10|101|A|1.234568e+04|   2.2|6869| 3")]
    [InlineData("{{ printf \"%0d %-05d| %05d\" -5 3 -3 }}", "-5 3    | -0003")]
    [InlineData("{{ print 1 2 \"a\" 3 true }}|{{ println .app 1 }}", "1 2a3 true|Shop 1\n")]
    [InlineData("{{ html \"<a&'\" }} {{ js \"it's <\" }} {{ urlquery \"a b\" \"c\" }}", "&lt;a&amp;&#39; it\\'s \\u003C a+bc")]
    [InlineData("{{ mulf 1000000 1 }} {{ divf 1 3 }} {{ float64 100000 }} {{ divf 1 100000 }} {{ divf 1 10000 }}", "1e+06 0.3333333333333333 100000 1e-05 0.0001")]
    [InlineData("{{ and .app .n }} {{ or .none \"x\" }} {{ if or true (div 1 0) }}short{{ end }}", "7 x short")]
    [InlineData("{{ if eq .n \"1\" \"7\" }}y{{ end }}{{ if ne nil 1 }}z{{ end }}", "yz")]
    public void Writes(string template, string expected)
    {
        Template.TryParse(template, out var parsed, out var problem).ShouldBeTrue(problem?.Message);
        var text = new StringBuilder();
        parsed!.TryWrite(new Scope(), text).ShouldBeTrue();
        text.ToString().ShouldBe(expected);
    }

    [Theory]
    [InlineData("{{ $x := .app }}{{ $x | lower }} {{ $x = \"b\" }}{{ $x }}", "shop b")]
    [InlineData("{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $x := 3 }}{{ $x }}{{ end }}{{ $x }}", "32")]
    [InlineData("{{ if $x := .none }}a{{ else }}[{{ $x }}]{{ end }}", "[]")]
    [InlineData("{{ with .app }}{{ . }} {{ $.n }} {{ $ }}{{ end }}", "Shop 7 map[app:Shop n:7]")]
    [InlineData("{{ with .none }}x{{ else with .n }}<{{ . }}>{{ else }}y{{ end }}", "<7>")]
    [InlineData("{{ range $i, $e := (fromJson .json).b }}{{ $i }}={{ $e }};{{ end }}", "0=1;1=2.5;2=map[k:v];")]
    [InlineData("{{ range $k, $v := fromJson .json }}{{ $k }}:{{ $v }} {{ end }}", "a:map[x:<nil> y:true z:1.234567e+06] b:[1 2.5 map[k:v]] s:t ")]
    [InlineData("{{ range $q := fromJson \"[{\\\"q\\\":1},{\\\"q\\\":2}]\" }}{{ $q.q }}{{ .q }} {{ end }}", "11 22 ")]
    [InlineData("{{ range 4 }}{{ if eq . 1 }}{{ continue }}{{ end }}{{ if eq . 3 }}{{ break }}{{ end }}{{ . }}{{ end }}.", "02.")]
    [InlineData("{{ range fromJson \"[]\" }}x{{ else }}none{{ end }} {{ range fromJson \"{\" }}x{{ else }}nil{{ end }}", "none nil")]
    [InlineData("{{ range $k, $v := . }}{{ $k }}={{ $v }} {{ end }}", "app=Shop n=7 ")]
    [InlineData("{{ range $i := 3 }}{{ $i }}{{ range $j := 2 }}{{ $j }}{{ break }}{{ end }}{{ end }}", "001020")]
    [InlineData("{{ $j := fromJson .json }}{{ $j.a.z }} {{ $j.none }} {{ $j.a.x }} {{ len $j }} {{ len $j.b }}", "1.234567e+06 <no value> <no value> 3 3")]
    [InlineData("{{ index (fromJson .json) \"b\" 2 \"k\" }} {{ index . \"app\" }}{{ index . \"none\" }} {{ slice .app 1 3 }} {{ slice (fromJson .json).b 1 2 }}", "v Shop ho [2.5]")]
    [InlineData("{{ (fromJson .json).s | default \"d\" }} {{ (fromJson .json).a.x | default \"d\" }}", "t d")]
    [InlineData("{{ define \"x\" }}<{{ . }}>{{ end }}{{ template \"x\" .app }}{{ template \"x\" .n }}", "<Shop><7>")]
    [InlineData("{{ template \"x\" . }}{{ define `x` }}{{ .app }} {{ $.n }}{{ .none }}{{ end }}", "Shop 7")]
    [InlineData("{{ $v := 1 }}{{ define \"x\" }}{{ $v := 2 }}{{ $w := 3 }}{{ $v }}{{ $w }}{{ $ }}{{ end }}{{ template \"x\" 5 }}{{ $v }}", "2351")]
    [InlineData("{{ block \"x\" .app }}[{{ . | lower }}]{{ end }}{{ template \"x\" \"Y\" }}", "[shop][y]")]
    [InlineData("{{ range 3 }}{{ template \"x\" . }}{{ end }}{{ define \"x\" }}{{ range . }}{{ if eq . 1 }}{{ break }}{{ end }}{{ . }}{{ end }};{{ end }}", ";0;0;")]
    [InlineData("{{ define \"x\" }}{{ if gt . 0 }}{{ . }}{{ template \"x\" (sub . 1) }}{{ end }}{{ end }}{{ template \"x\" 4 }}", "4321")]
    [InlineData("{{ define \"x\" }}{{ . }}{{ end }}{{ template \"x\" }}{{ define \"y\" }}a{{ end }}{{- template \"y\" -}} ", "<no value>a")]
    [InlineData("{{ if false }}{{ template \"nowhere\" }}{{ end }}ok", "ok")]
    public void Writes_blocks_variables_and_json(string template, string expected) => Writes(template, expected);

    [Theory]
    [InlineData("{{ __timestamp__ }}", "2023-11-14 22:13:20.123456789 +0000 UTC")]
    [InlineData("{{ now | unixEpoch }} {{ __timestamp__ | unixEpochMillis }} {{ unixEpochNanos __timestamp__ }}", "1700000100 1700000000123 1700000000123456789")]
    [InlineData("{{ date \"2006-01-02T15:04:05.000Z07:00\" __timestamp__ }} {{ date \"Mon Jan _2 3:04PM 06 MST\" 1700000000 }}", "2023-11-14T22:13:20.123Z Tue Nov 14 10:13PM 23 UTC")]
    [InlineData("{{ date \"Monday, 2 January 002 __2 05.99 .999 -07 -0700 pm Mondays _2006 1/2\" 1700000000 }}",
        "Tuesday, 14 November 318 318 20  +00 +0000 pm Tuesdays _2023 11/14")]
    [InlineData("{{ toDate \"2006-01-02\" \"2021-11-02\" | unixEpoch }} {{ toDate \"2006-01-02\" \"nonsense\" | unixEpoch }}", "1635811200 -62135596800")]
    [InlineData("{{ toDateInZone \"2006-01-02 15:04\" \"Europe/Berlin\" \"2024-07-01 12:00\" | unixEpoch }}", "1719828000")]
    [InlineData("{{ toDateInZone \"2006-01-02 15:04\" \"Europe/Berlin\" \"2024-01-01 12:00\" | date \"15:04 MST\" }}", "11:00 UTC")]
    [InlineData("{{ toDateInZone \"2006-01-02T15:04:05Z07:00\" \"UTC\" \"2024-01-01T12:00:00.25+02:30\" | unixEpochMillis }}", "1704101400250")]
    [InlineData("{{ toDate \"Jan _2 03:04:05.000 PM 2006 MST\" \"feb  3 12:30:59.125 AM 2024 UTC\" | unixEpochMillis }}", "1706920259125")]
    [InlineData("{{ toDate \"2006 002\" \"2024 366\" | date \"01-02\" }} {{ toDate \"06-1-2\" \"69-2-30\" | unixEpoch }}", "12-31 -62135596800")]
    [InlineData("{{ unixToTime \"19373\" | date \"2006-01-02\" }} {{ unixToTime \"1700000000123\" | unixEpochNanos }} {{ unixToTime \"1700000000123456\" | unixEpochNanos }}",
        "2023-01-16 1700000000123000000 1700000000123456000")]
    [InlineData("{{ unixToTime \"9999999999999\" | date \"2006-01-02 15:04:05\" }} {{ unixToTime \"-999999999\" | unixEpoch }}", "2286-11-20 17:46:39 -999999999")]
    [InlineData("{{ toDate \"2006-01-02 -0700\" \"2024-05-06 -0730\" }}", "2024-05-06 00:00:00 -0730 -0730")]
    [InlineData("{{ if (unixToTime \"1700000000\") }}{{ print __timestamp__ 1 }}{{ end }}", "2023-11-14 22:13:20.123456789 +0000 UTC 1")]
    public void Writes_times(string template, string expected) => Writes(template, expected);

    [Theory]
    [InlineData("{{ toDateInZone \"2006\" \"No/Where\" \"2024\" | unixEpoch }}")]
    [InlineData("{{ toDateInZone \"2006\" \"../etc/passwd\" \"2024\" | unixEpoch }}")]
    [InlineData("{{ toDateInZone \"2006\" \"Europe/Berlin\" \"2024\" }}")]
    [InlineData("{{ unixToTime \"123\" }}")]
    [InlineData("{{ toDateInZone \"2006\" \"Africa/Abidjan\" \"2024\" }}")]
    [InlineData("{{ fromJson (trunc 2 \"\\\"😀\\\"\") }}")]
    [InlineData("{{ date \"2006\" \"yesterday\" }}")]
    [InlineData("{{ date \"2006\" 999999999999999 }}")]
    [InlineData("{{ .app.x }}")]
    [InlineData("{{ (fromJson .json).none.x }}")]
    [InlineData("{{ lower (fromJson .json) }}")]
    [InlineData("{{ eq .n 7 }}")]
    [InlineData("{{ index (fromJson .json).b 3 }}")]
    [InlineData("{{ slice .app 3 9 }}")]
    [InlineData("{{ range .app }}x{{ end }}")]
    [InlineData("{{ fromJson \"\\\"\\\\ud800\\\"\" }}")]
    [InlineData("{{ range 1000000000 }}{{ end }}")]
    [InlineData("{{ template \"nowhere\" . }}")]
    [InlineData("{{ call .app }}")]
    [InlineData("{{ define \"x\" }}{{ template \"x\" . }}{{ end }}{{ template \"x\" . }}")]
    [InlineData("{{ define \"x\" }}{{ range 1000 }}{{ template \"y\" . }}{{ end }}{{ end }}{{ define \"y\" }}{{ range 1000 }}a{{ end }}{{ end }}{{ range 1000 }}{{ template \"x\" . }}{{ end }}")]
    [InlineData("{{ range 10000 }}{{ range 10000 }}{{ if true }}{{ end }}{{ end }}{{ end }}")]
    [InlineData("{{ $x := \"ab\" }}{{ range 64 }}{{ $x = print $x $x }}{{ end }}")]
    [InlineData("{{ $x := \"ab\" }}{{ range 1000 }}{{ $x = b64enc $x }}{{ end }}")]
    [InlineData("{{ div 1 0 }}")]
    [InlineData("{{ repeat 20000000 \"x\" }}")]
    [InlineData("{{ range 100 }}{{ $x := repeat 10000000 \"x\" }}{{ end }}")]
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
    [InlineData("{{ $x }}", "undefined variable", false)]
    [InlineData("{{ if true }}{{ $x := 1 }}{{ end }}{{ $x }}", "undefined variable", false)]
    [InlineData("{{ $x = 1 }}", "undefined variable", false)]
    [InlineData("{{ range $a, 1 }}{{end}}", "two variables", false)]
    [InlineData("{{ range $a, $b .c }}{{end}}", "needs := after", false)]
    [InlineData("{{ range .a }}", "missing {{end}}", false)]
    [InlineData("{{ break }}", "outside {{range}}", false)]
    [InlineData("{{ range .a }}{{ else }}{{ continue }}{{ end }}", "outside {{range}}", false)]
    [InlineData("{{ .a. }}", "missing name", false)]
    [InlineData("{{ nil }}", "nil is not a command", false)]
    [InlineData("{{ env \"HOME\" }}", "function \"env\" not defined", false)]
    [InlineData("{{ eq 1 lower }}", "wrong number of arguments for lower", false)]
    [InlineData("{{ if .a }}{{ define \"a\" }}{{ end }}{{ end }}", "unexpected {{define}}", false)]
    [InlineData("{{ define \"a\" }}x{{ end }}{{ define \"a\" }}y{{ end }}", "multiple definition of template \"a\"", false)]
    [InlineData("{{ define \"a\" }}", "missing {{end}}", false)]
    [InlineData("{{ define a }}{{ end }}", "missing name of a template", false)]
    [InlineData("{{ template .a }}", "missing name of a template", false)]
    [InlineData("{{ block \"a\" }}{{end}}", "missing value", false)]
    [InlineData("{{ $x := 1 }}{{ define \"a\" }}{{ $x }}{{ end }}", "undefined variable", false)]
    [InlineData("{{ range .a }}{{ block \"a\" . }}{{ break }}{{ end }}{{ end }}", "outside {{range}}", false)]
    [InlineData("{{ call }}", "wrong number of arguments for call", false)]
    [InlineData("{{ now.Unix }}", "method", true)]
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
        Template.TryParse("{{$" + string.Concat(Enumerable.Repeat(".a", 10_000)) + "}}", out _, out problem).ShouldBeFalse();
        problem!.Message.ShouldContain("too many");
        Template.TryParse(string.Concat(Enumerable.Repeat("{{range .a}}", 10_000)), out _, out problem).ShouldBeFalse();
        problem!.Message.ShouldContain("nested");
    }
}
