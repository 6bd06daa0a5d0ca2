namespace Triptych.LogQL.Stages;

/// <summary>One row on its way through the stages. The line is the scan's memory or a stage's buffer, valid until the next row.</summary>
internal ref struct Row(RowLabels labels, long timeUnixNanos, ReadOnlySpan<byte> line)
{
    public RowLabels Labels { get; } = labels;

    /// <summary>The record's time.</summary>
    public long TimeUnixNanos { get; } = timeUnixNanos;

    public ReadOnlySpan<byte> Line { get; set; } = line;

    /// <summary>What the parser stage of the pipeline would find; then there is no line. Null where the line is to be parsed.</summary>
    public KnownFields? Known { get; init; }
}

/// <summary>What the scan did not do for a stage of the query. One instance per scan; one thread at a time.</summary>
internal abstract class RowStage
{
    /// <summary>Whether the stage can turn a row away; then a limit cannot be left to the scan.</summary>
    public virtual bool MayDrop => false;

    /// <summary>Whether the stage looks at the line.</summary>
    public virtual bool ReadsLine => true;

    /// <summary>Works on the row; false turns it away.</summary>
    public abstract bool Apply(ref Row row);
}
