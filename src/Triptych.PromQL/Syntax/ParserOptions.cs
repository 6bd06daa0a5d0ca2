namespace Triptych.PromQL.Syntax;

/// <summary>Limits on hostile input, and the experimental parts of the language, off by default as in Prometheus.</summary>
public sealed record ParserOptions
{
    /// <summary>What an error calls <see cref="ExperimentalFunctions"/>.</summary>
    public const string ExperimentalFunctionsFeature = "promql-experimental-functions";

    /// <summary>What an error calls <see cref="ExtendedRangeSelectors"/>.</summary>
    public const string ExtendedRangesFeature = "promql-extended-range-selectors";

    /// <summary>What an error calls <see cref="FillModifiers"/>.</summary>
    public const string FillModifiersFeature = "promql-binop-fill-modifiers";

    public static ParserOptions Default { get; } = new();

    /// <summary>Everything the grammar knows.</summary>
    public static ParserOptions AllFeatures { get; } =
        new() { ExperimentalFunctions = true, ExtendedRangeSelectors = true, FillModifiers = true };

    /// <summary>Longest accepted query, in characters.</summary>
    public int MaxLength { get; init; } = 128 * 1024;

    /// <summary>Deepest accepted nesting; each level costs stack in the parser and in every walk over the tree. A chain of binary operators is
    /// one level however long it is.</summary>
    public int MaxDepth { get; init; } = 400;

    public bool ExperimentalFunctions { get; init; }

    /// <summary><c>anchored</c> and <c>smoothed</c>.</summary>
    public bool ExtendedRangeSelectors { get; init; }

    /// <summary><c>fill</c>, <c>fill_left</c>, <c>fill_right</c>.</summary>
    public bool FillModifiers { get; init; }
}
