using System.Text.RegularExpressions;
using Triptych.Model;
using Triptych.PromQL.Planning;
using Triptych.PromQL.Syntax;
using Triptych.Query;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;

namespace Triptych.PromQL.Tests.Conformance;

/// <summary>How a case ended: the answer is that of the peers, or was refused as not evaluated yet, or is something else.</summary>
internal enum CaseOutcome
{
    Right,
    Refused,
    Wrong,
}

/// <summary>One case and what came out of it.</summary>
internal sealed record CaseResult(EvalCommand Command, CaseOutcome Outcome, string Detail);

/// <summary>Runs one script against an engine over a store in memory.</summary>
internal sealed class ScriptRunner
{
    // What the peers' own runner of these scripts sets.
    private static readonly PromQLOptions s_peerOptions = new()
    {
        Parser = ParserOptions.AllFeatures,
        DelayedNameRemoval = true,
        UseStartTimestamps = true,
    };

    private readonly PromQLOptions _options;

    private MemorySampleSource _source = NewSource();

    private ScriptRunner(PromQLOptions options)
    {
        _options = options;
    }

    public static async Task<List<CaseResult>> RunAsync(string file, PromQLOptions? options = null)
    {
        var runner = new ScriptRunner(options ?? s_peerOptions);
        var results = new List<CaseResult>();
        foreach (var command in Script.Read(file))
        {
            switch (command)
            {
                case ClearCommand:
                    runner._source = NewSource();
                    break;
                case LoadCommand load:
                    runner.Load(load);
                    break;
                case EvalCommand eval:
                    results.Add(await runner.EvaluateAsync(eval));
                    break;
            }
        }
        return results;
    }

    private static MemorySampleSource NewSource() => new() { Hints = StoredHints.Apply };

    private void Load(LoadCommand load)
    {
        var conversion = new CustomBucketConversion();
        var startTimes = load.Series.Where(ScriptStartTimes.IsLine).Select(ScriptStartTimes.Parse)
            .ToDictionary(entry => Key(entry.Labels), entry => entry.OffsetsMs, StringComparer.Ordinal);
        foreach (var line in load.Series.Where(line => !ScriptStartTimes.IsLine(line)))
        {
            var (labels, values) = ScriptValues.ParseLine(line);
            var starts = startTimes.GetValueOrDefault(Key(labels!), []);
            for (var i = 0; i < values.Count; i++)
            {
                if (values[i].IsGap)
                    continue;
                var offset = i < starts.Count ? starts[i] : null;
                var startMs = offset is null ? 0 : (i * load.StepMs) + offset.Value;
                _source.Add(labels!, i * load.StepMs, values[i].Number, values[i].Histogram, startMs);
                if (load.WithCustomBuckets)
                    conversion.Add(labels!, i * load.StepMs, values[i].Number);
            }
        }
        foreach (var (labels, timestampMs, histogram) in conversion.Finish())
            _source.Add(labels, timestampMs, double.NaN, histogram);
    }

