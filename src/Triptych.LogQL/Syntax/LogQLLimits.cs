namespace Triptych.LogQL.Syntax;

/// <summary>Bounds on what a query text may make the server build.</summary>
public sealed record LogQLLimits
{
    /// <summary>Loki's own bounds where it has some, otherwise far beyond what people write.</summary>
    public static LogQLLimits Default { get; } = new();

    /// <summary>Longest query text, in UTF-16 units (Loki's limit).</summary>
    public int MaxQueryLength { get; init; } = 131_072;

    /// <summary>Deepest nesting of parentheses and calls.</summary>
    public int MaxDepth { get; init; } = 100;

    /// <summary>
    /// Most operators, matchers, stages and filter values of one query; with <see cref="MaxDepth"/> it bounds the tree's height.
    /// </summary>
    public int MaxNodes { get; init; } = 1_000;
}
