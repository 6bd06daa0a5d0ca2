using System.Globalization;
using System.Text;
using System.Text.Json;
using Triptych.Model.Metrics;

namespace Triptych.Api.Tests.Prometheus;

public sealed class QueryEndpointTests : IAsyncLifetime
{
    private PrometheusServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await PrometheusServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("1%2B1", "4", """{"resultType":"scalar","result":[4,"2"]}""")]
    [InlineData("\"a<b\"", "4.5", """{"resultType":"string","result":[4.5,"a<b"]}""")]
    [InlineData("up", "120", """{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"a"},"value":[120,"2"]}]}""")]
    [InlineData("up", "1970-01-01T00:02:00.1Z", """{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"a"},"value":[120.100,"2"]}]}""")]
    [InlineData("none", "120", """{"resultType":"vector","result":[]}""")]
    [InlineData("vector(1)", "0", """{"resultType":"vector","result":[{"metric":{},"value":[0,"1"]}]}""")]
    [InlineData("up[90s]", "120", """{"resultType":"matrix","result":[{"metric":{"__name__":"up","job":"a"},"values":[[60,"1.5"],[120,"2"]]}]}""")]
    public async Task Query_answers_in_the_shape_of_the_expressions_type(string query, string time, string data)
    {
        _server.Add("up,job=a", 1, 1.5, 2);
        (await _server.DataAsync($"/api/v1/query?query={query}&time={time}")).ShouldBe(data);
    }

    [Fact]
    public async Task Native_histograms_are_written_with_their_buckets()
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["__name__"] = "h" };
        var histogram = new FloatHistogram
        {
            Schema = 1,
            Count = 7,
            Sum = 4.5,
            ZeroCount = 2,
            ZeroThreshold = 0.001,
            PositiveSpans = [new BucketSpan(0, 3)],
            PositiveBuckets = [1, 0, 2],
            NegativeSpans = [new BucketSpan(1, 1)],
            NegativeBuckets = [2],
        };
        const string Json = """{"count":"7","sum":"4.5","buckets":[[1,"-1.414213562373095","-1","2"],[3,"-0.001","0.001","2"],[0,"0.7071067811865475","1","1"],[0,"1.414213562373095","2","2"]]}""";
        _server.Source.Samples.Add(labels, 0, double.NaN, histogram);
        _server.Source.Samples.Add(labels, 60_000, 3);
        _server.Source.Samples.Add(labels, 120_000, double.NaN, new FloatHistogram { Schema = FloatHistogram.CustomBoundsSchema, CustomBounds = [5] });
        (await _server.DataAsync("/api/v1/query?query=h&time=0"))
            .ShouldBe($$$"""{"resultType":"vector","result":[{"metric":{"__name__":"h"},"histogram":[0,{{{Json}}}]}]}""");
        (await _server.DataAsync("/api/v1/query_range?query=h&start=0&end=120&step=60")).ShouldBe(
            $$$"""{"resultType":"matrix","result":[{"metric":{"__name__":"h"},"values":[[60,"3"]],"histograms":[[0,{{{Json}}}],[120,{"count":"0","sum":"0"}]]}]}""");
        (await _server.DataAsync("/api/v1/query_range?query=h&start=0&end=0&step=60")).ShouldBe(
            $$$"""{"resultType":"matrix","result":[{"metric":{"__name__":"h"},"histograms":[[0,{{{Json}}}]]}]}""");
    }

    [Fact]
    public async Task Query_without_a_time_is_evaluated_now() =>
        (await _server.DataAsync("/api/v1/query?query=time()")).ShouldBe("""{"resultType":"scalar","result":[1000,"1000"]}""");

    [Theory]
    [InlineData("0.0000001", "1e-07")]
    [InlineData("0.000001", "0.000001")]
    [InlineData("1e21", "1e+21")]
    [InlineData("123456789012345678", "123456789012345680")]
    [InlineData("1/0", "+Inf")]
    [InlineData("-1/0", "-Inf")]
    [InlineData("0/0", "NaN")]
    public async Task Values_are_strings_in_the_form_of_Prometheus(string query, string value) =>
        (await _server.DataAsync($"/api/v1/query?time=0&query=vector({query})"))
            .ShouldBe($$"""{"resultType":"vector","result":[{"metric":{},"value":[0,"{{value}}"]}]}""");

    [Theory]
    [InlineData("0.0000001", "1.12", "0.0000001", "1.12")]
    [InlineData("-1e21", "-1.1", "-1000000000000000000000", "-1.1")]
    [InlineData("1/0", "20", "+Inf", "20")]
    [InlineData("0/0", "0.001", "NaN", "0.001")]
    public async Task Scalars_have_no_exponent_and_no_zeros_behind_their_time(string query, string time, string value, string told) =>
        (await _server.DataAsync($"/api/v1/query?time={time}&query={query}")).ShouldBe($$"""{"resultType":"scalar","result":[{{told}},"{{value}}"]}""");

    [Fact]
    public async Task Query_range_evaluates_at_start_and_each_step_without_aligning()
    {
        _server.Add("up,job=b", 1, 2, 3);
        _server.Add("up,job=a", 4);
        (await _server.DataAsync("/api/v1/query_range?query=up&start=59.5&end=121&step=30.5")).ShouldBe(
            """{"resultType":"matrix","result":[""" +
            """{"metric":{"__name__":"up","job":"a"},"values":[[59.500,"4"],[90,"4"],[120.500,"4"]]},""" +
            """{"metric":{"__name__":"up","job":"b"},"values":[[59.500,"1"],[90,"2"],[120.500,"3"]]}]}""");
    }

    [Fact]
    public async Task A_form_and_the_url_are_one_set_of_parameters()
    {
        _server.Add("up", 1, 2);
        var (status, body) = await _server.PostAsync("/api/v1/query_range?step=1m", ("query", "up"), ("start", "0"), ("end", "60"));
        status.ShouldBe(200, body);
        body.ShouldBe("""{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"up"},"values":[[0,"1"],[60,"2"]]}]}}""");
    }

    [Fact]
    public async Task A_body_that_is_no_form_is_refused()
    {
        using var content = new StringContent("{}", Encoding.UTF8, "application/json");
        using var response = await _server.Client.PostAsync("/api/v1/query?query=1", content, TestContext.Current.CancellationToken);
        ((int)response.StatusCode).ShouldBe(400);
        (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("application/x-www-form-urlencoded");
    }

    [Theory]
    [InlineData("query?query=up{", "bad_data", 400, "invalid parameter \"query\": 1:4: parse error")]
    [InlineData("query", "bad_data", 400, "no expression found in input")]
    [InlineData("query?query=1&time=x", "bad_data", 400, "invalid parameter \"time\": invalid time value for 'time': cannot parse \"x\" to a valid timestamp")]
    [InlineData("query_range?query=1&start=0&end=60&step=0.0001", "bad_data", 400, "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)")]
    [InlineData("query_range?query=1&start=0&end=0&step=0.0001", "bad_data", 400, "invalid parameter \"step\": zero or negative query resolution step widths are not accepted. Try a positive integer")]
    [InlineData("query?query=1&timeout=x", "bad_data", 400, "invalid parameter \"timeout\": cannot parse \"x\" to a valid duration")]
    [InlineData("query?query=1&lookback_delta=x", "bad_data", 400, "error parsing lookback delta duration: cannot parse \"x\" to a valid duration")]
    [InlineData("query?query=1&limit=-1", "bad_data", 400, "invalid parameter \"limit\": limit must be non-negative")]
    [InlineData("query_range?query=1&start=0&end=1", "bad_data", 400, "invalid parameter \"step\"")]
    [InlineData("query_range?query=1&start=2&end=1&step=1", "bad_data", 400, "end timestamp must not be before start time")]
    [InlineData("query_range?query=1&start=0&end=1&step=0", "bad_data", 400, "zero or negative query resolution step widths are not accepted")]
    [InlineData("query_range?query=1&start=0&end=11001&step=1", "bad_data", 400, "exceeded maximum resolution of 11,000 points per timeseries")]
    [InlineData("query_range?query=up[1m]&start=0&end=1&step=1", "bad_data", 400, "invalid expression type \"range vector\"")]
    [InlineData("query?query=up%2Bon(x)up&time=0", "execution", 422, "duplicate series")]
    [InlineData("parse_query?query=(", "bad_data", 400, "parse error")]
    [InlineData("format_query?query=(", "bad_data", 400, "parse error")]
    public async Task What_cannot_be_answered_names_its_kind_and_reason(string path, string type, int expectedStatus, string reason)
    {
        _server.Add("up,x=1,y=1", 1);
        _server.Add("up,x=1,y=2", 1);
        var (status, body) = await _server.GetAsync("/api/v1/" + path);
        status.ShouldBe(expectedStatus, body);
        using var document = JsonDocument.Parse(body);
        document.RootElement.EnumerateObject().Select(p => p.Name).ShouldBe(["status", "errorType", "error"]);
        document.RootElement.GetProperty("status").GetString().ShouldBe("error");
        document.RootElement.GetProperty("errorType").GetString().ShouldBe(type);
        document.RootElement.GetProperty("error").GetString()!.ShouldContain(reason);
    }

    [Fact]
    public async Task Eleven_thousand_steps_are_not_too_many()
    {
        var data = await _server.DataAsync("/api/v1/query_range?query=1&start=0&end=11000&step=1");
        data.ShouldEndWith("[11000,\"1\"]]}]}");
    }

    [Fact]
    public async Task A_failure_of_the_store_is_internal()
    {
        _server.Source.Failure = new IOException("disk on fire");
        var (status, body) = await _server.GetAsync("/api/v1/query?query=up");
        status.ShouldBe(500);
        body.ShouldBe("""{"status":"error","errorType":"internal","error":"disk on fire"}""");
    }

    [Fact]
    public async Task A_query_that_outlives_its_timeout_is_answered_as_such()
    {
        _server.Source.Hang = true;
        var (status, body) = await _server.GetAsync("/api/v1/query?query=up&timeout=50ms");
        status.ShouldBe(503, body);
        body.ShouldContain("\"errorType\":\"timeout\"");
        body.ShouldContain("timed out");
    }

    [Fact]
    public async Task A_limit_cuts_the_series_and_says_so()
    {
        for (var i = 0; i < 5; i++) _server.Add("up,job=" + i.ToString(CultureInfo.InvariantCulture), 1);
        (await _server.GetAsync("/api/v1/query?query=up&time=0&limit=1")).Body.ShouldBe(
            """{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"0"},"value":[0,"1"]}]},"warnings":["results truncated due to limit"]}""");
        (await _server.GetAsync("/api/v1/query?query=up&time=0&limit=5")).Body.ShouldNotContain("warnings");
        (await _server.GetAsync("/api/v1/query?query=up&time=0&limit=0")).Body.ShouldNotContain("warnings");
    }

    [Fact]
    public async Task Notes_carry_the_position()
    {
        _server.Add("temperature", 1, 2);
        (await _server.GetAsync("/api/v1/query?query=rate(temperature[5m])&time=60")).Body.ShouldEndWith(
            ""","infos":["PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \"temperature\" (1:6)"]}""");
    }

    [Fact]
    public async Task More_than_ten_notes_are_counted()
    {
        var query = string.Join(" or ", Enumerable.Range(0, 13).Select(i => $"rate(m{(char)('a' + i)}[5m])"));
        for (var i = 0; i < 13; i++) _server.Add("m" + (char)('a' + i), 1, 2);
        using var document = JsonDocument.Parse((await _server.GetAsync("/api/v1/query?time=60&query=" + Uri.EscapeDataString(query))).Body);
        var infos = document.RootElement.GetProperty("infos").EnumerateArray().Select(i => i.GetString()).ToList();
        infos.Count.ShouldBe(11);
        infos[10].ShouldBe("3 more info annotations omitted");
    }

    [Fact]
    public async Task Lookback_delta_changes_how_old_a_sample_may_be()
    {
        _server.Add("up", 1);
        (await _server.DataAsync("/api/v1/query?query=up&time=100")).ShouldContain("\"1\"");
        (await _server.DataAsync("/api/v1/query?query=up&time=100&lookback_delta=1m")).ShouldBe("""{"resultType":"vector","result":[]}""");
    }

    [Fact]
    public async Task Stats_tell_the_times_and_samples()
    {
        _server.Add("up", 1, 2);
        using var document = JsonDocument.Parse(await _server.DataAsync("/api/v1/query?query=up&time=60&stats=all"));
        var stats = document.RootElement.GetProperty("stats");
        stats.GetProperty("samples").GetRawText().ShouldBe("""{"totalQueryableSamples":1,"samplesRead":2,"peakSamples":2}""");
        stats.GetProperty("timings").GetProperty("execTotalTime").GetDouble().ShouldBeGreaterThanOrEqualTo(0);
        (await _server.DataAsync("/api/v1/query?query=up&time=60")).ShouldNotContain("stats");
    }

    [Fact]
    public async Task Stats_of_each_step_are_told_where_that_is_on_and_all_are_asked_for()
    {
        await using var server = await PrometheusServer.StartAsync("promql-per-step-stats");
        server.Add("up,job=a", 1, 2, 3);
        server.Add("up,job=b", 1, 2);
        const string Query = "/api/v1/query_range?query=count_over_time(up[2m])&start=60&end=120.5&step=60.5&stats=";
        (await server.DataAsync(Query + "all")).ShouldContain(
            "\"samples\":{\"totalQueryableSamplesPerStep\":[[60,4],[120.5,3]],\"totalQueryableSamples\":7,");
        (await server.DataAsync(Query + "true")).ShouldNotContain("PerStep");
        const string Subquery = "/api/v1/query?time=120&stats=all&query=max_over_time(up[2m:1m])";
        (await server.DataAsync(Subquery)).ShouldContain("\"totalQueryableSamplesPerStep\":[[120,4]],\"totalQueryableSamples\":4,");
        (await _server.GetAsync("/api/v1/query?query=1&time=0&stats=yes")).Body.ShouldEndWith(
            ""","warnings":["value \"yes\" for parameter \"stats\" is deprecated and will be rejected in the next major release, use \"true\" or \"all\""]}""");
    }

    [Fact]
    public async Task An_answer_larger_than_the_buffer_arrives_whole()
    {
        for (var i = 0; i < 5000; i++) _server.Add("wide,pod=" + i.ToString("D5", CultureInfo.InvariantCulture), i);
        using var document = JsonDocument.Parse(await _server.DataAsync("/api/v1/query?query=wide&time=0"));
        var result = document.RootElement.GetProperty("result");
        result.GetArrayLength().ShouldBe(5000);
        result[4999].GetRawText().ShouldBe("""{"metric":{"__name__":"wide","pod":"04999"},"value":[0,"4999"]}""");
    }
}
