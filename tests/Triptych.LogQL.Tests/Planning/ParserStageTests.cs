using Triptych.LogQL.Planning;
using Triptych.LogQL.Tests.Sources;
using static Triptych.LogQL.Tests.Sources.Query;

namespace Triptych.LogQL.Tests.Planning;

public sealed class ParserStageTests
{
    private static Task<string> One(string line, string stages, string metadata = "") => LinesAsync(
        new MemoryLogSource().Add("app=a", Second, line, metadata: metadata), """{app="a"} | drop detected_level """ + stages, LogDirection.Forward, categorize: true);

    [Theory]
    [InlineData("""{"a":1,"b":{"c":"x","d-e":true},"f":[1,2],"g":null,"h":"","9":"n"}""", "_9=n,a=1,b_c=x,b_d_e=true")]
    [InlineData("""{"app":"q","esc":"l\"\u00e9\n\ud83d\ude00"}""", "app_extracted=q,esc=l\"é\n😀")]
    [InlineData("""{"a":1,"a":2}""", "a=2")]
    [InlineData("""not json""", "__error__=JSONParserErr,__error_details__=the line is not a JSON object")]
    [InlineData("""[1]""", "__error__=JSONParserErr,__error_details__=the line is not a JSON object")]
    [InlineData("""{"a":1,"b":""", "__error__=JSONParserErr,__error_details__=the line is not a JSON object,a=1")]
    [InlineData("""{"a":tru}""", "__error__=JSONParserErr,__error_details__=the line is not a JSON object")]
    [InlineData("{}", "")]
    public async Task Json_flattens_an_object(string line, string parsed) =>
        (await One(line, "| json")).ShouldBe("{app=a} 1:" + line + "{}{" + parsed + "}");

    [Theory]
    [InlineData("""x="a.b[1].c" """, "x=hit")]
    [InlineData("""x="a[\"b\"][0]", y="n", z="none" """, "x=5,y=1.50")]
    [InlineData("""x="a" """, """x={"b":[5,{"c":"hit"}]}""")]
    [InlineData("n", "n=1.50")]
    public async Task Json_follows_paths(string paths, string parsed)
    {
        const string Line = """{"s":{"t":[{}]},"a":{"b":[5,{"c":"hit"}]},"n":1.50}""";
        (await One(Line, "| json " + paths)).ShouldBe("{app=a} 1:" + Line + "{}{" + parsed + "}");
    }

    [Theory]
    [InlineData("| logfmt --keep-empty", "a=1,b=,bare=,c=,d=x,q=")]
    [InlineData("| logfmt", "a=1,d=x")]
    [InlineData("| logfmt --keep-empty q=\"b\", d", "d=x,q=")]
    [InlineData("| logfmt --keep-empty | b=\"\" | drop c, bare | label_format e=d", "a=1,b=,e=x,q=")]
    [InlineData("| logfmt --strict --keep-empty", "__error__=LogfmtParserErr,__error_details__=the line is not logfmt,a=1,b=")]
    public async Task Logfmt_keeps_empty_values_where_it_is_told_to(string stages, string parsed)
    {
        const string Line = "a=1 b= bare c=\"\" d=x e\"f q";
        (await One(Line, stages)).ShouldBe("{app=a} 1:" + Line + "{}{" + parsed + "}");
    }

    [Fact]
    public async Task Empty_values_that_are_kept_tell_no_series_apart()
    {
        var source = new MemoryLogSource().Add("app=a", Second, "a=1 b=").Add("app=a", 2 * Second, "a=1");
        (await InstantAsync(source, """count_over_time({app="a"} | logfmt --keep-empty [10s])""", 10)).ShouldBe("{a=1,app=a,detected_level=unknown} 2");
    }

    [Fact]
    public async Task Deeply_nested_json_is_an_error_and_no_overflow()
    {
        var line = string.Concat(Enumerable.Repeat("{\"a\":", 100_000)) + "1" + new string('}', 100_000);
        (await One(line, "| json | keep __error__")).ShouldEndWith("{__error__=JSONParserErr,__error_details__=the line is not a JSON object}");
    }

