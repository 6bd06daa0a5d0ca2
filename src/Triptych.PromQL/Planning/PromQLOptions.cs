using Triptych.PromQL.Syntax;

namespace Triptych.PromQL.Planning;

/// <summary>What an engine is set up with; the same for all of its queries.</summary>
public sealed record PromQLOptions
{
    /// <summary>Limits and experimental parts of the syntax.</summary>
    public ParserOptions Parser { get; init; } = ParserOptions.Default;

    /// <summary>The step of <c>[1h:]</c>, in milliseconds.</summary>
    public long DefaultSubqueryStepMs { get; init; } = 60_000;
}
