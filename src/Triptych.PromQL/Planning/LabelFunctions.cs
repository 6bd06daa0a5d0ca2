using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Triptych.Columnar.Symbols;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.PromQL.Syntax;
using Triptych.Query;
using Triptych.Query.Operators;
using Triptych.Query.Steps;

namespace Triptych.PromQL.Planning;

/// <summary>label_replace and label_join. Text is made once for each distinct source value, not for each series.</summary>
internal static class LabelFunctions
{
    public static async ValueTask ReplaceAsync(Evaluation evaluation, CallExpr call, StepGrid grid, IStepRowSink sink)
    {
        var symbols = evaluation.Context.Symbols;
        var target = Target(call, symbols);
        var replacement = Evaluation.StringOf(call.Arguments[2]);
        var source = symbols.Intern(Evaluation.StringOf(call.Arguments[3]));
        var pattern = Evaluation.StringOf(call.Arguments[4]);
        var regex = RegexSyntax.TryCompileCapturing(pattern, anchored: true, out _)
            ?? throw QueryFailedException.Execution($"invalid regular expression in label_replace(): {pattern}");
        var results = new Dictionary<int, int>();
        var collector = new RowCollector(evaluation.Context, grid, RowCollector.DuplicateLabelSet);
        await evaluation.EmitAsync(call.Arguments[0], grid, new RelabelSink(collector, target, Kept(evaluation, target), labels =>
        {
            var value = LabelEditing.Find(labels, source);
            if (!results.TryGetValue(value, out var result))
            {
                var match = regex.Match(symbols.GetString(value));
                result = match.Success ? symbols.Intern(Expand(replacement, match)) : -1;
                results.Add(value, result);
            }
            return result;
        }));
        evaluation.PassOn(collector.Finish(), sink);
    }

    public static async ValueTask JoinAsync(Evaluation evaluation, CallExpr call, StepGrid grid, IStepRowSink sink)
    {
        var symbols = evaluation.Context.Symbols;
        var target = Target(call, symbols);
        var separator = Evaluation.StringOf(call.Arguments[2]);
        var sources = call.Arguments.Skip(3).Select(argument => symbols.Intern(Evaluation.StringOf(argument))).ToArray();
        var collector = new RowCollector(evaluation.Context, grid, RowCollector.DuplicateLabelSet);
        var text = new StringBuilder();
        await evaluation.EmitAsync(call.Arguments[0], grid, new RelabelSink(collector, target, Kept(evaluation, target), labels =>
        {
            text.Clear();
            for (var i = 0; i < sources.Length; i++)
                text.Append(i > 0 ? separator : "").Append(symbols.GetString(LabelEditing.Find(labels, sources[i])));
            return symbols.Intern(text.ToString());
        }));
        evaluation.PassOn(collector.Finish(), sink);
    }

    // A name that is set anew stays, though it was to be dropped.
    private static int Kept(Evaluation evaluation, int target) => target == evaluation.NameLabel ? evaluation.Names.Mark : -1;

    private static int Target(CallExpr call, SymbolTable symbols)
    {
        var name = Evaluation.StringOf(call.Arguments[1]);
        if (name.Length == 0 || !QuotedString.IsWellFormed(name))
        {
            throw QueryFailedException.Execution(
                $"invalid destination label name in {call.Function.Name}(): {AggregateEvaluator.Quoted(name)}");
        }
        return symbols.Intern(name);
    }

    // $1, ${1}, $name, ${name}; $$ is a dollar; an unknown group is empty. The longest run of word characters is the name.
    private static string Expand(string template, Match match)
    {
        if (!template.Contains('$'))
            return template;
        var text = new StringBuilder();
        for (var i = 0; i < template.Length; i++)
        {
            if (template[i] != '$' || i + 1 == template.Length)
            {
                text.Append(template[i]);
                continue;
            }
            if (template[i + 1] == '$')
            {
                text.Append('$');
                i++;
                continue;
            }
            var braced = template[i + 1] == '{';
            var start = i + (braced ? 2 : 1);
            var end = start;
            while (end < template.Length && (char.IsAsciiLetterOrDigit(template[end]) || template[end] == '_'))
                end++;
            if (end == start || (braced && (end == template.Length || template[end] != '}')))
            {
                text.Append('$');
                continue;
            }
            text.Append(GroupText(match, template[start..end]));
            i = braced ? end : end - 1;
        }
        return text.ToString();
    }

    private static string GroupText(Match match, string name) =>
        int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? match.Groups[number].Value
            : match.Groups[name].Value;

    /// <summary>The value's symbol that a label gets; −1: it stays as it is.</summary>
    private delegate int LabelValue(ReadOnlySpan<LabelId> labels);

    private sealed class RelabelSink(IStepRowSink next, int target, int removed, LabelValue value) : IStepRowSink
    {
        private LabelId[] _scratch = new LabelId[32];

        public void Add(ReadOnlySpan<LabelId> labels, Span<double> values, Span<FloatHistogram?> histograms)
        {
            if (_scratch.Length < labels.Length + 1)
                _scratch = new LabelId[(labels.Length * 2) + 1];
            labels.CopyTo(_scratch);
            var symbol = value(labels);
            var count = symbol < 0 ? labels.Length : LabelEditing.Set(_scratch, labels.Length, target, symbol);
            if (symbol >= 0 && removed >= 0)
                count = LabelEditing.Set(_scratch, count, removed, SymbolTable.Empty);
            next.Add(_scratch.AsSpan(0, count), values, histograms);
        }
    }
}