    [Theory]
    [InlineData("""a=1 b="x \"y\"" bare c= d-e=2 f""", "", "a=1,b=x \"y\",d_e=2")]
    [InlineData("""a=1 b="open""", "", "a=1")]
    [InlineData("a=1 b=x\"y c=3", "", "a=1,c=3")]
    [InlineData("a=1 bare", " --strict", "__error__=LogfmtParserErr,__error_details__=the line is not logfmt,a=1")]
    [InlineData("a=1 b=2", " x=\"b\"", "x=2")]
    public async Task Logfmt_reads_pairs(string line, string arguments, string parsed) =>
        (await One(line, "| logfmt" + arguments)).ShouldBe("{app=a} 1:" + line + "{}{" + parsed + "}");

    [Theory]
    [InlineData("""| regexp "(?P<method>\\w+) (?P<path>\\S+)" """, "method=GET,path=/x?y")]
    [InlineData("""| regexp "(?P<none>nothing)" """, "")]
    [InlineData("""| pattern "<method> <path> <_>" """, "method=GET,path=/x?y")]
    [InlineData("""| pattern "POST <path>" """, "")]
    public async Task Captures_become_labels(string stage, string parsed) =>
        (await One("GET /x?y 200", stage)).ShouldBe("{app=a} 1:GET /x?y 200{}{" + parsed + "}");

    [Fact]
    public async Task Formats_write_lines_and_labels()
    {
        (await One("a=1 b=2", """| logfmt | label_format c="{{.a}}{{.b}}", d=a | line_format "{{.c}}-{{.d}} {{__line__}}" |= "12-" """))
            .ShouldBe("{app=a} 1:12-1 a=1 b=2{}{b=2,c=12,d=1}");
        (await One("a=0", """| logfmt | line_format "{{ div 1 .a }}" """))
            .ShouldBe("{app=a} 1:a=0{}{__error__=TemplateFormatErr,__error_details__=the line's template cannot be carried out,a=0}");
    }

    [Fact]
    public async Task Unpack_restores_line_and_labels() =>
        (await One("""{"pod":"p","n":1,"_entry":"the \"line\""}""", """| unpack |= "the" """)).ShouldBe("{app=a} 1:the \"line\"{}{pod=p}");

    [Fact]
    public async Task Decolorize_takes_colours_off() => (await One("\u001b[31mred\u001b[0m", """| decolorize |= "red" """)).ShouldBe("{app=a} 1:red{}{}");

    [Fact]
    public async Task Parsed_labels_replace_metadata_of_the_same_name() =>
        (await One("k=line", "| logfmt", "k=meta,m=1")).ShouldBe("{app=a} 1:k=line{m=1}{k=line}");

    [Theory]
    [InlineData("""| logfmt | drop a, b="no", c=~"y.*" """, "b=2")]
    [InlineData("""| logfmt | keep a, b="2" """, "a=1,b=2")]
    [InlineData("""| logfmt | label_format x=a, y=none""", "b=2,c=yes,x=1")]
    public async Task Labels_are_dropped_kept_and_renamed(string stages, string parsed) =>
        (await One("a=1 b=2 c=yes", stages)).ShouldEndWith("{}{" + parsed + "}");

    [Theory]
    [InlineData("n > 4", true)]
    [InlineData("n >= 5.5", false)]
    [InlineData("n == 5", true)]
    [InlineData("n != 5", false)]
    [InlineData("n > -1 and d > 1s", true)]
    [InlineData("d < 1500ms", false)]
    [InlineData("s >= 5KB", true)]
    [InlineData("s > 5KB", false)]
    [InlineData("none > 1", false)]
    [InlineData("none != 1", false)]
    [InlineData("t=\"text\"", true)]
    [InlineData("t=~\"te.*\"", true)]
    [InlineData("t=~\"te\"", false)]
    [InlineData("t!~\"te\"", true)]
    [InlineData("none=\"\"", true)]
    [InlineData("ip=ip(\"10.0.0.0/8\")", true)]
    [InlineData("ip!=ip(\"10.0.0.0/8\")", false)]
    [InlineData("n > 9 or t=\"text\"", true)]
    [InlineData("t > 5 ", true)]
    public async Task Label_filters_compare_by_type(string filter, bool kept)
    {
        var answer = await One("n=5 d=1.5s s=5000B t=text ip=10.1.2.3", "| logfmt | " + filter);
        (answer.Length > 0).ShouldBe(kept, answer);
        answer.Contains("__error__=LabelFilterErr", StringComparison.Ordinal).ShouldBe(filter == "t > 5 ");
    }

