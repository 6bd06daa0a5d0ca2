using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Triptych.Collect.Scrape;
using Triptych.Model.Metrics;
using Triptych.Primitives.Memory;

namespace Triptych.Collect.Tests.Scrape;

public sealed class ScrapeLoopTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly RecordingStores _stores = new();
    private readonly SilentEvents _events = new();
    private readonly HttpListener _server = new();
    private readonly string _address;
    private Func<HttpListenerContext, Task> _answer = _ => Task.CompletedTask;
    private string? _accept;
    private string? _authorization;

    public ScrapeLoopTests()
    {
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            _address = $"127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
        }

        _server.Prefixes.Add($"http://{_address}/");
        _server.Start();
        _ = ServeAsync();
    }

    public void Dispose() => _server.Close();

    [Fact]
    public async Task A_scrape_stores_samples_with_the_targets_labels_and_says_up()
    {
        using var loop = Loop(new ScrapeJobOptions());
        Answer("# HELP a_total Things\n# TYPE a_total counter\na_total{x=\"1\"} 5\nb 2 1700000000000\n");
        await ScrapeAsync(loop, 0);
        _stores.Value($"__name__=a_total,instance={_address},job=j,x=1").ShouldBe(5);
        _stores.Samples.ShouldContain(($"__name__=b,instance={_address},job=j", 1700000000000, 2));
        _stores.Value(Own("up")).ShouldBe(1);
        _stores.Value(Own("scrape_samples_scraped")).ShouldBe(2);
        _stores.Value(Own("scrape_series_added")).ShouldBe(2);
        _stores.Metadata.ShouldContain(new MetadataEntry("a_total", "counter", "", "Things"));
        _accept!.ShouldStartWith("application/openmetrics-text;version=1.0.0");
        await ScrapeAsync(loop, 1);
        _stores.Value(Own("scrape_series_added")).ShouldBe(0);
        loop.Status.Health.ShouldBe(TargetHealth.Up);
    }

    [Fact]
    public async Task A_series_that_vanishes_is_ended_unless_it_has_times_of_its_own()
    {
        using var loop = Loop(new ScrapeJobOptions());
        Answer("a 1\nb 2\nc 3 1700000000000\n");
        await ScrapeAsync(loop, 0);
        Answer("a 1\n");
        await ScrapeAsync(loop, 1);
        var markers = _stores.Samples.Where(s => SpecialValues.IsStale(s.Value)).ToList();
        markers.ShouldHaveSingleItem().Labels.ShouldBe(Own("b"));
        markers[0].TimestampMs.ShouldBe(Start.AddSeconds(15).ToUnixTimeMilliseconds());
    }

    [Fact]
    public async Task A_failed_scrape_ends_all_series_once_and_says_down()
    {
        using var loop = Loop(new ScrapeJobOptions());
        Answer("a 1\nb 2\n");
        await ScrapeAsync(loop, 0);
        Answer("a 1\nthis is not { an exposition\n");
        await ScrapeAsync(loop, 1);
        await ScrapeAsync(loop, 2);
        _stores.Samples.Count(s => SpecialValues.IsStale(s.Value)).ShouldBe(2);
        _stores.Value(Own("up")).ShouldBe(0);
        loop.Status.LastError.ShouldContain("line 2");
        _events.Told.Count(t => t.StartsWith("down", StringComparison.Ordinal)).ShouldBe(1);
        Answer("a 1\nb 2\n");
        await ScrapeAsync(loop, 3);
        _stores.Value(Own("up")).ShouldBe(1);
        _stores.Value(Own("a")).ShouldBe(1);
    }

    [Theory]
    [InlineData("application/json", null, 0)]
    [InlineData("", null, 0)]
    [InlineData("application/json", "PrometheusText0.0.4", 1)]
    [InlineData("text/plain; version=0.0.4", null, 1)]
    public async Task An_unusable_content_type_fails_the_scrape_unless_a_fallback_is_named(string contentType, string? fallback, double up)
    {
        using var loop = Loop(new ScrapeJobOptions { FallbackScrapeProtocol = fallback });
        Answer("a 1\n", contentType);
        await ScrapeAsync(loop, 0);
        _stores.Value(Own("up")).ShouldBe(up);
    }

    [Fact]
    public async Task OpenMetrics_without_an_end_fails_and_with_it_brings_exemplars()
    {
        using var loop = Loop(new ScrapeJobOptions());
        Answer("# TYPE a counter\na_total 1 # {trace_id=\"abc\"} 0.5\n", "application/openmetrics-text; version=1.0.0");
        await ScrapeAsync(loop, 0);
        _stores.Value(Own("up")).ShouldBe(0);
        Answer("# TYPE a counter\na_total 1 # {trace_id=\"abc\"} 0.5\n# EOF\n", "application/openmetrics-text; version=1.0.0");
        await ScrapeAsync(loop, 1);
        _stores.Value(Own("up")).ShouldBe(1);
        _stores.Exemplars.ShouldBe([("trace_id=abc", 0.5)]);
    }

    [Fact]
    public async Task A_compressed_answer_is_unpacked()
    {
        using var loop = Loop(new ScrapeJobOptions());
        _answer = async context =>
        {
            context.Response.ContentType = "text/plain";
            context.Response.AddHeader("Content-Encoding", "gzip");
            await using var gzip = new GZipStream(context.Response.OutputStream, CompressionLevel.Fastest);
            await gzip.WriteAsync("a 7\n"u8.ToArray());
        };
        await ScrapeAsync(loop, 0);
        _stores.Value(Own("a")).ShouldBe(7);
    }

    [Fact]
    public async Task A_target_that_does_not_answer_in_time_is_down()
    {
        using var loop = Loop(new ScrapeJobOptions { ScrapeTimeout = TimeSpan.FromMilliseconds(200) });
        var end = new TaskCompletionSource();
        _answer = _ => end.Task;
        await ScrapeAsync(loop, 0);
        end.SetResult();
        _stores.Value(Own("up")).ShouldBe(0);
        loop.Status.LastError.ShouldContain("0.2 s");
    }

    [Theory]
    [InlineData(false, "__name__=a,exported_job=other,instance={0},job=j")]
    [InlineData(true, "__name__=a,instance={0},job=other")]
    public async Task A_label_that_the_target_has_too_is_renamed_or_wins(bool honor, string expected)
    {
        using var loop = Loop(new ScrapeJobOptions { HonorLabels = honor });
        Answer("a{job=\"other\"} 1\n");
        await ScrapeAsync(loop, 0);
        _stores.Value(expected.Replace("{0}", _address, StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task An_empty_scraped_label_removes_the_targets_where_it_is_honored()
    {
        using var loop = Loop(new ScrapeJobOptions { HonorLabels = true });
        Answer("a{instance=\"\",x=\"1\"} 1\n");
        await ScrapeAsync(loop, 0);
        _stores.Value("__name__=a,job=j,x=1").ShouldBe(1);
    }

    [Fact]
    public async Task More_samples_than_the_limit_fail_the_scrape_as_a_whole()
    {
        using var loop = Loop(new ScrapeJobOptions { SampleLimit = 1 });
        Answer("a 1\nb 2\n");
        await ScrapeAsync(loop, 0);
        _stores.Value(Own("up")).ShouldBe(0);
        _stores.Samples.ShouldNotContain(s => s.Labels == Own("a"));
    }

    [Fact]
    public async Task A_password_comes_from_its_file_and_stands_in_no_message()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "s3cret\n", TestContext.Current.CancellationToken);
        using var loop = Loop(new ScrapeJobOptions { BasicAuth = new BasicAuthOptions { Username = "u", PasswordFile = file } });
        _answer = context =>
        {
            context.Response.StatusCode = 403;
            return Task.CompletedTask;
        };
        await ScrapeAsync(loop, 0);
        File.Delete(file);
        _authorization.ShouldBe("Basic " + Convert.ToBase64String("u:s3cret"u8));
        loop.Status.LastError.ShouldBe("the target answered with HTTP status 403");
        await ScrapeAsync(loop, 1);
        loop.Status.LastError.ShouldNotContain("s3cret");
        loop.Status.Health.ShouldBe(TargetHealth.Down);
    }

    [Theory]
    [InlineData(true, "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,")]
    [InlineData(false, "application/openmetrics-text;")]
    public async Task Protobuf_is_asked_for_and_read_where_native_histograms_are_wanted(bool isWanted, string accept)
    {
        using var loop = Loop(new ScrapeJobOptions { ScrapeNativeHistograms = isWanted, HonorLabels = true });
        byte[] histogram = [0x08, 3, 0x28, 6, 0x62, 4, 0x08, 2, 0x10, 2, 0x6a, 2, 2, 2];
        byte[] gauge = [0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f];
        AnswerProtobuf(
            Family("h", 4, Field(7, histogram)),
            Family("g", 1, [.. Field(1, [.. Field(1, "instance"u8), .. Field(2, [])]), .. Field(2, gauge)]));
        await ScrapeAsync(loop, 0);
        _accept!.ShouldStartWith(accept);
        loop.Status.LastError.ShouldBe("");
        _stores.Value("__name__=g,job=j").ShouldBe(1);
        _stores.Value(Own("scrape_series_added")).ShouldBe(isWanted ? 2 : 4);
        if (isWanted) _stores.Histograms.Single().Histogram.PositiveBuckets.ShouldBe([1, 2]);
        else _stores.Value($"__name__=h_bucket,instance={_address},job=j,le=+Inf").ShouldBe(3);

        // The series of the histogram is gone and ends; that of the gauge is the one that it was.
        AnswerProtobuf(Family("g", 1, [.. Field(1, [.. Field(1, "instance"u8), .. Field(2, [])]), .. Field(2, gauge)]));
        await ScrapeAsync(loop, 1);
        _stores.Value(Own("scrape_series_added")).ShouldBe(0);
        SpecialValues.IsStale(_stores.Value(Own(isWanted ? "h" : "h_sum"))).ShouldBeTrue();
    }

    [Fact]
    public async Task A_protobuf_exposition_that_breaks_off_or_is_too_large_fails_the_scrape()
    {
        using var loop = Loop(new ScrapeJobOptions { ScrapeNativeHistograms = true, SampleLimit = 1 });
        AnswerProtobuf([9, 1]);
        await ScrapeAsync(loop, 0);
        loop.Status.LastError.ShouldContain("ends within a metric family");
        var metric = Field(2, [0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
        AnswerProtobuf(Family("a", 1, metric), Family("b", 1, metric));
        await ScrapeAsync(loop, 1);
        loop.Status.LastError.ShouldContain("sample_limit");
        _stores.Samples.ShouldNotContain(s => s.Labels == Own("a"));
    }

    private static byte[] Family(string name, byte type, byte[] metric)
    {
        byte[] family = [.. Field(1, Encoding.UTF8.GetBytes(name)), 0x18, type, .. Field(4, metric)];
        return [(byte)family.Length, .. family];
    }

    // A field of at most 127 bytes.
    private static byte[] Field(int number, ReadOnlySpan<byte> content) => [(byte)((number << 3) | 2), (byte)content.Length, .. content];

    private void AnswerProtobuf(params byte[][] families) => _answer = async context =>
    {
        context.Response.ContentType = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";
        foreach (var family in families) await context.Response.OutputStream.WriteAsync(family);
    };

    private string Own(string name) => $"__name__={name},instance={_address},job=j";

    private void Answer(string body, string contentType = "text/plain; version=0.0.4") => _answer = async context =>
    {
        if (contentType.Length > 0) context.Response.ContentType = contentType;
        await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
    };

    private ScrapeLoop Loop(ScrapeJobOptions job)
    {
        job.JobName = "j";
        job.StaticConfigs.Add(new StaticTargetsOptions { Targets = [_address] });
        var target = StaticTargets.Of(job, new ScrapeGlobalOptions(), HttpSource.CreateClient(), TimeProvider.System).Single();
        return new ScrapeLoop(target, _stores.FrontDoor, MemoryBudget.Unlimited("test"), TimeProvider.System, _events);
    }

    private static Task ScrapeAsync(ScrapeLoop loop, int number) =>
        loop.ScrapeOnceAsync(Start.AddSeconds(15 * number), Start.AddYears(-1), TestContext.Current.CancellationToken);

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _server.GetContextAsync();
                _accept = context.Request.Headers["Accept"];
                _authorization = context.Request.Headers["Authorization"];
                await _answer(context);
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // Closed at the end of the test.
        }
    }
}
