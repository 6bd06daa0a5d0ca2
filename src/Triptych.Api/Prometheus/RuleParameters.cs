using System.Globalization;

namespace Triptych.Api.Prometheus;

/// <summary>What <c>rules</c> may be asked with. Where there are no groups, a token of a page can only be an old one.</summary>
internal static class RuleParameters
{
    private static readonly string[] s_truths = ["1", "t", "true", "0", "f", "false"];

    /// <summary>The first parameter that is not valid.</summary>
    public static ApiError? FindProblem(RequestParameters parameters)
    {
        parameters.Selectors();
        return parameters.Problem ?? CheckType(parameters) ?? CheckAlerts(parameters) ?? CheckPage(parameters);
    }

    private static ApiError? CheckType(RequestParameters parameters)
    {
        var type = parameters.Get("type").ToLowerInvariant();
        return type is "" or "alert" or "record" ? null : ApiError.BadParameter("type", $"not supported value \"{type}\"");
    }

    private static ApiError? CheckAlerts(RequestParameters parameters)
    {
        var text = parameters.Get("exclude_alerts").ToLowerInvariant();
        return text.Length == 0 || s_truths.Contains(text, StringComparer.Ordinal)
            ? null
            : ApiError.BadParameter("exclude_alerts", $"error converting exclude_alerts: strconv.ParseBool: parsing \"{text}\": invalid syntax");
    }

    private static ApiError? CheckPage(RequestParameters parameters)
    {
        var limit = parameters.Get("group_limit");
        var token = parameters.Get("group_next_token");
        if (limit.Length == 0)
        {
            return token.Length == 0
                ? null
                : ApiError.BadParameter("group_next_token", "group_limit needs to be present in order to paginate over the groups");
        }

        if (!int.TryParse(limit, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var groups))
        {
            return ApiError.BadParameter(
                "group_limit", $"group_limit needs to be a valid number: strconv.ParseInt: parsing \"{limit}\": invalid syntax");
        }

        if (groups <= 0) return ApiError.BadParameter("group_limit", "group_limit needs to be greater than 0");
        return token.Length == 0
            ? null
            : ApiError.BadParameter("group_next_token", $"invalid group_next_token '{token}'. were rule groups changed?");
    }
}
