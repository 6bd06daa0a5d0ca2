using Microsoft.Extensions.Logging;
using Triptych.Model;
using Triptych.Storage.Instruments;

namespace Triptych.Server.Hosting;

/// <summary>What storage has to tell, as diagnostics.</summary>
internal sealed partial class StorageEvents(ILogger<StorageEvents> logger) : IStorageEvents
{
    private long _corruptions;

    /// <summary>Stretches of the write-ahead log and blocks that were set aside and blocks that are missing, since the start.</summary>
    public long CorruptionCount => Interlocked.Read(ref _corruptions);

    /// <inheritdoc/>
    public void WalQuarantined(string file, long offset, long lengthBytes, string reason, string? copy)
    {
        Interlocked.Increment(ref _corruptions);
        Quarantined(file, offset, lengthBytes, reason, copy ?? "not kept");
    }

    /// <inheritdoc/>
    public void WalTailCut(string file, long offset, long lengthBytes, string reason) => TailCut(file, offset, lengthBytes, reason);

    /// <inheritdoc/>
    public void WalUnavailable(Signal signal, string reason) => Unavailable(signal, reason);

    /// <inheritdoc/>
    public void WalRecovered(Signal signal) => Writable(signal);

    /// <inheritdoc/>
    public void WalDeleteFailed(Signal signal, string file, Exception error) => NotDeleted(signal, file, error);

    /// <inheritdoc/>
    public void Flushed(Signal signal, int blocks, long rows, TimeSpan duration) => FlushDone(signal, blocks, rows, duration.TotalSeconds);

    /// <inheritdoc/>
    public void FlushFailed(Signal signal, Exception error, TimeSpan retryIn) => FlushNotDone(signal, retryIn.TotalSeconds, error);

    /// <inheritdoc/>
    public void SeriesLimitPassed(TenantId tenant, int limit) => LimitPassed(tenant.Name, limit);

    /// <inheritdoc/>
    public void Recovered(Signal signal, long records, long bytes, TimeSpan duration) => Replayed(signal, records, bytes, duration.TotalSeconds);

    /// <inheritdoc/>
    public void UnfinishedObjectsRemoved(int count) => LeftObjectsRemoved(count);

    /// <inheritdoc/>
    public void ForeignObjectsKept(int count, string example, bool catalogIsNew) =>
        ForeignObjects(count, example, catalogIsNew ? "is new" : "is another one, or an older copy of the one that made them");

    /// <inheritdoc/>
    public void BlockMissing(string objectKey)
    {
        Interlocked.Increment(ref _corruptions);
        MissingBlock(objectKey);
    }

    /// <inheritdoc/>
    public void BlockQuarantined(string objectKey, long offset, string reason)
    {
        Interlocked.Increment(ref _corruptions);
        BlockSetAside(objectKey, offset, reason);
    }

    /// <inheritdoc/>
    public void BlockCameWrongly(string objectKey, long offset, string reason) => BlockReadAgain(objectKey, offset, reason);

    /// <inheritdoc/>
    public void BlockTakenBack(string objectKey) => BlockUsedAgain(objectKey);

    /// <inheritdoc/>
    public void SweepFailed(Exception error) => SweepNotDone(error);

    /// <summary>Blocks are kept by a remote store.</summary>
    public void ObjectStoreOpened(string store, string cache) => RemoteStore(store, cache);

    /// <summary>Parts of uploads that a crash left behind are gone.</summary>
    public void AbandonedUploadsRemoved(int count) => UploadsRemoved(count);

    /// <summary>They could not be removed; the store goes on.</summary>
    public void AbandonedUploadsKept(Exception error) => UploadsKept(error);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "{File}: {LengthBytes} bytes at offset {Offset} of the write-ahead log cannot be read ({Reason}) and were set aside: {Copy}")]
    private partial void Quarantined(string file, long offset, long lengthBytes, string reason, string copy);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "{File}: cut off {LengthBytes} bytes at offset {Offset}: {Reason}, as a crash leaves it of a write that was under way")]
    private partial void TailCut(string file, long offset, long lengthBytes, string reason);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "{Signal}: the write-ahead log cannot be written ({Reason}); new data is refused until it can, reads go on")]
    private partial void Unavailable(Signal signal, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Signal}: the write-ahead log can be written again")]
    private partial void Writable(Signal signal);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Signal}: {File} of the write-ahead log is not needed any more and could not be deleted")]
    private partial void NotDeleted(Signal signal, string file, Exception error);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Signal}: flushed {Rows} rows to {Blocks} blocks in {Seconds:0.000} s")]
    private partial void FlushDone(Signal signal, int blocks, long rows, double seconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Signal}: flush failed and is tried again in {Seconds:0} s; nothing is lost")]
    private partial void FlushNotDone(Signal signal, double seconds, Exception error);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "tenant {Tenant} has more than {Limit} active series (ingest.max_active_series): further ones are kept and found, but not indexed in memory and flushed early")]
    private partial void LimitPassed(string tenant, int limit);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Signal}: replayed {Records} records ({Bytes} bytes) of the write-ahead log in {Seconds:0.000} s")]
    private partial void Replayed(Signal signal, long records, long bytes, double seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "removed {Count} objects of replaced blocks and of what a crash left unfinished")]
    private partial void LeftObjectsRemoved(int count);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "{Count} objects lie in the store that the catalog neither names nor has made, such as {Example}: the catalog {State}; they are kept and not answered from (docs/backup.md)")]
    private partial void ForeignObjects(int count, string example, string state);

    [LoggerMessage(Level = LogLevel.Error, Message = "block {ObjectKey} is in the catalog, and its file is missing")]
    private partial void MissingBlock(string objectKey);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "block {ObjectKey} is damaged at offset {Offset} ({Reason}); it is set aside and stays as it is, and answers say that they lack it")]
    private partial void BlockSetAside(string objectKey, long offset, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "block {ObjectKey} came wrongly from the object store (at byte {Offset}: {Reason}); read again it is right and stays in use")]
    private partial void BlockReadAgain(string objectKey, long offset, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "block {ObjectKey} had been set aside and is right again; it is used")]
    private partial void BlockUsedAgain(string objectKey);

    [LoggerMessage(Level = LogLevel.Warning, Message = "files of replaced blocks could not be deleted; tried again later")]
    private partial void SweepNotDone(Exception error);

    [LoggerMessage(Level = LogLevel.Information, Message = "blocks lie in {Store}; cache of what is read: {Cache}")]
    private partial void RemoteStore(string store, string cache);

    [LoggerMessage(Level = LogLevel.Information, Message = "removed {Count} uploads that a crash left unfinished in the object store")]
    private partial void UploadsRemoved(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "uploads that a crash left unfinished in the object store could not be looked for; tried again later")]
    private partial void UploadsKept(Exception error);
}
