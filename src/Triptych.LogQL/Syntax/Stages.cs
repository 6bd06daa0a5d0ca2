using Triptych.LogQL.Syntax.Literals;

namespace Triptych.LogQL.Syntax;

/// <summary>One step that a line goes through; it may drop the line, change it, or change its labels.</summary>
public abstract record PipelineStage(SourcePosition Position) : LogQLNode(Position);

public enum LineFilterKind
{
    Contains,
    NotContains,
    Regex,
    NotRegex,
    Pattern,
    NotPattern,
}

/// <summary>One alternative of a line filter; <see cref="IsIp"/> marks <c>ip("…")</c>.</summary>
public sealed record LineFilterValue(SourcePosition Position, string Text, bool IsIp) : LogQLNode(Position);

/// <summary>Positive kinds keep a line that meets any of the values, negated kinds one that meets none.</summary>
public sealed record LineFilterStage(SourcePosition Position, LineFilterKind Kind, IReadOnlyList<LineFilterValue> Values)
    : PipelineStage(Position);

/// <summary>A label to fill from an expression (a JSON path or a logfmt key).</summary>
public sealed record Extraction(SourcePosition Position, string Label, string Expression) : LogQLNode(Position);

/// <summary><c>json</c>; without extractions all keys become labels.</summary>
public sealed record JsonStage(SourcePosition Position, IReadOnlyList<Extraction> Extractions) : PipelineStage(Position);

/// <summary><c>logfmt</c>; without extractions all keys become labels.</summary>
public sealed record LogfmtStage(SourcePosition Position, bool Strict, bool KeepEmpty, IReadOnlyList<Extraction> Extractions)
    : PipelineStage(Position);

/// <summary><c>regexp "…"</c> with at least one named group (RE2 syntax).</summary>
public sealed record RegexpStage(SourcePosition Position, string Regex) : PipelineStage(Position);

/// <summary><c>pattern "…"</c>.</summary>
public sealed record PatternStage(SourcePosition Position, PatternTemplate Template) : PipelineStage(Position);

public sealed record UnpackStage(SourcePosition Position) : PipelineStage(Position);

public sealed record LabelFilterStage(SourcePosition Position, LabelFilter Filter) : PipelineStage(Position);

/// <summary><c>line_format "…"</c>: a Go template that gives the new line.</summary>
public sealed record LineFormatStage(SourcePosition Position, string Template) : PipelineStage(Position);

/// <summary>One target of label_format: renames <see cref="Source"/>, or fills from the template where that is not null.</summary>
public sealed record LabelFormat(SourcePosition Position, string Target, string? Source, string? Template) : LogQLNode(Position);

public sealed record LabelFormatStage(SourcePosition Position, IReadOnlyList<LabelFormat> Formats) : PipelineStage(Position);

public sealed record DecolorizeStage(SourcePosition Position) : PipelineStage(Position);

/// <summary>A label by name, or only where its value matches.</summary>
public sealed record LabelChoice(SourcePosition Position, string Label, LabelMatcherNode? Matcher) : LogQLNode(Position);

public sealed record DropStage(SourcePosition Position, IReadOnlyList<LabelChoice> Labels) : PipelineStage(Position);

public sealed record KeepStage(SourcePosition Position, IReadOnlyList<LabelChoice> Labels) : PipelineStage(Position);

public enum UnwrapConversion
{
    None,
    Bytes,
    /// <summary>A Go duration, in seconds.</summary>
    Duration,
    /// <summary>The same as <see cref="Duration"/> under its other name.</summary>
    DurationSeconds,
}

/// <summary><c>unwrap label</c>: the label's value is the sample. Only label filters follow it.</summary>
public sealed record UnwrapStage(SourcePosition Position, string Label, UnwrapConversion Conversion) : PipelineStage(Position);

public enum ComparisonKind
{
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// <summary>A condition on labels.</summary>
public abstract record LabelFilter(SourcePosition Position) : LogQLNode(Position);

public sealed record TextLabelFilter(SourcePosition Position, LabelMatcherNode Matcher) : LabelFilter(Position);

public sealed record NumberLabelFilter(
    SourcePosition Position, string Label, ComparisonKind Comparison, double Value) : LabelFilter(Position);

public sealed record DurationLabelFilter(
    SourcePosition Position, string Label, ComparisonKind Comparison, long Nanos) : LabelFilter(Position);

public sealed record BytesLabelFilter(
    SourcePosition Position, string Label, ComparisonKind Comparison, double SizeBytes) : LabelFilter(Position);

public sealed record IpLabelFilter(SourcePosition Position, string Label, bool Negated, string Pattern) : LabelFilter(Position);

/// <summary>Both or either of two conditions. The two operators bind equally and from the left.</summary>
public sealed record CombinedLabelFilter(SourcePosition Position, LabelFilter Left, bool IsOr, LabelFilter Right) : LabelFilter(Position);
