using System.Text;

namespace Triptych.Ingest.Otlp.Logs;

/// <summary>Which resource attributes are labels of the stream; all others are structured metadata.</summary>
internal static class IndexLabels
{
    private static readonly byte[][] Keys =
    [
        .. new[]
        {
            "service.name", "service.namespace", "service.instance.id", "deployment.environment", "deployment.environment.name", "cloud.region",
            "cloud.availability_zone", "k8s.cluster.name", "k8s.namespace.name", "k8s.pod.name", "k8s.container.name", "container.name",
            "k8s.replicaset.name", "k8s.deployment.name", "k8s.statefulset.name", "k8s.daemonset.name", "k8s.cronjob.name", "k8s.job.name",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    /// <summary>Whether a resource attribute is a label.</summary>
    public static bool Contains(ReadOnlySpan<byte> key)
    {
        foreach (var known in Keys)
        {
            if (key.SequenceEqual(known)) return true;
        }

        return false;
    }
}
