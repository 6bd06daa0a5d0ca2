namespace Triptych.Ingest.RemoteWrite;

/// <summary>The types of metrics, which both versions of remote write number alike.</summary>
internal static class MetricTypes
{
    private static readonly string[] s_names = ["unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"];

    /// <summary>The type's word; unknown for a number that has none.</summary>
    public static string NameOf(int type) => type >= 0 && type < s_names.Length ? s_names[type] : s_names[0];
}
