namespace Triptych.Ingest;

/// <summary>Times as the batches carry them.</summary>
internal static class UnixNanos
{
    /// <summary>Nanoseconds since 1970 of a time of ours.</summary>
    public static long Of(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks * 100;
}
