namespace Triptych.PromQL.Syntax;

/// <summary>What the type check knows about a function; whether it can be evaluated is known to the planner.</summary>
/// <param name="ArgumentTypes">Types of the arguments; the last one repeats if <paramref name="Variadic"/> is not 0.</param>
/// <param name="Variadic">
/// 0: exactly as many arguments as types; n &gt; 0: the last type may be absent or stand up to n times; −1: any number of times, or absent.
/// </param>
/// <param name="Experimental">Refused unless <see cref="ParserOptions.ExperimentalFunctions"/> is set.</param>
public sealed record FunctionSignature(
    string Name, IReadOnlyList<PromType> ArgumentTypes, int Variadic, PromType ReturnType, bool Experimental)
{
    public int MinArguments => Variadic == 0 ? ArgumentTypes.Count : ArgumentTypes.Count - 1;

    /// <summary>−1: no limit.</summary>
    public int MaxArguments => Variadic switch { 0 => ArgumentTypes.Count, > 0 => ArgumentTypes.Count - 1 + Variadic, _ => -1 };

    public PromType ArgumentType(int index) => ArgumentTypes[Math.Min(index, ArgumentTypes.Count - 1)];
}

/// <summary>All functions of PromQL 3.14. Names are case-sensitive.</summary>
public static class FunctionTable
{
    private const PromType S = PromType.Scalar;
    private const PromType V = PromType.InstantVector;
    private const PromType M = PromType.RangeVector;
    private const PromType T = PromType.String;

    private static readonly Dictionary<string, FunctionSignature> s_byName = Build();

    /// <summary>All signatures, by name in ordinal order.</summary>
    public static IReadOnlyList<FunctionSignature> All { get; } =
        [.. s_byName.Values.OrderBy(function => function.Name, StringComparer.Ordinal)];

    /// <summary>Null if there is no such function.</summary>
    public static FunctionSignature? Find(string name) => s_byName.GetValueOrDefault(name);

    private static Dictionary<string, FunctionSignature> Build()
    {
        var table = new Dictionary<string, FunctionSignature>(StringComparer.Ordinal);
        AddAll(table, [V], 0, V, "abs ceil floor exp ln log2 log10 sqrt sgn deg rad");
        AddAll(table, [V], 0, V, "acos acosh asin asinh atan atanh cos cosh sin sinh tan tanh");
        AddAll(table, [V], 0, V, "absent sort sort_desc timestamp");
        AddAll(table, [V], 0, V, "histogram_avg histogram_count histogram_sum histogram_stddev histogram_stdvar");
        AddAll(table, [V], 1, V, "day_of_month day_of_week day_of_year days_in_month hour minute month year");
        AddAll(table, [M], 0, V, "rate increase irate delta idelta resets changes deriv");
        AddAll(
            table, [M], 0, V,
            "avg_over_time min_over_time max_over_time sum_over_time count_over_time stddev_over_time stdvar_over_time "
            + "last_over_time first_over_time present_over_time absent_over_time");
        AddAll(table, [M, S], 0, V, "predict_linear");
        AddAll(table, [S, M], 0, V, "quantile_over_time");
        AddAll(table, [V, S], 1, V, "round");
        AddAll(table, [V, S], 0, V, "clamp_min clamp_max");
        AddAll(table, [V, S, S], 0, V, "clamp");
        AddAll(table, [V, T, T, T, T], 0, V, "label_replace");
        AddAll(table, [V, T, T, T], -1, V, "label_join");
        AddAll(table, [V], 0, S, "scalar");
        AddAll(table, [S], 0, V, "vector");
        AddAll(table, [], 0, S, "time pi");
        AddAll(table, [S, V], 0, V, "histogram_quantile");
        AddAll(table, [S, S, V], 0, V, "histogram_fraction");
        AddAll(table, [V, T, S, S], 9, V, "histogram_quantiles", experimental: true);
        AddAll(table, [M, S, S], 0, V, "double_exponential_smoothing", experimental: true);
        AddAll(
            table, [M], 0, V, "mad_over_time ts_of_min_over_time ts_of_max_over_time ts_of_first_over_time ts_of_last_over_time",
            experimental: true);
        AddAll(table, [], 0, S, "start end step range", experimental: true);
        AddAll(table, [V, V], 1, V, "info", experimental: true);
        AddAll(table, [V, T], -1, V, "sort_by_label sort_by_label_desc", experimental: true);
        AddAll(table, [S, S], 0, S, "max_of min_of", experimental: true);
        AddAll(table, [V], 0, V, "start_timestamp", experimental: true);
        return table;
    }

    private static void AddAll(
        Dictionary<string, FunctionSignature> table, PromType[] arguments, int variadic, PromType returns, string names,
        bool experimental = false)
    {
        foreach (var name in names.Split(' '))
            table.Add(name, new FunctionSignature(name, arguments, variadic, returns, experimental));
    }
}
