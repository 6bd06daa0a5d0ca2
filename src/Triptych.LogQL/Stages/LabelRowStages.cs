using Triptych.Columnar.Symbols;
using Triptych.LogQL.Syntax;

namespace Triptych.LogQL.Stages;

/// <summary><c>drop</c>: takes labels away, always or where their value matches.</summary>
internal sealed class DropRowStage(DropStage stage, SymbolTable symbols) : RowStage
{
    private readonly List<(int Name, LabelCondition? Condition)> _choices =
        [.. stage.Labels.Select(l => (symbols.Intern(l.Label), l.Matcher is null ? null : new LabelCondition(l.Matcher, symbols)))];

    public override bool ReadsLine => false;

    public override bool Apply(ref Row row)
    {
        foreach (var (name, condition) in _choices)
        {
            if (condition is not null && !condition.Holds(row.Labels)) continue;
            if (row.Labels.IsErrorName(name)) row.Labels.ClearError(name);
            else row.Labels.Remove(name);
        }

        return true;
    }
}

/// <summary><c>keep</c>: takes away all labels but the chosen ones; errors stay.</summary>
internal sealed class KeepRowStage(KeepStage stage, SymbolTable symbols) : RowStage
{
    private readonly List<(int Name, LabelCondition? Condition)> _choices =
        [.. stage.Labels.Select(l => (symbols.Intern(l.Label), l.Matcher is null ? null : new LabelCondition(l.Matcher, symbols)))];

    public override bool ReadsLine => false;

    public override bool Apply(ref Row row)
    {
        var labels = row.Labels;
        labels.RemoveWhere(name => !IsKept(labels, name));
        return true;
    }

    private bool IsKept(RowLabels labels, int name)
    {
        foreach (var (chosen, condition) in _choices)
        {
            if (chosen == name && (condition is null || condition.Holds(labels))) return true;
        }

        return false;
    }
}

/// <summary><c>decolorize</c>: takes ANSI colour sequences off the line.</summary>
internal sealed class DecolorizeRowStage : RowStage
{
    private byte[] _line = new byte[1024];

    public override bool Apply(ref Row row)
    {
        if (row.Line.IndexOf((byte)0x1b) < 0) return true;
        if (_line.Length < row.Line.Length) _line = new byte[row.Line.Length * 2];
        var used = 0;
        for (var i = 0; i < row.Line.Length; i++)
        {
            if (row.Line[i] == 0x1b && i + 1 < row.Line.Length && row.Line[i + 1] == (byte)'[')
            {
                var end = i + 2;
                while (end < row.Line.Length && row.Line[end] is < 0x40 or > 0x7e) end++;
                i = end;
                continue;
            }

            _line[used++] = row.Line[i];
        }

        row.Line = _line.AsSpan(0, used);
        return true;
    }
}
