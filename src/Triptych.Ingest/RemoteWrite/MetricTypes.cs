namespace Triptych.Ingest.RemoteWrite;

/// <summary>The types of metrics, which both versions of remote write number alike.</summary>
internal static class MetricTypes
{
    private static readonly string[] s_names = ["unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"];

    /// <summary>The type as a label; nothing where it is not known.</summary>
    public static ReadOnlySpan<byte> LabelOf(int type) => type switch
    {
        1 => "counter"u8,
        2 => "gauge"u8,
        3 => "histogram"u8,
        4 => "gaugehistogram"u8,
        5 => "summary"u8,
        6 => "info"u8,
        7 => "stateset"u8,
        _ => default,
    };

    /// <summary>The type's word; unknown for a number that has none.</summary>
    public static string NameOf(int type) => type >= 0 && type < s_names.Length ? s_names[type] : s_names[0];
}
