using System.Text;
using Triptych.Ingest.Syslog;
using Triptych.Model.Logs;

namespace Triptych.Ingest.Tests.Syslog;

public sealed class SyslogDecoderTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_message_of_rfc_5424_becomes_labels_metadata_line_and_level()
    {
        var entry = Take(
            """<165>1 2026-03-01T11:59:58.123456Z web-1 shop 8710 ID47 [origin@32473 iut="3" note="a \"b\" \] \\ c"][ctx trace_id="0af7651916cd43dd8448eb211c80319c" spanId="b7ad6b7169203331"] order placed""")
            .ShouldHaveSingleItem();
        entry.Stream.ShouldBe("app=shop,facility=local4,host=web-1,job=syslog,service_name=shop,severity=notice");
        entry.Line.ShouldBe("order placed");
        entry.Level.ShouldBe(LogLevel.Info);
        entry.TimeUnixNano().ShouldBe("2026-03-01T11:59:58.1234560");
        entry.Metadata.ShouldBe(
            """msg_id=ID47,origin_32473_iut=3,origin_32473_note=a "b" ] \ c,proc_id=8710,span_id=b7ad6b7169203331,trace_id=0af7651916cd43dd8448eb211c80319c""");
    }

    [Theory]
    [InlineData("<34>Mar  1 11:22:33 mymachine su[42]: 'su root' failed", "app=su,facility=auth,host=mymachine", "'su root' failed", "2026-03-01T11:22:33")]
    [InlineData("<13>Dec 31 23:59:59 h cron: x", "app=cron,facility=user,host=h", "x", "2025-12-31T23:59:59")]
    [InlineData("<13>2026-03-01T10:00:00+01:00 h app: y", "app=app,facility=user,host=h", "y", "2026-03-01T09:00:00")]
    [InlineData("<13>Mar  1 11:22:33 sshd[7]: no host", "app=sshd,facility=user", "no host", "2026-03-01T11:22:33")]
    [InlineData("only text", "facility=user", "only text", "2026-03-01T12:00:00")]
    [InlineData("<999>only text", "facility=user", "<999>only text", "2026-03-01T12:00:00")]
    [InlineData("<13>1 not a message of 5424", "facility=user", "1 not a message of 5424", "2026-03-01T12:00:00")]
    public void What_is_sent_as_rfc_3164_is_read_as_far_as_it_goes_and_the_rest_is_the_line(string message, string labels, string line, string time)
    {
        var entry = Take(message).ShouldHaveSingleItem();
        foreach (var label in labels.Split(',')) entry.Stream.ShouldContain(label);
        entry.Line.ShouldBe(line);
        entry.TimeUnixNano().ShouldStartWith(time);
    }

    [Theory]
    [InlineData(0, LogLevel.Fatal)]
    [InlineData(1, LogLevel.Critical)]
    [InlineData(2, LogLevel.Critical)]
    [InlineData(3, LogLevel.Error)]
    [InlineData(4, LogLevel.Warn)]
    [InlineData(5, LogLevel.Info)]
    [InlineData(6, LogLevel.Info)]
    [InlineData(7, LogLevel.Debug)]
    public void The_severity_is_the_level_whatever_the_text_says(int severity, LogLevel level) =>
        Take($"<{severity}>Mar  1 11:22:33 h a: level=trace").ShouldHaveSingleItem().Level.ShouldBe(level);

    [Fact]
    public void Messages_alike_in_the_same_second_stay_several_in_their_order()
    {
        var times = Take("<13>Mar  1 11:22:33 h a: x", "<13>Mar  1 11:22:33 h a: x", "<13>Mar  1 11:22:33 h a: x").Select(e => e.TimeUnixNanos).ToList();
        times.ShouldBe(times.Distinct().Order());
        times.ShouldAllBe(t => t / 1_000_000_000 == times[0] / 1_000_000_000);
    }

    [Fact]
    public void Bad_bytes_are_repaired_and_empty_messages_are_none()
    {
        Take("\n", "\0", " ").ShouldBeEmpty();
        Take(Encoding.Latin1.GetBytes("<13>Mar  1 11:22:33 h\u00ff a: b\u00ffd")).ShouldBeEmpty("a label that is not valid UTF-8 is refused");
        Take(Encoding.Latin1.GetBytes("<13>Mar  1 11:22:33 h a: b\u00ffd")).ShouldHaveSingleItem().Line.ShouldBe("b\ufffdd");
    }

    [Theory]
    [InlineData("5 hello6 world!", new[] { "hello", "world!" })]
    [InlineData("<1>a\n<2>b\r\n<3>c\0<4>d\n", new[] { "<1>a", "<2>b\r", "<3>c", "<4>d" })]
    [InlineData("5 hello\n<1>next\n", new[] { "hello", "<1>next" })]
    [InlineData("12 short", new string[0])]
    [InlineData("no end", new string[0])]
    [InlineData("2026-01-01 x\n", new[] { "2026-01-01 x" })]
    public void Frames_have_a_length_before_or_an_end_behind(string sent, string[] expected)
    {
        ReadOnlySpan<byte> rest = Encoding.UTF8.GetBytes(sent);
        var found = new List<string>();
        while (SyslogFrames.Next(ref rest, 100, out var message, out _) == SyslogFrameKind.Message) found.Add(Encoding.UTF8.GetString(message));
        found.ShouldBe(expected);
    }

    [Theory]
    [InlineData("101 x", 101)]
    [InlineData("999999999 x", 999999999)]
    public void A_frame_that_is_too_long_says_how_much_to_pass_over(string sent, long bytes)
    {
        ReadOnlySpan<byte> rest = Encoding.UTF8.GetBytes(sent);
        SyslogFrames.Next(ref rest, 100, out _, out var skip).ShouldBe(SyslogFrameKind.TooLong);
        skip.ShouldBe(bytes);
        rest.Length.ShouldBe(1);
    }

    private static List<EntryText> Take(params string[] messages) => Take([.. messages.Select(Encoding.UTF8.GetBytes)]);

    private static List<EntryText> Take(params byte[][] messages) => Decoded.Logs((batch, outcome) =>
    {
        var mapping = new SyslogMapping(
            [new("host", SyslogPart.HostName), new("app", SyslogPart.AppName), new("severity", SyslogPart.Severity), new("facility", SyslogPart.Facility)],
            [new("job", "syslog")], UsesTheirTime: true, TimeZoneInfo.Utc, LogIntakeOptions.Default);
        using var decoder = new SyslogDecoder(mapping, batch, outcome);
        foreach (var message in messages) decoder.Take(message, Now, "127.0.0.1"u8);
    }).Entries;
}

internal static class EntryTimes
{
    public static string TimeUnixNano(this EntryText entry) =>
        DateTime.UnixEpoch.AddTicks(entry.TimeUnixNanos / 100).ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff", System.Globalization.CultureInfo.InvariantCulture);
}
