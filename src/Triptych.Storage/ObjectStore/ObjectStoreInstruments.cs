using System.Diagnostics.Metrics;
using Triptych.Storage.Instruments;

namespace Triptych.Storage.ObjectStore;

/// <summary>The measurements of a remote object store, under the meter <c>Triptych.Storage</c>.</summary>
internal static class ObjectStoreInstruments
{
    private static readonly Meter Source = new(StorageInstruments.MeterName);

    internal static readonly Counter<long> Calls =
        Source.CreateCounter<long>("triptych.object_store.calls", "{call}", "Requests by operation and outcome (ok, missing or the fault); retries count again.");

    internal static readonly Histogram<double> Duration = Source.CreateHistogram<double>("triptych.object_store.duration", "s", "One request, by operation.");
    internal static readonly Counter<long> ReadBytes = Source.CreateCounter<long>("triptych.object_store.read", "By", "Content that was fetched.");
    internal static readonly Counter<long> WrittenBytes = Source.CreateCounter<long>("triptych.object_store.written", "By", "Content that was stored.");
    internal static readonly Counter<long> Retries = Source.CreateCounter<long>("triptych.object_store.retries", "{retry}", "Requests made again, by fault.");
    internal static readonly Counter<long> Resumed =
        Source.CreateCounter<long>("triptych.object_store.resumed", "{read}", "Reads that went on where a torn answer had ended.");

    internal static readonly Counter<long> UploadsAborted =
        Source.CreateCounter<long>("triptych.object_store.uploads.aborted", "{upload}", "Uploads that a crash left unfinished and that were removed.");

    internal static readonly Counter<long> CacheHitBytes = Source.CreateCounter<long>("triptych.object_cache.hit", "By", "Content served from the local disk.");
    internal static readonly Counter<long> CacheMissBytes = Source.CreateCounter<long>("triptych.object_cache.miss", "By", "Content that had to be fetched.");
    internal static readonly Counter<long> CacheEvicted = Source.CreateCounter<long>("triptych.object_cache.evicted", "{page}", "Pages that made room for others.");
    internal static readonly Counter<long> CacheCorrupt =
        Source.CreateCounter<long>("triptych.object_cache.corrupt", "{page}", "Pages whose checksum was wrong and that were fetched again.");

    internal static readonly Counter<long> CacheFailures =
        Source.CreateCounter<long>("triptych.object_cache.failures", "{failure}", "Pages that could not be written to or read from the local disk.");

    /// <summary>A fault as the value of a label.</summary>
    internal static string NameOf(ObjectStoreFault fault) => fault switch
    {
        ObjectStoreFault.UnknownAccessKey => "unknown_access_key",
        ObjectStoreFault.WrongSecretKey => "wrong_secret_key",
        ObjectStoreFault.ClockSkew => "clock_skew",
        ObjectStoreFault.UserSuspended => "user_suspended",
        ObjectStoreFault.Denied => "denied",
        ObjectStoreFault.MissingBucket => "missing_bucket",
        ObjectStoreFault.WrongRegion => "wrong_region",
        ObjectStoreFault.QuotaFull => "quota_full",
        ObjectStoreFault.Throttled => "throttled",
        ObjectStoreFault.Unavailable => "unavailable",
        ObjectStoreFault.NoConnection => "no_connection",
        ObjectStoreFault.TimedOut => "timed_out",
        ObjectStoreFault.TornRequest => "torn_request",
        ObjectStoreFault.TornAnswer => "torn_answer",
        _ => "unexpected",
    };
}
