using Shouldly;
using Triptych.Model;
using Triptych.PromQL.Planning;
using Triptych.Query;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;
using Xunit;

namespace Triptych.PromQL.Tests.Planning;

public sealed class ExperimentalFeatureTests
{
    private const long MinuteMs = 60_000;

    private readonly MemorySampleSource _source = new();

    [Theory]
    [InlineData("mad_over_time(x[5m])", PromQLFeatures.ExperimentalFunctions)]
    [InlineData("limitk(1, x)", PromQLFeatures.ExperimentalFunctions)]
    [InlineData("info(x)", PromQLFeatures.ExperimentalFunctions)]
    [InlineData("rate(x[5m] anchored)", PromQLFeatures.ExtendedRangeSelectors)]
    [InlineData("x smoothed", PromQLFeatures.ExtendedRangeSelectors)]
    [InlineData("x + on() fill(0) x", PromQLFeatures.FillModifiers)]
    public async Task What_is_experimental_is_refused_by_the_name_of_its_feature_until_that_is_on(string query, string feature)
    {
        Add("x", "", 1, 2);
        var refused = await AskAsync(query, MinuteMs, PromQLFeatures.Enable([]));
        refused.Error!.Kind.ShouldBe(QueryErrorKind.BadData);
        refused.Error.Message.ShouldContain(feature);
        (await AskAsync(query, MinuteMs, PromQLFeatures.Enable([feature]))).Error.ShouldBeNull();
    }

    [Theory]
    [InlineData("promql-experimental-functions", null)]
    [InlineData("promql-at-modifier", null)]
    [InlineData("type-and-unit-labels", null)]
    [InlineData("use-start-timestamps", null)]
    [InlineData("st-storage", null)]
    [InlineData("st-synthesis", "feature \"st-synthesis\" is not supported: no start timestamp is made up")]
    [InlineData("created-timestamp-zero-ingestion", "feature \"created-timestamp-zero-ingestion\" is not supported: no zero sample")]
    [InlineData("promql-magic", "unknown feature \"promql-magic\": known are promql-binop-fill-modifiers, promql-delayed")]
    public void A_feature_is_known_or_refused_with_the_reason(string name, string? problem)
    {
        if (problem is null)
            PromQLFeatures.FindProblem(name).ShouldBeNull();
        else
            PromQLFeatures.FindProblem(name)!.ShouldStartWith(problem);
    }

    [Fact]
    public async Task Names_that_operators_drop_are_visible_until_the_end_only_where_that_is_on()
    {
        Add("a_total", "", 0, 60);
        Add("b_total", "", 0, 120);
        const string Query = "label_replace(rate({__name__=~\"._total\"}[2m]), \"of\", \"$1\", \"__name__\", \"(.)_total\")";
        (await AskAsync(Query, MinuteMs, new PromQLOptions())).Error!.Message.ShouldBe("vector cannot contain metrics with the same labelset");
        (await AnswerAsync(Query, MinuteMs, PromQLFeatures.Enable([PromQLFeatures.DelayedNameRemoval]))).ShouldBe(
            "{of=\"a\"} 0.5; {of=\"b\"} 1");
    }

    [Fact]
    public async Task Two_series_that_become_equal_when_names_go_end_the_query()
    {
        Add("a", "", 1);
        Add("b", "", 2);
        var answer = await AskAsync("-{__name__=~\"a|b\"}", 0, PromQLFeatures.Enable([PromQLFeatures.DelayedNameRemoval]));
        answer.Error!.Message.ShouldBe("vector cannot contain metrics with the same labelset");
        (await AnswerAsync("sum(-{__name__=~\"a|b\"})", 0, PromQLFeatures.Enable([PromQLFeatures.DelayedNameRemoval]))).ShouldBe("{} -3");
    }

    [Fact]
    public async Task A_type_and_a_unit_go_with_the_name()
    {
        Add("a_total", "__type__=counter,__unit__=s,job=j", 0, 60);
        (await AnswerAsync("rate(a_total[2m])", MinuteMs, new PromQLOptions())).ShouldBe("{job=\"j\"} 0.5");
        (await AnswerAsync("a_total * 2", MinuteMs, new PromQLOptions())).ShouldBe("{job=\"j\"} 120");
        (await AnswerAsync("a_total + a_total", MinuteMs, new PromQLOptions())).ShouldBe("{job=\"j\"} 120");
        (await AnswerAsync("a_total > 1", MinuteMs, new PromQLOptions())).ShouldContain("__type__=\"counter\"");
    }

    [Theory]
    [InlineData("counter", "")]
    [InlineData(
        "gauge",
        "PromQL info: metric might not be a counter, __type__ label is not set to \"counter\" or \"histogram\", got \"gauge\": \"a\" (1:6)")]
    public async Task With_type_labels_they_say_what_a_counter_is(string type, string note)
    {
        Add("a", "__type__=" + type, 0, 60);
        var context = Context();
        var engine = new PromQLEngine(_source, new PromQLOptions { TypeAndUnitLabels = true });
        (await engine.QueryInstantAsync("rate(a[2m])", MinuteMs, context)).Error.ShouldBeNull();
        string.Join(';', context.Infos).ShouldBe(note);
    }

