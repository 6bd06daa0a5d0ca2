using Triptych.Columnar.Symbols;
using Triptych.Model.Labels;
using Triptych.Query.Operators;

namespace Triptych.PromQL.Planning;

/// <summary>
/// How an operator takes the metric's name away, and with it the metric's type and unit. Either at once, or (feature
/// <c>promql-delayed-name-removal</c>) it only marks the row, whose name goes when the answer leaves the engine. The mark is a label among
/// the others, so that rows carry it through every operator; its name is no valid UTF-8, so no series can have it.
/// </summary>
internal sealed class NameDropping
{
    private readonly int[] _reserved;
    private readonly int _name;
    private readonly int _marked;

    public NameDropping(SymbolTable symbols, bool delayed)
    {
        IsDelayed = delayed;
        _name = symbols.Intern(LabelNames.MetricName);
        _reserved = [_name, symbols.Intern("__type__"), symbols.Intern("__unit__")];
        Mark = delayed ? symbols.Intern([0xFF]) : -1;
        _marked = Mark;
    }

    /// <summary>True where names go at the end.</summary>
    public bool IsDelayed { get; }

    /// <summary>The label that marks a row whose name goes; −1 where none is marked.</summary>
    public int Mark { get; }

    /// <summary>The labels that describe the metric itself.</summary>
    public IReadOnlyList<int> Reserved => _reserved;

    /// <summary>A sink that changes the values of each row and takes its name away, or marks it.</summary>
    public IStepRowSink Sink(IStepRowSink next, CellMapping? mapping) => new MappingSink(next, mapping, Drop);

    /// <summary>A sink for the end of the query, where marks take effect.</summary>
    public IStepRowSink FinalSink(IStepRowSink next) => IsDelayed ? new MappingSink(next, null, Finish) : next;

    /// <summary>A sink that forgets the marks and leaves the names.</summary>
    public IStepRowSink UnmarkingSink(IStepRowSink next) => IsDelayed ? new MappingSink(next, null, Unmark) : next;

    /// <summary>Copies the labels without the name, or with a mark; <paramref name="into"/> has room for one more. Returns how many.</summary>
    public int Drop(ReadOnlySpan<LabelId> labels, Span<LabelId> into)
    {
        if (!IsDelayed)
            return CopyWithoutReserved(labels, into);
        labels.CopyTo(into);
        return LabelEditing.Set(into, labels.Length, Mark, _marked);
    }

    /// <summary>Copies the labels without a mark, and without the name if there was one. Returns how many.</summary>
    public int Finish(ReadOnlySpan<LabelId> labels, Span<LabelId> into)
    {
        if (!IsMarked(labels))
        {
            labels.CopyTo(into);
            return labels.Length;
        }
        return CopyWithoutReserved(labels, into);
    }

    /// <summary>Copies the labels without a mark. Returns how many.</summary>
    public int Unmark(ReadOnlySpan<LabelId> labels, Span<LabelId> into) => LabelEditing.CopyWithout(labels, Mark, into);

    public bool IsMarked(ReadOnlySpan<LabelId> labels) => IsDelayed && LabelEditing.Find(labels, Mark) != SymbolTable.Empty;

    private int CopyWithoutReserved(ReadOnlySpan<LabelId> labels, Span<LabelId> into)
    {
        var count = 0;
        foreach (var label in labels)
        {
            if (!_reserved.AsSpan().Contains(label.Name) && label.Name != Mark)
                into[count++] = label;
        }
        return count;
    }
}
