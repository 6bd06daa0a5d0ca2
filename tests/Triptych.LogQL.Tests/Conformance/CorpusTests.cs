using System.Text;
using Triptych.LogQL.Planning;
using Triptych.LogQL.Syntax;
using Triptych.LogQL.Tests.Sources;
using Triptych.Query.Steps;

namespace Triptych.LogQL.Tests.Conformance;

/// <summary>The corpus against the engine alone.</summary>
public sealed class CorpusTests
{
    private const long Second = 1_000_000_000;
    private const int End = 1000;

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
    public void The_corpus_has_its_cases() => CorpusFile.Names.Sum(f => CorpusFile.Read(f).Count).ShouldBeGreaterThanOrEqualTo(400);

    private static async Task<CorpusAnswer> AskAsync(CorpusCase asked)
    {
        if (asked.Kind is CorpusKind.Accept or CorpusKind.Refuse)
        {
            var parsed = LogQLParser.Parse(asked.Query);
            if (parsed.Succeeded) LogQLParser.Parse(QueryPrinter.Print(parsed.Value)).Error?.ToString().ShouldBeNull("a printed query is one");
            return parsed.Succeeded ? new CorpusAnswer(null, [QueryPrinter.Print(parsed.Value)]) : new CorpusAnswer(parsed.Error.ToString(), []);
        }

        var source = new MemoryLogSource();
        foreach (var r in asked.Data.Records) source.AddWritten(r.Stream, r.Second, r.Level, r.Metadata, r.Line);
        var context = Sources.Query.Context();
        var isNumbers = LogQLParser.Parse(asked.Query).Value is MetricExpression;
        var grid = asked.Kind switch
        {
            CorpusKind.At or CorpusKind.Ordered => StepGrid.Instant(asked.Times[0] * Second),
            CorpusKind.Range => StepGrid.Range(asked.Times[0] * Second, asked.Times[1] * Second, asked.Times[2] * Second),
            _ => StepGrid.Instant(60 * Second),
        };
        var request = new LogQLRequest
        {
            Query = asked.Query,
            Grid = grid,
            EndUnixNanos = End * Second,
            Limit = asked.Kind == CorpusKind.Newest ? asked.Times[0] : 5000,
            Direction = asked.Kind == CorpusKind.Newest ? LogDirection.Backward : LogDirection.Forward,
            IsInstant = asked.Kind is CorpusKind.At or CorpusKind.Ordered || (asked.Kind == CorpusKind.Fail && isNumbers),
        };
        var result = await new LogQLEngine(source, new LogQLOptions()).QueryAsync(request, context);
        if (result.Error is { } error) return new CorpusAnswer(error.Message, []);
        var answer = result.Value!;
        if (answer.Scalar is { } scalar) return new CorpusAnswer(null, ["scalar " + CorpusAnswer.Value(scalar)]);
        return answer.Lines is { } lines
            ? new CorpusAnswer(null, [.. lines.Select(l => CorpusAnswer.Record(
                l.TimeUnixNanos / Second, Labels([.. l.Stream, .. l.Metadata, .. l.Parsed]), Encoding.UTF8.GetString(l.Line.Span)))])
            : new CorpusAnswer(null, [.. answer.Matrix!.Rows.Select(
                r => Labels(r.Labels) + " " + string.Join(' ', r.Values.Select(v => StepRow.IsAbsent(v) ? "_" : CorpusAnswer.Value(v))))]);

        string Labels(Columnar.Symbols.LabelId[] labels) => CorpusAnswer.Labels(
            labels.Select(l => KeyValuePair.Create(context.Symbols.GetString(l.Name), context.Symbols.GetString(l.Value))));
    }
}
