namespace Triptych.PromQL.Syntax;

/// <summary>A half-open range of UTF-16 offsets in the query text.</summary>
/// <param name="Start">Offset of the first character.</param>
/// <param name="End">Offset just after the last character.</param>
public readonly record struct SourceSpan(int Start, int End);
