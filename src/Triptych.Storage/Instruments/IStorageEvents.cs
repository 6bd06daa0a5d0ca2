using Triptych.Model;

namespace Triptych.Storage.Instruments;

/// <summary>
/// What the storage layer has to tell the operator. The server implements it with its own diagnostics; this layer knows no logging
/// library. Calls come from any thread and must neither block nor throw.
/// </summary>
public interface IStorageEvents
{
    /// <summary>
    /// A stretch of a WAL file could not be read and was skipped; <paramref name="copy"/> has it, or the whole file (null: neither could be kept).
    /// </summary>
    void WalQuarantined(string file, long offset, long lengthBytes, string reason, string? copy);

    /// <summary>
    /// The end of the last WAL file was cut off, for it is what a crash leaves of a write; <paramref name="reason"/> says by what that is seen.
    /// </summary>
    void WalTailCut(string file, long offset, long lengthBytes, string reason);

    /// <summary>Appends of a signal are refused from now on until the disk takes them.</summary>
    void WalUnavailable(Signal signal, string reason);

    /// <summary>Appends are taken again; everything that waited is durable.</summary>
    void WalRecovered(Signal signal);

    /// <summary>WAL files whose records are in blocks could not be deleted; the next start deletes them.</summary>
    void WalDeleteFailed(Signal signal, string file, Exception error);

    /// <summary>A head became blocks.</summary>
    void Flushed(Signal signal, int blocks, long rows, TimeSpan duration);

    /// <summary>A flush failed; its data stays readable and it is tried again.</summary>
    void FlushFailed(Signal signal, Exception error, TimeSpan retryIn);

    /// <summary>
    /// A tenant sends more series than it may have active, for the first time since the start. They are kept like all others, and queries find them.
    /// </summary>
    void SeriesLimitPassed(TenantId tenant, int limit);

    /// <summary>Replay of a signal's WAL is over.</summary>
    void Recovered(Signal signal, long records, long bytes, TimeSpan duration);

    /// <summary>Objects of flushes and merges that a crash cut off, and of removed blocks, were deleted.</summary>
    void UnfinishedObjectsRemoved(int count);

    /// <summary>Objects lie in the store that this catalog neither names nor has made: it is another one or an older one, so they are kept.</summary>
    void ForeignObjectsKept(int count, string example, bool catalogIsNew);

    /// <summary>The catalog names a block whose object is not there.</summary>
    void BlockMissing(string objectKey);

    /// <summary>A block is damaged; it is set aside and the rest goes on. Told once for each block.</summary>
    void BlockQuarantined(string objectKey, long offset, string reason);

    /// <summary>What was read of a block was wrong, and read again the block is right: it stays in use.</summary>
    void BlockCameWrongly(string objectKey, long offset, string reason);

    /// <summary>Nothing is wrong any more with a block that was set aside; it is used again.</summary>
    void BlockTakenBack(string objectKey);

    /// <summary>Files of replaced blocks could not be deleted now; they are tried again.</summary>
    void SweepFailed(Exception error);
}

/// <summary>Tells nobody. For benchmarks and tools that print their own results.</summary>
public sealed class NoStorageEvents : IStorageEvents
{
    /// <summary>The one instance.</summary>
    public static readonly NoStorageEvents Instance = new();

    private NoStorageEvents()
    {
    }

    public void WalQuarantined(string file, long offset, long lengthBytes, string reason, string? copy)
    {
    }

    public void WalTailCut(string file, long offset, long lengthBytes, string reason)
    {
    }

    public void WalUnavailable(Signal signal, string reason)
    {
    }

    public void WalRecovered(Signal signal)
    {
    }

    public void WalDeleteFailed(Signal signal, string file, Exception error)
    {
    }

    public void Flushed(Signal signal, int blocks, long rows, TimeSpan duration)
    {
    }

    public void FlushFailed(Signal signal, Exception error, TimeSpan retryIn)
    {
    }

    public void SeriesLimitPassed(TenantId tenant, int limit)
    {
    }

    public void Recovered(Signal signal, long records, long bytes, TimeSpan duration)
    {
    }

    public void UnfinishedObjectsRemoved(int count)
    {
    }

    public void ForeignObjectsKept(int count, string example, bool catalogIsNew)
    {
    }

    public void BlockMissing(string objectKey)
    {
    }

    public void BlockQuarantined(string objectKey, long offset, string reason)
    {
    }

    public void BlockCameWrongly(string objectKey, long offset, string reason)
    {
    }

    public void BlockTakenBack(string objectKey)
    {
    }

    public void SweepFailed(Exception error)
    {
    }
}
