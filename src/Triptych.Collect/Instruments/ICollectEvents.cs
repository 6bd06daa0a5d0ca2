namespace Triptych.Collect.Instruments;

/// <summary>
/// What collection has to tell the operator. The server implements it with its own diagnostics; this layer knows no logging library. Calls come from
/// any thread and must neither block nor throw.
/// </summary>
public interface ICollectEvents
{
    /// <summary>A target that answered before, or was never asked, does not answer as it should. Told once, not at each scrape.</summary>
    void TargetDown(string job, string instance, string error);

    /// <summary>A target answers again.</summary>
    void TargetUp(string job, string instance);

    /// <summary>What a scrape brought could not be stored before the next one was due.</summary>
    void ScrapeLost(string job, string instance, string reason);

    /// <summary>A part of this host's metrics cannot be read. Told once.</summary>
    void HostCollectorFailed(string collector, string error);

    /// <summary>A file is followed from now on.</summary>
    void TailStarted(string path, long offset);

    /// <summary>A file was cut short by its writer and is read from its start.</summary>
    void TailTruncated(string path);

    /// <summary>A file or folder cannot be read just now; it is tried again.</summary>
    void TailFailed(string path, string error);

    /// <summary>More files match than are followed.</summary>
    void TailLimitReached(int maxFiles);

    /// <summary>Lines wait because the store takes none or positions cannot be saved; nothing is lost.</summary>
    void TailWaiting(string reason, TimeSpan retryIn);

    /// <summary>A server does not take what it is sent by remote write; it is sent again.</summary>
    void RemoteWriteFailed(string remote, string error);

    /// <summary>A server will not get a request that was meant for it.</summary>
    void RemoteWriteLost(string remote, string reason);

    /// <summary>A loop met a bug and goes on.</summary>
    void LoopFailed(string loop, Exception error);
}
