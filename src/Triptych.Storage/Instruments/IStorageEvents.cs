using Triptych.Model;

namespace Triptych.Storage.Instruments;

/// <summary>
/// What the storage layer has to tell the operator. The server implements it with its own diagnostics; this layer knows no logging
/// library. Calls come from any thread and must neither block nor throw.
/// </summary>
public interface IStorageEvents
{
    /// <summary>A stretch of a WAL file could not be read; it was copied to <paramref name="copy"/> (null: that failed too) and skipped.</summary>
    void WalQuarantined(string file, long offset, long lengthBytes, string reason, string? copy);

    /// <summary>The unfinished end of the last WAL file was cut off: it was never acknowledged.</summary>
    void WalTailCut(string file, long offset, long lengthBytes);

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

    /// <summary>Replay of a signal's WAL is over.</summary>
    void Recovered(Signal signal, long records, long bytes, TimeSpan duration);

    /// <summary>Objects that the catalog does not name were deleted.</summary>
    void OrphansRemoved(int count);

    /// <summary>There are blocks but the catalog names none: it is missing or another one, so nothing was deleted.</summary>
    void OrphansKept(int count);

    /// <summary>The catalog names a block whose object is not there.</summary>
    void BlockMissing(string objectKey);

    /// <summary>A block is damaged; it is set aside and the rest goes on. Told once for each block.</summary>
    void BlockQuarantined(string objectKey, long offset, string reason);

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

    public void WalTailCut(string file, long offset, long lengthBytes)
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

    public void Recovered(Signal signal, long records, long bytes, TimeSpan duration)
    {
    }

    public void OrphansRemoved(int count)
    {
    }

    public void OrphansKept(int count)
    {
    }

    public void BlockMissing(string objectKey)
    {
    }

    public void BlockQuarantined(string objectKey, long offset, string reason)
    {
    }

    public void BlockTakenBack(string objectKey)
    {
    }

    public void SweepFailed(Exception error)
    {
    }
}
