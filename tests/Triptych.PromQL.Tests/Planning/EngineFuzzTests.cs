using System.Text;
using Shouldly;
using Triptych.Model;
using Triptych.Model.Metrics;
using Triptych.PromQL.Planning;
using Triptych.PromQL.Syntax;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;
using Xunit;

namespace Triptych.PromQL.Tests.Planning;

/// <summary>Queries put together at random, most of them valid, end in an answer or an error and hold no more memory than they may.</summary>
public sealed class EngineFuzzTests
{
    private const int Rounds = 10_000;

    private static readonly string[] s_selectors =
    [
        "up", "requests_total{job=\"a\"}", "{__name__=~\"up|requests_total\"}", "x_bucket", "nothing", "up{job!~\"b.*\"} @ end()",
        "requests_total offset 1m", "up @ 100 offset -30s", "h", "h{job=\"a\"}", "{__name__=~\"h|up\"}", "h offset 1m",
    ];

    private static readonly string[] s_durations = ["1m", "5m", "1h", "7s", "step() + 1", "range() + 1m", "1ms", "1y"];

    private static readonly string[] s_numbers = ["0", "1", "-1", "0.5", "NaN", "Inf", "-Inf", "1e300", "5m", "time()", "scalar(up)", "9e18"];

    private static readonly string[] s_labels = ["job", "instance", "le", "__name__", "missing"];

