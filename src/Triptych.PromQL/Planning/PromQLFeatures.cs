using Triptych.PromQL.Syntax;

namespace Triptych.PromQL.Planning;

/// <summary>
/// The switches of the language under the names that they have in Prometheus (<c>--enable-feature</c>). What Prometheus leaves off is off
/// here too: docs/adr/0008.
/// </summary>
public static class PromQLFeatures
{
    public const string ExperimentalFunctions = ParserOptions.ExperimentalFunctionsFeature;
    public const string ExtendedRangeSelectors = ParserOptions.ExtendedRangesFeature;
    public const string FillModifiers = ParserOptions.FillModifiersFeature;
    public const string DelayedNameRemoval = "promql-delayed-name-removal";
    public const string PerStepStats = "promql-per-step-stats";

    /// <summary>That a counter began anew is seen in the start times of its samples.</summary>
    public const string UseStartTimestamps = "use-start-timestamps";

    /// <summary>
    /// Targets are asked for start times, and the <c>_created</c> lines of OpenMetrics are some; those that come in fields are kept in any case.
    /// </summary>
    public const string StartTimestampStorage = "st-storage";

    /// <summary>Type and unit of a metric are labels of its series.</summary>
    public const string TypeAndUnitLabels = "type-and-unit-labels";

    /// <summary>The features that can be switched on, in order.</summary>
    public static IReadOnlyList<string> Switches { get; } =
    [
        FillModifiers, DelayedNameRemoval, ExperimentalFunctions, ExtendedRangeSelectors, PerStepStats, StartTimestampStorage, TypeAndUnitLabels,
        UseStartTimestamps,
    ];

    /// <summary>Features that Prometheus once had switches for and that are always on; naming them changes nothing.</summary>
    public static IReadOnlyList<string> AlwaysOn { get; } =
        ["exemplar-storage", "native-histograms", "promql-at-modifier", "promql-duration-expr", "promql-negative-offset"];

    private static readonly Dictionary<string, string> s_refused = new(StringComparer.Ordinal)
    {
        ["st-synthesis"] = "no start timestamp is made up, for that would drop first samples and change the others",
        ["created-timestamp-zero-ingestion"] = "no zero sample is made of a start timestamp; st-storage and use-start-timestamps give the same rates",
    };

    /// <summary>Switches features on.</summary>
    /// <param name="names">Their names.</param>
    /// <returns>The options; for what is not among them see <see cref="FindProblem"/>.</returns>
    public static PromQLOptions Enable(IEnumerable<string> names)
    {
        var enabled = names.ToHashSet(StringComparer.Ordinal);
        return new PromQLOptions
        {
            Parser = new ParserOptions
            {
                ExperimentalFunctions = enabled.Contains(ExperimentalFunctions),
                ExtendedRangeSelectors = enabled.Contains(ExtendedRangeSelectors),
                FillModifiers = enabled.Contains(FillModifiers),
            },
            DelayedNameRemoval = enabled.Contains(DelayedNameRemoval),
            PerStepStats = enabled.Contains(PerStepStats),
            UseStartTimestamps = enabled.Contains(UseStartTimestamps),
            TypeAndUnitLabels = enabled.Contains(TypeAndUnitLabels),
        };
    }

    /// <summary>Whether a function can be called.</summary>
    public static bool IsEvaluated(FunctionSignature function, ParserOptions parser) =>
        (!function.Experimental || parser.ExperimentalFunctions);

    /// <summary>Why a name cannot be switched on; null where it can.</summary>
    public static string? FindProblem(string name)
    {
        if (Switches.Contains(name, StringComparer.Ordinal) || AlwaysOn.Contains(name, StringComparer.Ordinal))
            return null;
        return s_refused.TryGetValue(name, out var reason)
            ? $"feature \"{name}\" is not supported: {reason}"
            : $"unknown feature \"{name}\": known are {string.Join(", ", Switches)}";
    }
}