    private readonly MemoryLogSource _requests = new MemoryLogSource()
        .Add("app=a", 1 * Second, """{"ms":10,"status":"200","took":"1s","size":"1KB"}""")
        .Add("app=a", 2 * Second, """{"ms":30,"status":"500","took":"500ms","size":"1KiB"}""")
        .Add("app=a", 3 * Second, """{"ms":20,"status":"200","took":"250ms"}""")
        .Add("app=b", 4 * Second, """{"ms":"slow","status":"200"}""");

    [Theory]
    [InlineData("""sum by (status) (count_over_time({app="a"} | json | ms > 15 [1m]))""", "{status=200} 1\n{status=500} 1")]
    [InlineData("""sum(count_over_time({app=~".+"} | json [1m]))""", "{} 4")]
    [InlineData("""sum by (app) (sum_over_time({app="a"} | json | unwrap ms [1m]))""", "{app=a} 60")]
    [InlineData("""sum(rate({app="a"} | json | unwrap ms [1m]))""", "{} 1")]
    [InlineData("""max_over_time({app="a"} | json | unwrap ms [1m]) by (status)""", "{status=200} 20\n{status=500} 30")]
    [InlineData("""min_over_time({app="a"} | json | unwrap ms [1m]) by ()""", "{} 10")]
    [InlineData("""avg_over_time({app="a"} | json | unwrap ms [1m]) by (app)""", "{app=a} 20")]
    [InlineData("""first_over_time({app="a"} | json | unwrap ms [1m]) by (app)""", "{app=a} 10")]
    [InlineData("""last_over_time({app="a"} | json | unwrap ms [1m]) by (app)""", "{app=a} 20")]
    [InlineData("""stdvar_over_time({app="a"} | json | unwrap ms [1m]) by (app)""", "{app=a} 66.666667")]
    [InlineData("""quantile_over_time(0.5, {app="a"} | json | unwrap ms [1m]) by (app)""", "{app=a} 20")]
    [InlineData("""sum(sum_over_time({app="a"} | json | unwrap duration(took) [1m]))""", "{} 1.75")]
    [InlineData("""sum(sum_over_time({app="a"} | json | unwrap bytes(size) [1m]))""", "{} 2024")]
    [InlineData("""sum_over_time({app="a"} | json | keep ms, status | unwrap ms [1m])""", "{status=200} 30\n{status=500} 30")]
    [InlineData("""absent_over_time({app="a"} | json | status="404" [1m])""", "{app=a} 1")]
    [InlineData("""sum(sum_over_time({app=~".+"} | json | unwrap ms | __error__="" [1m]))""", "{} 60")]
    [InlineData("""sum(bytes_over_time({app="a"} | json | status="500" [1m]))""", "{} 53")]
    public async Task Metrics_over_parsed_labels(string query, string expected) => (await InstantAsync(_requests, query, 60)).ShouldBe(expected);

    [Fact]
    public async Task A_row_with_an_error_ends_a_metric_query() =>
        (await InstantAsync(_requests, """sum(sum_over_time({app=~".+"} | json | unwrap ms [1m]))""", 60))
            .ShouldStartWith("BadData: pipeline error: 'SampleExtractionErr' for series: '{app=\"b\"");

    [Fact]
    public async Task Keys_from_outside_are_charged_to_the_query()
    {
        var source = new MemoryLogSource();
        for (var i = 0; i < 2000; i++) source.Add("app=a", i, $$"""{"key{{i}}{{new string('x', 100)}}":1}""");
        var context = Context(new Triptych.Query.Budgets.QueryLimits { MaxBytes = 300_000 });
        var request = new LogQLRequest
        {
            Query = """sum(count_over_time({app="a"} | json | x="" [1m]))""",
            Grid = Triptych.Query.Steps.StepGrid.Instant(Second),
            IsInstant = true,
        };
        var result = await new LogQLEngine(source, new LogQLOptions()).QueryAsync(request, context);
        result.Error.ShouldNotBeNull().Message.ShouldContain("300000 bytes");
    }
}