    [Fact]
    public async Task Random_queries_end_in_an_answer_or_an_error()
    {
        var source = Data();
        var engine = new PromQLEngine(source, new PromQLOptions { Parser = ParserOptions.AllFeatures });
        var random = new Random(42);
        var answered = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var query = Vector(random, 4);
            var context = new QueryContext(TenantId.Default, new QueryLimits { MaxBytes = 32 << 20 }, TestContext.Current.CancellationToken);
            var answer = round % 2 == 0
                ? await engine.QueryInstantAsync(query, 600_000, context)
                : await engine.QueryRangeAsync(query, StepGrid.Range(60_000, 600_000, 30_000), context);
            (answer.Value is null).ShouldNotBe(answer.Error is null, query);
            answered += answer.Value is null ? 0 : 1;
        }
        answered.ShouldBeGreaterThan(Rounds / 4);
    }

    private static MemorySampleSource Data()
    {
        var source = new MemorySampleSource();
        foreach (var name in (string[])["up", "requests_total", "x_bucket"])
        {
            foreach (var job in (string[])["a", "b", "bb"])
            {
                for (var i = 0; i < 40; i++)
                {
                    var labels = new Dictionary<string, string> { ["__name__"] = name, ["job"] = job, ["instance"] = job + "1" };
                    if (name == "x_bucket")
                        labels["le"] = job switch { "a" => "1", "b" => "+Inf", _ => "odd" };
                    source.Add(labels, i * 15_000, i % 17 == 16 ? SpecialValues.StaleMarker : i % 13 == 12 ? double.NaN : i * 10 % 90);
                }
            }
        }
        AddHistograms(source);
        return source;
    }

    // Exponential with changing resolution and zero bucket; custom with changing bounds; floats, gauges and ends of series in between.
    private static void AddHistograms(MemorySampleSource source)
    {
        foreach (var job in (string[])["a", "b", "bb"])
        {
            for (var i = 0; i < 40; i++)
            {
                var labels = new Dictionary<string, string> { ["__name__"] = "h", ["job"] = job, ["instance"] = job + "1" };
                var isFloat = job == "bb" && i % 5 == 0;
                source.Add(labels, i * 15_000, isFloat ? i : double.NaN, isFloat ? null : Histogram(job == "b" || (job == "bb" && i % 7 == 0), i));
            }
        }
    }

    private static FloatHistogram Histogram(bool isCustom, int i) => new()
    {
        Schema = isCustom ? FloatHistogram.CustomBoundsSchema : (i / 9 % 13) - 4,
        ResetHint = (CounterResetHint)(i / 11 % 4),
        ZeroThreshold = isCustom ? 0 : i / 6 % 3,
        ZeroCount = isCustom ? 0 : i % 4,
        Count = i % 17 == 16 ? 0 : i % 23,
        Sum = i % 17 == 16 ? SpecialValues.StaleMarker : i % 13 == 12 ? double.NaN : i,
        CustomBounds = isCustom ? [-1, 2, 3 + (i / 8)] : [],
        PositiveSpans = [new BucketSpan(0, 2), new BucketSpan(isCustom ? 0 : 3, 2)],
        PositiveBuckets = [i % 5, i % 3, i % 13 == 0 ? double.PositiveInfinity : 2, 1],
        NegativeSpans = isCustom ? [] : [new BucketSpan(-3, 1)],
        NegativeBuckets = isCustom ? [] : [i % 4],
    };

    private static string Vector(Random random, int depth)
    {
        if (depth == 0)
            return Pick(random, s_selectors);
        switch (random.Next(8))
        {
            case 0:
                return $"({Vector(random, depth - 1)} {Operator(random)} {Vector(random, depth - 1)})";
            case 1:
                return $"({Vector(random, depth - 1)} {Pick(random, ["+", "*", "/", "%", "^", "> bool", "<", "atan2", "</", ">/"])} {Pick(random, s_numbers)})";
            case 2:
                var op = Pick(random, ["sum", "avg", "min", "max", "count", "group", "stddev", "topk", "bottomk", "quantile", "count_values"]);
                var parameter = op switch { "topk" or "bottomk" or "quantile" => Pick(random, s_numbers) + ", ", "count_values" => "\"v\", ", _ => "" };
                return $"{op} {Pick(random, ["by", "without"])} ({Labels(random)}) ({parameter}{Vector(random, depth - 1)})";
            case 3:
            case 4:
                return RangeCall(random, depth);
            case 5:
                return Call(random, depth);
            case 6:
                return "-" + Vector(random, depth - 1);
            default:
                return Pick(random, s_selectors);
        }
    }

    private static string RangeCall(Random random, int depth)
    {
        var range = random.Next(3) == 0
            ? $"({Vector(random, depth - 1)})[{Pick(random, s_durations[..^2])}:{Pick(random, ["", "1m", "7s", "1h"])}]"
            : $"{Pick(random, ["up", "requests_total", "h", "h{job=\"b\"}", "{__name__=~\".+\"}"])}[{Pick(random, s_durations)}]";
        var functions = FunctionTable.All.Where(f => f.ArgumentTypes.Contains(PromType.RangeVector)).ToArray();
        var function = functions[random.Next(functions.Length)];
        var arguments = function.ArgumentTypes.Select(type => type == PromType.RangeVector ? range : Pick(random, s_numbers));
        return $"{function.Name}({string.Join(", ", arguments)})";
    }

    private static string Call(Random random, int depth)
    {
        var functions = FunctionTable.All
            .Where(f => f.ReturnType == PromType.InstantVector && !f.ArgumentTypes.Contains(PromType.RangeVector)).ToArray();
        var function = functions[random.Next(functions.Length)];
        var text = new StringBuilder(function.Name).Append('(');
        for (var i = 0; i < function.ArgumentTypes.Count; i++)
        {
            text.Append(i > 0 ? ", " : "").Append(function.ArgumentTypes[i] switch
            {
                PromType.Scalar => Pick(random, s_numbers),
                PromType.String => Pick(random, ["\"job\"", "\"\"", "\"le\"", "\"$1\"", "\"(.*)\"", "\"__name__\""]),
                _ => Vector(random, depth - 1),
            });
        }
        return text.Append(')').ToString();
    }

    private static string Operator(Random random)
    {
        if (random.Next(3) == 0)
            return Pick(random, ["and", "or", "unless"]) + Pick(random, ["", $" on ({Labels(random)})", $" ignoring ({Labels(random)})"]);
        var op = Pick(random, ["+", "-", "*", "/", "==", ">= bool", "!=", "</"]);
        var matching = Pick(random, ["", " on", " ignoring"]);
        if (matching.Length == 0)
            return op;
        return $"{op}{matching} ({Labels(random)}){Pick(random, ["", " group_left", " group_right (missing)"])}{Pick(random, ["", " fill(1)"])}";
    }

    private static string Labels(Random random) => string.Join(", ", s_labels.Where(_ => random.Next(3) == 0));

    private static string Pick(Random random, string[] choices) => choices[random.Next(choices.Length)];
}
