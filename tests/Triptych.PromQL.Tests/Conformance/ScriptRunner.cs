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
        foreach (var sample in LoadedSample.Of(load))
            _source.Add(sample.Labels, sample.TimestampMs, sample.Value, sample.Histogram, sample.StartMs);
    }

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
            ? new ExpectationCheck(command, _options.DelayedNameRemoval).CheckFailure(error.Message)
            : new ExpectationCheck(command, _options.DelayedNameRemoval).CheckNotes(context.Warnings, context.Infos)
                ?? new AnswerCheck(command).Check(ScriptAnswer.Of(answer.Value!));
        if (problem is null && answer.Error is null && command.StepMs == 0)
            problem = await CheckAsRangeAsync(engine, command, answer.Value!);
        return new CaseResult(command, problem is null ? CaseOutcome.Right : CaseOutcome.Wrong, problem ?? "");
    }

    // The same query as a range query around its instant must give the same values in the middle.
    private static async Task<string?> CheckAsRangeAsync(PromQLEngine engine, EvalCommand command, PromQLAnswer instant)
    {
        if (!RangeAround.IsMeaningful(command, instant.Kind))
            return null;
        var context = new QueryContext(TenantId.Default, new QueryLimits(), CancellationToken.None);
        var grid = StepGrid.Range(command.StartMs - RangeAround.StepMs, command.EndMs + RangeAround.StepMs, RangeAround.StepMs);
        var range = await engine.QueryRangeAsync(command.Query, grid, context);
        if (range.Error is { Kind: QueryErrorKind.NotEvaluated })
            return null;
        if (range.Error is { } error)
            return $"as a range query it failed: {error.Message}";
        return RangeAround.Difference(ScriptAnswer.Of(instant), ScriptAnswer.Of(range.Value!), command.StartMs);
    }
}
