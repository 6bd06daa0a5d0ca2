using System.Text.Json;
using Triptych.Model;
using Triptych.Query;
using Triptych.Query.Budgets;
using Triptych.TraceQL.Functions;
using Triptych.TraceQL.Planning;
using Triptych.TraceQL.Syntax;
using Triptych.TraceQL.Tests.Planning;

namespace Triptych.TraceQL.Tests.Conformance;

/// <summary>The corpus against the engine alone.</summary>
public sealed class CorpusTests
{
    private const long Second = 1_000_000_000;
    private const long End = TestSpan.Epoch + (CorpusFile.EndSecond * Second);

    public static TheoryData<string> Files => [.. CorpusFile.Names];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task The_engine_answers_as_documented(string file)
    {
        var problems = new List<string>();
        foreach (var asked in CorpusFile.Read(file))
        {
            if ((await AskAsync(asked)).Problem(asked) is { } problem) problems.Add(problem);
        }

        string.Join("\n", problems).ShouldBeEmpty();
    }

    [Fact]
    public void The_corpus_has_its_cases() => CorpusFile.Names.Sum(f => CorpusFile.Read(f).Count).ShouldBeGreaterThanOrEqualTo(300);

    private static async Task<CorpusAnswer> AskAsync(CorpusCase asked)
    {
        var engine = new TraceQLEngine(new InMemorySpanSource([.. asked.Data.Spans.Select(Loaded)]));
        var context = new QueryContext(TenantId.Default, new QueryLimits(), TestContext.Current.CancellationToken);
        switch (asked.Kind)
        {
            case CorpusKind.Accept or CorpusKind.Refuse:
                var (parsed, error) = TraceQLParser.ParseAndCheck(asked.Query);
                if (parsed is null) return new CorpusAnswer(error!.ToString(), []);
                TraceQLParser.Parse(parsed.ToString()).Query?.ToString().ShouldBe(parsed.ToString(), "a printed query is one");
                return new CorpusAnswer(null, [parsed.ToString()]);
            case CorpusKind.Search or CorpusKind.Show or CorpusKind.Newest:
                var limit = asked.Kind == CorpusKind.Newest ? asked.Times[0] : 100;
                var search = new TraceSearchRequest(asked.Query, TestSpan.Epoch, End, limit, 100);
                return Found(await engine.SearchAsync(search, context), asked.Kind == CorpusKind.Show);
            case CorpusKind.Tags:
                return Tags(await engine.TagNamesAsync(new TagNamesRequest(asked.Argument, asked.Query, TestSpan.Epoch, End), context));
            case CorpusKind.Values:
                return Values(await engine.TagValuesAsync(new TagValuesRequest(asked.Argument, asked.Query, TestSpan.Epoch, End), context));
            default:
                return Series(asked, await engine.MetricsAsync(Metrics(asked), context));
        }
    }

    private static TraceMetricsRequest Metrics(CorpusCase asked) => new(
        asked.Query,
        TestSpan.Epoch + (asked.Times[0] * Second),
        TestSpan.Epoch + (asked.Times[1] * Second),
        asked.Kind == CorpusKind.Instant ? 0 : asked.Times[2] * Second,
        MaxExemplars: asked.Kind == CorpusKind.Exemplars ? 100 : 0);

    private static CorpusAnswer Found(QueryResult<TraceSearchResult> result, bool isShown) => result.Error is { } error
        ? new CorpusAnswer(error.Message, [])
        : new CorpusAnswer(null, [.. result.Value!.Traces.Select(trace => $"{CorpusAnswer.NumberOf(trace.TraceId)}: " + string.Join(
            " | ", trace.Spansets.Select(set => CorpusAnswer.Spanset(
                set.Spans.Select(span => CorpusAnswer.NumberOf(span.SpanId) + (isShown ? CorpusAnswer.Labels(Texts(span.Attributes)) : "")),
                [.. Texts(set.Attributes)]))))]);

    private static CorpusAnswer Tags(QueryResult<TagNames> result) => result.Error is { } error
        ? new CorpusAnswer(error.Message, [])
        : new CorpusAnswer(null, [.. result.Value!.Scopes.SelectMany(scope => scope.Tags)]);

    private static CorpusAnswer Values(QueryResult<TagValues> result) => result.Error is { } error
        ? new CorpusAnswer(error.Message, [])
        : new CorpusAnswer(null, [.. result.Value!.Values.Select(value => $"{value.Type} {value.Value}")]);

    private static CorpusAnswer Series(CorpusCase asked, QueryResult<TraceMetricsResult> result)
    {
        if (result.Error is { } error) return new CorpusAnswer(error.Message, []);
        var lines = new List<string>();
        foreach (var series in result.Value!.Series)
        {
            var labels = CorpusAnswer.Labels(Texts(series.Labels));
            if (asked.Kind != CorpusKind.Exemplars)
            {
                if (asked.Kind == CorpusKind.Range || !double.IsNaN(series.Values[0]))
                {
                    lines.Add($"{labels} {string.Join(' ', series.Values.Select(v => CorpusAnswer.Value(v)))}");
                }

                continue;
            }

            lines.AddRange(series.Exemplars.Select(e =>
                $"{labels} {e.Labels[0].Value.ToText()}/{CorpusAnswer.NumberOf(e.Labels[1].Value.ToText())} "
                + $"{(e.TimeUnixNanos - TestSpan.Epoch) / TestSpan.Millisecond} {CorpusAnswer.Value(e.Value)}"));
        }

        return new CorpusAnswer(null, lines);
    }

    private static IEnumerable<KeyValuePair<string, string>> Texts(IEnumerable<KeyValuePair<string, Model.Attributes.AttributeValue>> attributes) =>
        attributes.Select(a => KeyValuePair.Create(a.Key, a.Value.ToText()));

    private static TestSpan Loaded(CorpusSpan span) => new(span.Trace, span.Id, span.Parent, span.Service, span.Name)
    {
        StartMs = span.StartMs,
        DurationMs = span.DurationMs,
        Kind = span.Kind,
        Status = span.Status,
        StatusMessage = span.Text("message") is { Length: > 0 } message ? message : null,
        ScopeName = span.Text("scope"),
        ScopeVersion = span.Text("version"),
        Attributes = Objects(span.Attributes("span")),
        Resource = Objects(span.Attributes("resource")),
        ScopeAttributes = Objects(span.Attributes("instrumentation")),
        Events = [.. span.All("event").Select(e => (e[0].GetString()!, e[1].GetInt64(), Objects(e.GetArrayLength() > 2 ? Members(e[2]) : [])))],
        Links = [.. span.All("link").Select(l => (l[0].GetInt32(), l[1].GetInt32()))],
        LinkAttributes = Objects(span.All("link").Where(l => l.GetArrayLength() > 2).Select(l => Members(l[2])).FirstOrDefault() ?? []),
    };

    private static Dictionary<string, JsonElement> Members(JsonElement element) =>
        element.EnumerateObject().ToDictionary(m => m.Name, m => m.Value, StringComparer.Ordinal);

    private static Dictionary<string, object> Objects(Dictionary<string, JsonElement> values) =>
        values.ToDictionary(pair => pair.Key, pair => ObjectOf(pair.Value), StringComparer.Ordinal);

    private static object ObjectOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number => value.TryGetInt64(out var integer) ? (object)integer : value.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => value,
    };
}
