using System.Text;
using Triptych.Api.Loki;
using Triptych.Api.Prometheus;
using Triptych.Api.Tempo;
using Triptych.Api.Tempo.Streaming;
using Triptych.LogQL.Syntax;
using Triptych.PromQL.Syntax;
using Triptych.TraceQL.Syntax;

namespace Triptych.Fuzz.Tests.Queries;

/// <summary>
/// Whatever text comes, a parser throws nothing and says where it stopped; what it accepts, it prints as a text that it reads as the same
/// query again.
/// </summary>
public sealed class QueryFuzzTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    [Fact]
    public void PromQL_queries() => FuzzRun.Each(QueryCorpus.PromQL, bytes =>
    {
        var text = Text(bytes);
        var result = PromQLParser.Parse(text);
        (result.Expression is null).ShouldNotBe(result.Error is null);
        if (result.Error is { } error)
        {
            error.Message.ShouldNotBeNullOrEmpty();
            error.Line.ShouldBeGreaterThan(0);
            return;
        }

        var printed = PromQLPrinter.Print(result.Expression!);
        var again = PromQLParser.Parse(printed);
        again.Error.ShouldBeNull($"{text} is printed as {printed}");

        // Prometheus, too, prints Inf with a plus, which before a power is read as an operator of its own.
        static string WithoutPlus(string query) => query.Replace("+", "", StringComparison.Ordinal);
        WithoutPlus(PromQLPrinter.Print(again.Expression!)).ShouldBe(WithoutPlus(printed));
    });

    [Fact]
    public void LogQL_queries() => FuzzRun.Each(QueryCorpus.LogQL, bytes =>
    {
        var text = Text(bytes);
        var result = LogQLParser.Parse(text);
        if (!result.Succeeded)
        {
            result.Error.Message.ShouldNotBeNullOrEmpty();
            result.Error.Position.Line.ShouldBeGreaterThan(0);
            return;
        }

        var printed = LogQL.Syntax.QueryPrinter.Print(result.Value);
        var again = LogQLParser.Parse(printed);
        again.Error.ShouldBeNull($"{text} is printed as {printed}");
        LogQL.Syntax.QueryPrinter.Print(again.Value!).ShouldBe(printed);
    });

    [Fact]
    public void TraceQL_queries() => FuzzRun.Each(QueryCorpus.TraceQL, bytes =>
    {
        var text = Text(bytes);
        var result = TraceQLParser.Parse(text);
        (result.Query is null).ShouldNotBe(result.Error is null);
        if (result.Error is { } error)
        {
            error.Message.ShouldNotBeNullOrEmpty();
            return;
        }

        var isValid = TraceQLParser.ParseAndCheck(text).Error is null;
        var printed = TraceQL.Syntax.QueryPrinter.Print(result.Query!);
        var again = TraceQLParser.Parse(printed);
        again.Error.ShouldBeNull($"{text} is printed as {printed}");
        TraceQL.Syntax.QueryPrinter.Print(again.Query!).ShouldBe(printed);
        (TraceQLParser.ParseAndCheck(printed).Error is null).ShouldBe(isValid);
    });

    [Fact]
    public void Tempo_streaming() => FuzzRun.Each(QueryCorpus.Streaming, bytes =>
    {
        if (StreamingRequest.Search(bytes) is { } search) TempoRequests.Search(new TempoParameters(search, Now));
        if (StreamingRequest.Tags(bytes) is { } tags) TempoRequests.TagNames(new TempoParameters(tags, Now)).Limit.ShouldBeGreaterThan(0);
        if (StreamingRequest.TagValues(bytes) is { } values)
        {
            TempoRequests.TagValues(new TempoParameters(values, Now), "x", isVersion2: true).Limit.ShouldBeInRange(1, 100_000);
        }

        if (StreamingRequest.Metrics(bytes) is { } metrics)
        {
            var request = TempoRequests.MetricsRange(new TempoParameters(metrics, Now));
            request.StepNanos.ShouldBeGreaterThan(0);
            request.MaxSeries.ShouldBeInRange(1, 10_000);
        }
    });

    [Fact]
    public void Tempo_tags() => FuzzRun.Each(QueryCorpus.Tags, bytes =>
    {
        var text = Text(bytes);
        var (query, error) = TagsQuery.Translate(text);
        (query is null).ShouldNotBe(error is null);
        if (query is not null) TraceQLParser.ParseAndCheck(query).Error.ShouldBeNull($"{text} is translated to {query}");
    });

    [Fact]
    public void Times_and_durations() => FuzzRun.Each(QueryCorpus.Times, bytes =>
    {
        var text = Text(bytes);
        LokiTime.TryParse(text, out _, out var error).ShouldBe(error is null);
        if (!LokiTime.TryParseDuration(text, out var nanos)) nanos.ShouldBe(0);
        if (!PrometheusTime.TryParseDuration(text, out nanos)) nanos.ShouldBe(0);

        // Seconds come as doubles: beyond 2^50 ms these have no milliseconds.
        if (!PrometheusTime.TryParse(text, out var timestampMs) || Math.Abs(timestampMs) > 1L << 50) return;
        PrometheusTime.TryParse(PrometheusTime.Format(timestampMs), out var again).ShouldBeTrue();
        again.ShouldBe(timestampMs);
    });

    /// <summary>Text as the HTTP layer makes it: bytes that are no UTF-8 become U+FFFD.</summary>
    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);
}
