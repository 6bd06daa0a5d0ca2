namespace Triptych.TraceQL.Syntax;

/// <summary>Bounds on what a query may ask of the parser and of every recursive walk over its tree.</summary>
public static class SyntaxLimits
{
    /// <summary>UTF-16 units of query text; the limit that Tempo has in bytes.</summary>
    public const int MaxQueryChars = 128 * 1024;

    /// <summary>Open parentheses and prefix operators around one operand.</summary>
    public const int MaxNesting = 100;

    /// <summary>Operators in one query. Left-associative chains make trees this deep, so it also bounds recursion.</summary>
    public const int MaxOperators = 2_000;

    /// <summary>Entries of a <c>by</c>, <c>select</c>, quantile or hint list.</summary>
    public const int MaxListEntries = 64;

    /// <summary>Stages of one pipeline.</summary>
    public const int MaxStages = 64;
}
