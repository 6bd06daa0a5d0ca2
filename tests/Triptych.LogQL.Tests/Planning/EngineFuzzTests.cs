using System.Text;
using Triptych.LogQL.Planning;
using Triptych.LogQL.Tests.Sources;
using Triptych.LogQL.Tests.Conformance;
using Triptych.Query;
using Triptych.Query.Steps;
using static Triptych.LogQL.Tests.Sources.Query;

namespace Triptych.LogQL.Tests.Planning;

public sealed class EngineFuzzTests
{
    private static readonly string[] s_fragments =
    [
        "{", "}", "[", "]", "\"", "\\", "\\u12", ":", ",", "key", "=", " ", "1.5", "-", "null", "true", "{{", "\u001b[3", "10.0.0.1", "::1", "é", "\0",
        "\"a\":", "x=\"", "_entry",
    ];

    [Theory]
    [InlineData("| json")]
    [InlineData("| json a=\"key[0].x\", b=\"key\"")]
    [InlineData("| logfmt | key > 5")]
    [InlineData("| logfmt --strict")]
    [InlineData("| unpack |= \"x\"")]
    [InlineData("| pattern \"<a>=<b> <_>\"")]
    [InlineData("| regexp \"(?P<a>[a-z]+)=(?P<b>.*)\"")]
    [InlineData("| decolorize |> \"<_>x<_>\"")]
    [InlineData("|= ip(\"10.0.0.0/8\") or ip(\"::/0\")")]
    [InlineData("| logfmt | line_format \"{{ .key | trunc 3 }}{{ duration .x }}\"")]
    [InlineData("| logfmt --keep-empty | line_format \"{{ range $k, $v := . }}{{ $k }}{{ $v }}{{ end }}{{ fromJson (trunc 9 __line__) }}\"")]
    [InlineData("| line_format \"{{ printf __line__ 1 }}{{ toDate __line__ __line__ }}{{ date __line__ now }}\"")]
    public async Task Any_line_passes_any_stage(string stages)
    {
        var random = new Random(5);
        var source = new MemoryLogSource();
        for (var i = 0; i < 1_000; i++)
        {
            var line = new StringBuilder(random.Next(2) == 0 ? "{" : "");
            for (var n = random.Next(12); n > 0; n--) line.Append(s_fragments[random.Next(s_fragments.Length)]);
            source.Add("app=a", i, line.ToString());
        }

        var answer = await LinesAsync(source, """{app="a"} """ + stages, limit: 2_000);
        foreach (var kind in Enum.GetNames<QueryErrorKind>()) answer.ShouldNotStartWith(kind + ":");
    }

    [Fact]
    public async Task Each_query_that_parses_gives_an_answer_or_an_error()
    {
        var source = new MemoryLogSource().Add("a=b,c=d", 1, "x=1 y=2 10.0.0.1", "info", "y=z").Add("a=b", 2, """{"x":"5ms","y":"2KB","a":"q"}""");
        var answers = 0;
        foreach (var accepted in CorpusFile.Names.SelectMany(CorpusFile.Read).Where(c => c.Kind != CorpusKind.Refuse))
        {
            foreach (var grid in new[] { StepGrid.Instant(60 * Second), StepGrid.Range(0, 60 * Second, Second) })
            {
                var request = new LogQLRequest { Query = accepted.Query, Grid = grid, EndUnixNanos = 60 * Second };
                var result = await new LogQLEngine(source, new LogQLOptions()).QueryAsync(request, Context());
                (result.Value is null).ShouldBe(result.Error is not null, accepted.Query);
                if (result.Value is not null) answers++;
                else result.Error!.Message.ShouldNotBeEmpty();
            }
        }

        answers.ShouldBeGreaterThan(80);
    }
}
