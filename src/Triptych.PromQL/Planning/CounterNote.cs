using Triptych.Columnar.Symbols;
using Triptych.Model.Metrics;
using Triptych.PromQL.Functions.Range;
using Triptych.PromQL.Syntax;
using Triptych.Query.Operators;

namespace Triptych.PromQL.Planning;

/// <summary>Remarks on metrics that are used as counters and do not look like any, each name once.</summary>
/// <param name="evaluation">The query.</param>
/// <param name="fixedName">The name of all series; null where their labels tell it.</param>
/// <param name="at">The range vector.</param>
internal sealed class CounterNote(Evaluation evaluation, string? fixedName, SourceSpan at)
{
    private static readonly string[] s_counterSuffixes = ["_total", "_sum", "_count", "_bucket"];

    private readonly HashSet<(int Name, int Type)> _checked = [];
    private readonly int _typeLabel = evaluation.Options.TypeAndUnitLabels ? evaluation.Context.Symbols.Intern("__type__") : -1;

    public void Check(ReadOnlySpan<LabelId> labels)
    {
        var symbols = evaluation.Context.Symbols;
        var name = fixedName is null ? LabelEditing.Find(labels, evaluation.NameLabel) : symbols.Intern(fixedName);
        var type = _typeLabel < 0 ? SymbolTable.Empty : LabelEditing.Find(labels, _typeLabel);
        if (name == SymbolTable.Empty || !_checked.Add((name, type)))
            return;
        var text = symbols.GetString(name);
        if (_typeLabel >= 0)
            CheckType(text, symbols.GetString(type));
        else if (!s_counterSuffixes.Any(suffix => text.EndsWith(suffix, StringComparison.Ordinal)))
            evaluation.Notes.Info($"metric might not be a counter, name does not end in _total/_sum/_count/_bucket: {Quoted(text)}", at);
    }

    /// <summary>Warns where a sample's start time lies before the sample ahead of it in the same window. Stale markers are no samples.</summary>
    public void CheckOverlap(
        ReadOnlySpan<LabelId> labels, ReadOnlySpan<long> timesMs, ReadOnlySpan<double> values, ReadOnlySpan<long> startTimesMs,
        RangeWindows windows)
    {
        for (var i = 1; i < timesMs.Length; i++)
        {
            if (SpecialValues.IsStale(values[i]) || !StartTimes.Overlap(startTimesMs, timesMs, i - 1) || !AnyHolds(windows, i))
                continue;
            var symbols = evaluation.Context.Symbols;
            var name = fixedName ?? symbols.GetString(LabelEditing.Find(labels, evaluation.NameLabel));
            evaluation.Notes.Warn(
                $"sample has start time that overlaps with previous sample timestamp for metric {Quoted(name)}", at);
            return;
        }
    }

    private static bool AnyHolds(RangeWindows windows, int sample)
    {
        for (var i = 0; i < windows.From.Length; i++)
        {
            if (windows.From[i] < sample && windows.To[i] > sample)
                return true;
        }
        return false;
    }

    private void CheckType(string name, string type)
    {
        if (type is "counter" or "histogram")
            return;
        var expectation = "metric might not be a counter, __type__ label is not set to \"counter\" or \"histogram\"";
        evaluation.Notes.Info($"{expectation}, got {Quoted(type)}: {Quoted(name)}", at);
    }

    private static string Quoted(string text) => AggregateEvaluator.Quoted(text);
}