    [Fact]
    public async Task Every_name_that_is_no_counter_is_noted_and_only_where_there_is_a_rate()
    {
        Add("a", "", 0, 60);
        Add("b", "", 0, 60);
        Add("c", "", 0);
        var context = Context();
        var engine = new PromQLEngine(_source);
        await engine.QueryInstantAsync("count(rate({__name__=~\"a|c\"}[2m])) + count(rate(b[2m])) + count(rate(a[2m]))", MinuteMs, context);
        context.Infos.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Limitk_keeps_at_most_k_of_each_group_with_all_labels()
    {
        for (var i = 0; i < 20; i++)
            Add("x", $"i={i},job={i % 2}", i);
        var options = PromQLFeatures.Enable([PromQLFeatures.ExperimentalFunctions]);
        (await AnswerAsync("count by (job) (limitk by (job) (3, x) and x)", 0, options)).ShouldBe("{job=\"0\"} 3; {job=\"1\"} 3");
        (await AnswerAsync("limitk(0, x)", 0, options)).ShouldBe("");
    }

    [Theory]
    [InlineData("limit_ratio(0.5, x)", 0.5)]
    [InlineData("limit_ratio(-0.5, x)", -0.5)]
    public async Task Limit_ratio_chooses_by_the_hash_that_Prometheus_takes(string query, double ratio)
    {
        Add("x", "job=b", 1);
        byte[] encoded = [8, .. "__name__"u8, 1, .. "x"u8, 3, .. "job"u8, 1, .. "b"u8];
        var offset = Primitives.Checksums.XxHash64.Compute(encoded) / (double)ulong.MaxValue;
        var kept = ratio > 0 ? offset < ratio : offset >= 1 + ratio;
        var options = PromQLFeatures.Enable([PromQLFeatures.ExperimentalFunctions]);
        (await AnswerAsync(query, 0, options)).ShouldBe(kept ? "{__name__=\"x\", job=\"b\"} 1" : "");
    }

    [Fact]
    public async Task Info_takes_the_newest_of_the_info_series_at_each_step()
    {
        Add("m", "instance=i,job=j", 1, 2);
        _source.Add(Labels("target_info", "instance=i,job=j,version=1"), 0, 1);
        _source.Add(Labels("target_info", "instance=i,job=j,version=2"), MinuteMs, 1);
        var engine = new PromQLEngine(_source, PromQLFeatures.Enable([PromQLFeatures.ExperimentalFunctions]));
        var answer = await engine.QueryRangeAsync("info(m)", StepGrid.Range(0, MinuteMs, MinuteMs), Context());
        answer.Value!.Series.Select(series => series.Describe(answer.Value.Symbols)).ShouldBe(
        [
            "{__name__=\"m\", instance=\"i\", job=\"j\", version=\"1\"}",
            "{__name__=\"m\", instance=\"i\", job=\"j\", version=\"2\"}",
        ]);
    }

    [Fact]
    public async Task Info_refuses_two_info_series_of_one_time()
    {
        Add("m", "instance=i.1,job=j", 1);
        Add("target_info", "instance=i.1,job=j,version=1", 1);
        Add("target_info", "instance=i.1,job=j,version=2", 1);
        Add("target_info", "instance=ix1,job=j,version=3", 1);
        var answer = await AskAsync("info(m)", 0, PromQLFeatures.Enable([PromQLFeatures.ExperimentalFunctions]));
        answer.Error!.Kind.ShouldBe(QueryErrorKind.Execution);
        answer.Error.Message.ShouldStartWith("found duplicate series for info metric: existing {__name__=\"target_info\", instance=\"i.1\"");
    }

    [Fact]
    public async Task An_extended_range_as_the_answer_has_a_sample_at_each_edge()
    {
        Add("x", "", 0, 10, 20, 30);
        var options = PromQLFeatures.Enable([PromQLFeatures.ExtendedRangeSelectors]);
        var smoothed = await AskAsync("x[1m] smoothed", 90_000, options);
        Points(smoothed.Value!).ShouldBe("30000=5 60000=10 90000=15");
        var anchored = await AskAsync("x[1m] anchored", 90_000, options);
        Points(anchored.Value!).ShouldBe("30000=0 60000=10 90000=10");
    }

    private static string Points(PromQLAnswer answer)
    {
        var points = new List<string>();
        for (var i = 0; i < answer.Series.Single().PointCapacity; i++)
        {
            if (answer.Series.Single().TryGetPoint(i, out var time, out var value))
                points.Add(FormattableString.Invariant($"{time}={value}"));
        }
        return string.Join(' ', points);
    }

    private static QueryContext Context() => new(TenantId.Default, new QueryLimits(), CancellationToken.None);

    private static Dictionary<string, string> Labels(string name, string labels)
    {
        var result = new Dictionary<string, string>(StringComparer.Ordinal) { ["__name__"] = name };
        foreach (var pair in labels.Split(',', StringSplitOptions.RemoveEmptyEntries))
            result[pair.Split('=')[0]] = pair.Split('=')[1];
        return result;
    }

    private void Add(string name, string labels, params double[] values)
    {
        for (var i = 0; i < values.Length; i++)
            _source.Add(Labels(name, labels), i * MinuteMs, values[i]);
    }

    private async Task<QueryResult<PromQLAnswer>> AskAsync(string query, long timeMs, PromQLOptions options) =>
        await new PromQLEngine(_source, options).QueryInstantAsync(query, timeMs, Context());

    private async Task<string> AnswerAsync(string query, long timeMs, PromQLOptions options)
    {
        var answer = await AskAsync(query, timeMs, options);
        answer.Error.ShouldBeNull(answer.Error?.Message);
        var lines = new List<string>();
        foreach (var series in answer.Value!.Series)
        {
            series.TryGetPoint(0, out _, out var value);
            lines.Add(FormattableString.Invariant($"{series.Describe(answer.Value.Symbols)} {value}"));
        }
        return string.Join("; ", lines);
    }
}
