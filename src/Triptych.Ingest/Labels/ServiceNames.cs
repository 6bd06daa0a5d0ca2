using System.Text;

namespace Triptych.Ingest.Labels;

/// <summary>Finds the service of a log stream that does not name it.</summary>
public static class ServiceNames
{
    /// <summary>The labels that tell it, the surest first, as Loki has them.</summary>
    public static readonly IReadOnlyList<string> DefaultSources =
    [
        "service", "app", "application", "app_name", "name", "app_kubernetes_io_name", "container", "container_name", "k8s_container_name", "component",
        "workload", "job", "k8s_job_name",
    ];

    /// <summary>The service that labels name, directly or by the first label that tells it.</summary>
    public static string Find(IReadOnlyDictionary<string, string> labels)
    {
        if (labels.TryGetValue("service_name", out var name) && name.Length > 0) return name;
        foreach (var source in DefaultSources)
        {
            if (labels.TryGetValue(source, out var value) && value.Length > 0) return value;
        }

        return "unknown_service";
    }

    /// <summary>Label names as bytes, for <see cref="Discover"/>.</summary>
    internal static byte[][] Utf8(IReadOnlyList<string> sources) => [.. sources.Select(Encoding.UTF8.GetBytes)];

    /// <summary>Adds <c>service_name</c> unless the collected labels have it.</summary>
    /// <param name="labels">A stream's labels.</param>
    /// <param name="sources">The labels that tell it, in UTF-8; none: nothing is added.</param>
    internal static void Discover(LabelCollector labels, byte[][] sources)
    {
        if (sources.Length == 0 || !labels.Find("service_name"u8).IsEmpty) return;
        ReadOnlySpan<byte> service = "unknown_service"u8;
        foreach (var source in sources)
        {
            var value = labels.Find(source);
            if (value.IsEmpty) continue;
            service = value;
            break;
        }

        // The value may lie in the collector's own buffer, which moves when it grows.
        Span<byte> copy = service.Length <= 256 ? stackalloc byte[service.Length] : new byte[service.Length];
        service.CopyTo(copy);
        labels.Add("service_name"u8, copy);
    }
}