    private static string Key(Dictionary<string, string> labels) =>
        string.Join('\u0001', labels.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Key + '\u0002' + pair.Value));

    private async Task<CaseResult> EvaluateAsync(EvalCommand command)
    {
        var context = new QueryContext(TenantId.Default, new QueryLimits(), CancellationToken.None);
        var engine = new PromQLEngine(_source, _options);
        var answer = command.StepMs == 0
            ? await engine.QueryInstantAsync(command.Query, command.StartMs, context)
            : await engine.QueryRangeAsync(command.Query, StepGrid.Range(command.StartMs, command.EndMs, command.StepMs), context);
        if (answer.Error is { Kind: QueryErrorKind.NotEvaluated } refusal)
            return new CaseResult(command, CaseOutcome.Refused, refusal.Message);
        var problem = answer.Error is { } error
            ? CheckFailure(command, error)
            : CheckNotes(command, context) ?? new AnswerCheck(command).Check(answer.Value!);
        if (problem is null && answer.Error is null && command.StepMs == 0)
            problem = await CheckAsRangeAsync(engine, command, answer.Value!);
        return new CaseResult(command, problem is null ? CaseOutcome.Right : CaseOutcome.Wrong, problem ?? "");
    }

    private static string? CheckFailure(EvalCommand command, QueryError error)
    {
        if (!command.MustFail)
            return $"failed: {error.Message}";
        foreach (var expectation in command.Expectations.Where(e => e.StartsWith("fail", StringComparison.Ordinal)))
        {
            if (!Satisfies(expectation["fail".Length..], error.Message))
                return $"failed with another message: {error.Message}";
        }
        return null;
    }

    private string? CheckNotes(EvalCommand command, QueryContext context)
    {
        if (command.MustFail)
            return "should have failed";
        return CheckNotes(command, "warn", context.Warnings) ?? CheckNotes(command, "info", context.Infos);
    }

    private string? CheckNotes(EvalCommand command, string kind, IReadOnlyCollection<string> notes)
    {
        var told = string.Join("; ", notes);
        var plain = notes.Select(note => Regex.Replace(note, @"(, from buckets .*)? \(\d+:\d+\)$", "")).Select(Unnamed).ToList();
        if (command.Has("no_" + kind) && notes.Count > 0)
            return $"unexpected {kind}: {told}";
        if (command.Form == "_" + kind && notes.Count == 0)
            return $"no {kind}";
        foreach (var expectation in command.Expectations.Where(e => e == kind || e.StartsWith(kind + " ", StringComparison.Ordinal)))
        {
            if (!plain.Any(note => Satisfies(Unnamed(expectation[kind.Length..]), note)))
                return $"expected {expectation}, got: {told}";
        }

        // Where any is expected, all that come must be.
        var expected = command.Expectations.Where(e => e == kind || e.StartsWith(kind + " ", StringComparison.Ordinal)).ToList();
        return expected.Count > 0 && plain.Find(note => !expected.Any(e => Satisfies(Unnamed(e[kind.Length..]), note))) is { } unexpected
            ? $"unexpected {kind}: {unexpected}"
            : null;
    }

    // Names that are dropped at once are not there any more when something is remarked on what had them.
    private string Unnamed(string text) => _options.DelayedNameRemoval ? text : Regex.Replace(text, " for metric name \"[^\"]*\"$", "");

    private static bool Satisfies(string condition, string text)
    {
        condition = condition.Trim();
        if (condition.StartsWith("msg:", StringComparison.Ordinal))
            return text == condition[4..].Trim();
        return !condition.StartsWith("regex:", StringComparison.Ordinal) || Regex.IsMatch(text, condition[6..].Trim());
    }

    // The same query as a range query around its instant must give the same values in the middle.
    private static async Task<string?> CheckAsRangeAsync(PromQLEngine engine, EvalCommand command, PromQLAnswer instant)
    {
        const long AroundMs = 60_000;
        var dependsOnQuery = Regex.IsMatch(command.Query, @"\b(start|end|step|range)\(\)", RegexOptions.IgnoreCase);
        if (instant.Kind is AnswerKind.String or AnswerKind.Matrix || dependsOnQuery || command.Has("ordered") || command.Form == "_ordered")
            return null;
        var context = new QueryContext(TenantId.Default, new QueryLimits(), CancellationToken.None);
        var grid = StepGrid.Range(command.StartMs - AroundMs, command.EndMs + AroundMs, AroundMs);
        var range = await engine.QueryRangeAsync(command.Query, grid, context);
        if (range.Error is { Kind: QueryErrorKind.NotEvaluated })
            return null;
        if (range.Error is { } error)
            return $"as a range query it failed: {error.Message}";
        var middle = Points(range.Value!, command.StartMs);
        var wanted = Points(instant, command.StartMs);
        foreach (var (labels, value) in wanted)
        {
            if (!middle.TryGetValue(labels, out var got) || AnswerCheck.Difference(value, got) is not null)
                return $"as a range query {labels} is {got.Describe()}";
        }
        return middle.Count == wanted.Count ? null : "as a range query it has other series";
    }

    private static Dictionary<string, ScriptValue> Points(PromQLAnswer answer, long atMs)
    {
        var points = new Dictionary<string, ScriptValue>(StringComparer.Ordinal);
        foreach (var series in answer.Series)
        {
            if (AnswerCheck.PointsOf(series).TryGetValue(atMs, out var value))
                points.Add(series.Describe(answer.Symbols), value);
        }
        return points;
    }
}
