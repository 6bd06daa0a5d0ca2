using System.Globalization;

namespace Triptych.TraceQL.Syntax;

/// <summary>A place in the query text: 0-based UTF-16 offset, 1-based line and column.</summary>
public readonly record struct SourcePosition(int Offset, int Line, int Column)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"line {Line}, col {Column}");
}
