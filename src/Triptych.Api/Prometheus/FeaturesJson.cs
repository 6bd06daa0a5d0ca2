using System.Text.Json;
using Triptych.Model.Labels;
using Triptych.PromQL.Planning;
using Triptych.PromQL.Syntax;

namespace Triptych.Api.Prometheus;

/// <summary>
/// What <c>features</c> tells: for each category, each feature that Prometheus has a name for and whether it is on here. Names are in order.
/// </summary>
internal static class FeaturesJson
{
    private static readonly string[] s_keywords =
        ["bool", "by", "group_left", "group_right", "ignoring", "offset", "on", "without"];

    private static readonly string[] s_api =
        ["exclude_alerts", "label_values_match", "query_stats", "query_warnings", "time_range_labels", "time_range_series"];

    /// <summary>Writes the object.</summary>
    public static void Write(Utf8JsonWriter json, PromQLOptions options)
    {
        json.WriteStartObject();
        WriteCategory(json, "api", Api());
        WriteCategory(json, "promql", Language(options));
        WriteCategory(json, "promql_functions", Functions(options.Parser));
        WriteCategory(json, "promql_operators", Operators(options.Parser));
        json.WriteEndObject();
    }

    private static IEnumerable<(string, bool)> Api() =>
        [.. s_api.Select(name => (name, true)), ("otlp_write_receiver", true), ("remote_write_receiver", true)];

    private static IEnumerable<(string, bool)> Language(PromQLOptions options)
    {
        var (parser, keywords) = (options.Parser, s_keywords.Select(name => (name, true)));
        return
        [
            .. keywords, ("anchored", parser.ExtendedRangeSelectors), ("at_modifier", true),
            ("delayed_name_removal", options.DelayedNameRemoval), ("duration_expr", true), ("fill", parser.FillModifiers),
            ("fill_left", parser.FillModifiers), ("fill_right", parser.FillModifiers), ("negative_offset", true),
            ("per_query_lookback_delta", true), ("per_step_stats", options.PerStepStats),
            ("smoothed", parser.ExtendedRangeSelectors), ("subqueries", true), ("type_and_unit_labels", options.TypeAndUnitLabels),
        ];
    }

    private static IEnumerable<(string, bool)> Functions(ParserOptions parser) =>
        FunctionTable.All.Select(function => (function.Name, PromQLFeatures.IsEvaluated(function, parser)));

    private static IEnumerable<(string, bool)> Operators(ParserOptions parser) =>
    [
        .. Enum.GetValues<BinaryOp>().Select(op => (op.Spelling(), true)),
        .. Enum.GetValues<MatchOp>().Where(op => op is MatchOp.Regex or MatchOp.NotRegex).Select(op => (op.Spelling(), true)),
        .. Enum.GetValues<AggregateOp>().Select(op => (op.Spelling(), !op.IsExperimental() || parser.ExperimentalFunctions)),
    ];

    private static void WriteCategory(Utf8JsonWriter json, string name, IEnumerable<(string Name, bool IsOn)> features)
    {
        json.WriteStartObject(name);
        foreach (var (feature, isOn) in features.OrderBy(f => f.Name, StringComparer.Ordinal)) json.WriteBoolean(feature, isOn);
        json.WriteEndObject();
    }
}
