using System.Text;

namespace Triptych.Ingest.Labels;

/// <summary>Finds the service of a log stream that does not name it.</summary>
public static class ServiceNames
{
    private static readonly byte[][] Sources =
    [
        .. new[]
        {
            "service", "app", "application", "app_name", "name", "app_kubernetes_io_name", "container", "container_name", "k8s_container_name", "component",
            "workload", "job", "k8s_job_name",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    /// <summary>The service that labels name, directly or by the first label that tells it.</summary>
    public static string Find(IReadOnlyDictionary<string, string> labels)
    {
        if (labels.TryGetValue("service_name", out var name) && name.Length > 0) return name;
        foreach (var source in Sources)
        {
            if (labels.TryGetValue(Encoding.UTF8.GetString(source), out var value) && value.Length > 0) return value;
        }

        return "unknown_service";
    }

    /// <summary>Adds <c>service_name</c> unless the collected labels have it.</summary>
    internal static void Discover(LabelCollector labels)
    {
        if (!labels.Find("service_name"u8).IsEmpty) return;
        ReadOnlySpan<byte> service = "unknown_service"u8;
        foreach (var source in Sources)
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
