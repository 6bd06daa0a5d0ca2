using System.Globalization;
using System.Text;

namespace Triptych.Server.Tests.Intake;

/// <summary>Log records as nobody should send them: each bounded and clearly answered, and the server goes on.</summary>
public sealed class BadLogsTests(DefaultServer server)
{
    private static string Now => ((long)Bodies.NowNanos).ToString(CultureInfo.InvariantCulture);

    [Fact]
    public async Task Bytes_that_are_not_utf8_are_replaced_in_lines_and_refused_in_labels()
    {
        var line = Encoding.Latin1.GetBytes($$"""{"streams":[{"stream":{"app":"bad-utf8"},"values":[["{{Now}}","a{{(char)0xFF}}b"]]}]}""");
        (await PushAsync(line)).Status.ShouldBe(204);
        (await StoredLine.ReadAsync(server, "{app=\"bad-utf8\"}")).ShouldHaveSingleItem().Line.ShouldBe("a\ufffdb");
        var label = Encoding.Latin1.GetBytes($$"""{"streams":[{"stream":{"app":"bad{{(char)0xFF}}"},"values":[["{{Now}}","x"]]}]}""");
        (await PushAsync(label)).ShouldBeOneLine(400, "not valid UTF-8", "total ignored: 1 out of 1");
    }

    [Fact]
    public async Task Nul_bytes_are_kept()
    {
        (await PushAsync(Encoding.UTF8.GetBytes($$"""{"streams":[{"stream":{"app":"nul"},"values":[["{{Now}}","a\u0000b",{"k":"\u0000"}]]}]}"""))).Status.ShouldBe(204);
        var found = (await StoredLine.ReadAsync(server, "{app=\"nul\"}")).ShouldHaveSingleItem();
        (found.Line, found.Stream["k"]).ShouldBe(("a\0b", "\0"));
    }

    [Theory]
    [InlineData(10 * 1024 * 1024, 204)]
    [InlineData((10 * 1024 * 1024) + 1, 400)]
    public async Task Lines_of_ten_megabytes_are_taken_and_longer_ones_refused(int length, int status)
    {
        var app = $"long{status}";
        var body = Encoding.UTF8.GetBytes($$"""{"streams":[{"stream":{"app":"{{app}}"},"values":[["{{Now}}","{{new string('x', length)}}"]]}]}""");
        var answer = await PushAsync(body);
        answer.Status.ShouldBe(status, answer.Text);
        var found = await StoredLine.ReadAsync(server, $"{{app=\"{app}\"}}");
        found.Select(static l => l.Line.Length).ShouldBe(status == 204 ? [length] : []);
        if (status == 400) answer.ShouldBeOneLine(400, $"{length} bytes is longer than 10485760 bytes");
    }

    [Theory]
    [InlineData("bad-name")]
    [InlineData("9lives")]
    [InlineData("")]
    [InlineData("ä")]
    public async Task Label_names_that_are_none_refuse_their_stream_alone(string name)
    {
        var good = $"good{name.Length}{(name.Length > 0 ? (int)name[0] : 0)}";
        var answer = await PushAsync(Encoding.UTF8.GetBytes(
            $$"""{"streams":[{"stream":{"{{name}}":"x"},"values":[["{{Now}}","a"]]},{"stream":{"app":"{{good}}"},"values":[["{{Now}}","b"]]}]}"""));
        answer.ShouldBeOneLine(400, "label", "total ignored: 1 out of 2");
        (await StoredLine.ReadAsync(server, $"{{app=\"{good}\"}}")).ShouldHaveSingleItem().Line.ShouldBe("b");
    }

    [Theory]
    [InlineData("1000000000000000000", "has timestamp too old: 2001-09-09T01:46:40")]
    [InlineData("-62135596800000000000", "nanoseconds")]
    [InlineData("9223372036854775807", "has timestamp too new: 2262-04-11T23:47:16")]
    [InlineData("4102444800000000000", "has timestamp too new: 2100-01-01T00:00:00")]
    public async Task Clocks_that_are_years_off_are_refused_by_name(string time, string reason)
    {
        var answer = await PushAsync(Encoding.UTF8.GetBytes($$"""{"streams":[{"stream":{"app":"clock"},"values":[["{{time}}","a"]]}]}"""));
        answer.ShouldBeOneLine(400, reason);
        (await StoredLine.ReadAsync(server, "{app=\"clock\"}")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_hundred_thousand_streams_in_one_push_are_taken()
    {
        var now = Now;
        var body = new StringBuilder("""{"streams":[""");
        for (var i = 0; i < 100_000; i++)
        {
            if (i > 0) body.Append(',');
            body.Append(CultureInfo.InvariantCulture, $$"""{"stream":{"app":"many","n":"{{i}}"},"values":[["{{now}}","line {{i}}"]]}""");
        }

        var answer = await PushAsync(Encoding.UTF8.GetBytes(body.Append("]}").ToString()));
        answer.Status.ShouldBe(204, answer.Text);
        (await StoredLine.ReadAsync(server, "{app=\"many\", n=\"77777\"}")).ShouldHaveSingleItem().Line.ShouldBe("line 77777");
        server.PeakResidentBytes.ShouldBeLessThan(1L << 30);
    }

    private Task<Answer> PushAsync(byte[] body) => Wire.PostAsync(server.Url(server.LokiPort, "/loki/api/v1/push"), body, Wire.Json);
}
