using Triptych.Columnar.Symbols;

namespace Triptych.Query.Operators.Aggregation;

/// <summary>What is worth telling of an aggregation that meets histograms.</summary>
public enum AggregationNote
{
    /// <summary>The aggregation knows floats only.</summary>
    HistogramsIgnored,

    /// <summary>A group has floats and histograms at one step, and so no answer.</summary>
    KindsMixed,

    /// <summary>A group has exponential and custom buckets at one step, and so no answer.</summary>
    SchemasMixed,

    /// <summary>Some histograms say that their counter started anew, others that it did not.</summary>
    ResetsConflict,

    /// <summary>Custom bounds differed, and only those that all have were kept.</summary>
    BoundsReconciled,
}

/// <summary>
/// Is told of notes, with the labels of the row that caused a mix of schemas or has histograms that are left out; of the others once and without labels.
/// </summary>
public delegate void AggregationNoteHandler(AggregationNote note, ReadOnlySpan<LabelId> labels);
