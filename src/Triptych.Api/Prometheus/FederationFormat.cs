using System.Globalization;

namespace Triptych.Api.Prometheus;

/// <summary>How federation answers, as its client's Accept header wants it.</summary>
/// <param name="IsProtobuf">Protobuf, which alone tells native histograms; else text of version 0.0.4, which every scraper takes.</param>
/// <param name="TakesUtf8">Whether names may have any characters.</param>
internal readonly record struct FederationFormat(bool IsProtobuf, bool TakesUtf8)
{
    private const string Protobuf = "application/vnd.google.protobuf";

    /// <summary>The content type of the answer.</summary>
    public string ContentType =>
        (IsProtobuf ? Protobuf + "; proto=io.prometheus.client.MetricFamily; encoding=delimited" : "text/plain; version=0.0.4; charset=utf-8")
        + "; escaping=" + (TakesUtf8 ? "allow-utf-8" : "underscores");

    /// <summary>Reads an Accept header: the first of the kinds it likes best that there is; text where there is none.</summary>
    public static FederationFormat Of(string accept)
    {
        // Prometheus says it of text only, and knows such names in protobuf no less.
        var takesUtf8 = accept.Contains("escaping=allow-utf-8", StringComparison.OrdinalIgnoreCase);

        // A stable sort: of equal ones the first stands.
        foreach (var kind in accept.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).OrderByDescending(QualityOf))
        {
            var parts = kind.Split(';', StringSplitOptions.TrimEntries);
            var parameters = parts.Skip(1).Select(p => p.Replace(" ", "", StringComparison.Ordinal).Replace("\"", "", StringComparison.Ordinal)).ToList();
            if (parts[0].Equals(Protobuf, StringComparison.OrdinalIgnoreCase)
                && parameters.Contains("proto=io.prometheus.client.MetricFamily", StringComparer.OrdinalIgnoreCase)
                && parameters.Contains("encoding=delimited", StringComparer.OrdinalIgnoreCase))
            {
                return new FederationFormat(true, takesUtf8);
            }

            if (parts[0].Equals("text/plain", StringComparison.OrdinalIgnoreCase)) break;
        }

        return new FederationFormat(false, takesUtf8);
    }

    private static double QualityOf(string kind)
    {
        foreach (var parameter in kind.Split(';', StringSplitOptions.TrimEntries).Skip(1))
        {
            if (parameter.StartsWith("q=", StringComparison.OrdinalIgnoreCase))
                return double.TryParse(parameter.AsSpan(2), NumberStyles.Float, CultureInfo.InvariantCulture, out var quality) ? quality : 0;
        }

        return 1;
    }
}
