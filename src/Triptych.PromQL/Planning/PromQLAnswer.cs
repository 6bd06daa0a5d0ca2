using System.Diagnostics.CodeAnalysis;
using System.Text;
using Triptych.Columnar.Symbols;
using Triptych.Model.Metrics;
using Triptych.Query.Steps;

namespace Triptych.PromQL.Planning;

/// <summary>The shapes an answer can have, as the HTTP API names them.</summary>
public enum AnswerKind
{
    Scalar,
    String,
    Vector,
    Matrix,
}

/// <summary>
/// What a query answers. Nothing in it is text yet: series carry numbers of <see cref="Symbols"/>, which the API writes out once each.
/// </summary>
public sealed class PromQLAnswer
{
    internal PromQLAnswer(AnswerKind kind, StepGrid grid, SymbolTable symbols, IReadOnlyList<AnswerSeries> series)
    {
        Kind = kind;
        Grid = grid;
        Symbols = symbols;
        Series = series;
    }

    public AnswerKind Kind { get; }

    /// <summary>Steps in Unix milliseconds; one step for an instant query.</summary>
    public StepGrid Grid { get; }

    public SymbolTable Symbols { get; }

    /// <summary>
    /// The series, each with at least one point: one series with one point for a scalar, none for a string. A matrix is ordered by
    /// labels; so is a vector, unless the query sorts it.
    /// </summary>
    public IReadOnlyList<AnswerSeries> Series { get; }

    /// <summary>The text of a string answer.</summary>
    public string? Text { get; internal init; }
}

/// <summary>One series of an answer.</summary>
/// <param name="labels">Ordered by the bytes of their names.</param>
/// <param name="timesMs">Times of raw samples; null where the values belong to the steps of <paramref name="grid"/>.</param>
/// <param name="histograms">Null where all values are floats; else as many as values, null where there is a float or nothing.</param>
public sealed class AnswerSeries(LabelId[] labels, StepGrid grid, long[]? timesMs, double[] values, FloatHistogram?[]? histograms = null)
{
    /// <summary>Whether the series has histograms.</summary>
    public bool HasHistograms => histograms is not null;

    /// <summary>Ordered by the bytes of their names, without empty values.</summary>
    public ReadOnlySpan<LabelId> Labels => labels;

    /// <summary>Upper bound of the index for <see cref="TryGetPoint"/>.</summary>
    public int PointCapacity => values.Length;

    /// <summary>A histogram by its index, ascending in time; false where the step has none.</summary>
    public bool TryGetHistogram(int index, out long timestampMs, [NotNullWhen(true)] out FloatHistogram? histogram)
    {
        histogram = histograms?[index];
        timestampMs = timesMs is null ? grid.At(index) : timesMs[index];
        return histogram is not null;
    }

    /// <summary>A float by its index, ascending in time; false where the step has none.</summary>
    public bool TryGetPoint(int index, out long timestampMs, out double value)
    {
        value = values[index];
        timestampMs = timesMs is null ? grid.At(index) : timesMs[index];
        return !StepRow.IsAbsent(value);
    }

    /// <summary>The labels as text: <c>name{a="b"}</c>.</summary>
    public string Describe(SymbolTable symbols)
    {
        var text = new StringBuilder("{");
        foreach (var label in labels)
        {
            if (text.Length > 1)
                text.Append(", ");
            text.Append(symbols.GetString(label.Name)).Append('=');
            Syntax.QuotedString.Append(text, symbols.GetString(label.Value));
        }
        return text.Append('}').ToString();
    }
}
