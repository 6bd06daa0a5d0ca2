using System.Runtime.ExceptionServices;
using Triptych.Primitives.Memory;

namespace Triptych.Storage.ObjectStore.S3;

/// <summary>
/// A forward-only stream into an object: collects parts in pooled memory and sends each full one while the next fills. What fits into one
/// part becomes a plain put. Parts in memory are bounded over all uploads by <paramref name="freeParts"/>: the writer waits for one, also
/// in <see cref="Write(ReadOnlySpan{byte})"/>, because block writers are synchronous. One writer at a time; the failure of a part comes out
/// of the next write or of <see cref="CompleteAsync"/>. Disposal without completion aborts, and after a cancellation waits for that only
/// a moment: what stays goes by its age.
/// </summary>
/// <param name="bucket">Where it goes.</param>
/// <param name="key">The object.</param>
/// <param name="partSizeBytes">Bytes of a part.</param>
/// <param name="freeParts">Taken for each part in memory, given back when it is sent.</param>
/// <param name="time">Measures that moment.</param>
/// <param name="cancellationToken">Ends the sending.</param>
internal sealed class UploadStream(
    IBucket bucket, string key, int partSizeBytes, SemaphoreSlim freeParts, TimeProvider time, CancellationToken cancellationToken)
    : Stream
{
    // S3's own limit.
    private const int MaxParts = 10_000;
    private readonly CancellationToken _stop = cancellationToken;
    private readonly string _writer = Guid.NewGuid().ToString("N");
    private readonly List<Task<string>> _parts = [];
    private Task<BucketUpload>? _upload;
    private PooledBytes? _filling;
    private int _filled;
    private long _written;
    private bool _completed;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _written;

    public override long Position
    {
        get => _written;
        set => throw new NotSupportedException("Objects are written from front to back.");
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            if (_filling is null)
            {
                freeParts.Wait(_stop);
                BeginPart();
            }

            buffer = buffer[Fill(buffer)..];
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            if (_filling is null)
            {
                await freeParts.WaitAsync(cancellationToken);
                BeginPart();
            }

            buffer = buffer[Fill(buffer.Span)..];
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Sends what is left and makes the object appear; returns its length.</summary>
    public async ValueTask<long> CompleteAsync()
    {
        if (_upload is null)
        {
            // Nothing was sent yet: all of it fits into one put.
            ReadOnlyMemory<byte> content = _filling is null ? ReadOnlyMemory<byte>.Empty : _filling.Memory[.._filled];
            await bucket.PutAsync(key, content, onlyIfAbsent: false, _writer, _stop);
            _completed = true;
            return _written;
        }

        if (_filled > 0)
            SendPart();
        var tags = await Task.WhenAll(_parts);
        var length = await bucket.CompleteUploadAsync(await _upload, tags, _writer, _stop);
        _completed = true;
        return length == _written
            ? length
            : throw new InvalidDataException($"{key} has {length} bytes in the store, and {_written} were sent.");
    }

    /// <summary>Waits for what still runs, gives the memory back, and removes an upload that was not completed.</summary>
    public override async ValueTask DisposeAsync()
    {
        try
        {
            // Parts under way are waited for, not cancelled: one that arrives behind the abort would stay in the store.
            await Task.WhenAll(_parts);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The put fails with what made it end early; parts that failed or were cancelled with it add nothing.
        }

        ReleaseFilling();
        if (!_completed && _upload is not null)
            await AbortAsync(_upload);
        await base.DisposeAsync();
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("The stream is for writing.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("Objects are written from front to back.");

    public override void SetLength(long value) => throw new NotSupportedException("Objects are written from front to back.");

    private void BeginPart()
    {
        _filling = PooledBytes.Rent(partSizeBytes);
        _filled = 0;
    }

    private int Fill(ReadOnlySpan<byte> bytes)
    {
        // A full part is sent only when more comes: then the object is larger than one part, and no last part is empty.
        if (_filled == partSizeBytes)
        {
            SendPart();
            return 0;
        }

        var count = Math.Min(bytes.Length, partSizeBytes - _filled);
        bytes[..count].CopyTo(_filling!.Span[_filled..]);
        _filled += count;
        _written += count;
        return count;
    }

    private void SendPart()
    {
        if (_parts.Count == MaxParts)
            throw new IOException($"{key} is larger than {MaxParts} parts of {partSizeBytes} bytes: raise storage.object_store.part_size.");
        if (_parts.Find(static p => p.IsFaulted)?.Exception is { InnerException: { } failure })
            ExceptionDispatchInfo.Throw(failure);

        // Not cancelled: only an upload whose id is known can be aborted.
        _upload ??= bucket.BeginUploadAsync(key, _writer, CancellationToken.None).AsTask();
        var (content, length, number) = (_filling!, _filled, _parts.Count + 1);
        _filling = null;
        _filled = 0;
        _parts.Add(Task.Run(() => SendAsync(number, content, length)));
    }

    private async Task<string> SendAsync(int number, PooledBytes content, int length)
    {
        try
        {
            return await bucket.PutPartAsync(await _upload!.WaitAsync(_stop), number, content.Memory[..length], _stop);
        }
        finally
        {
            content.Dispose();
            freeParts.Release();
        }
    }

    private void ReleaseFilling()
    {
        if (_filling is null)
            return;
        _filling.Dispose();
        _filling = null;
        freeParts.Release();
    }

    private async ValueTask AbortAsync(Task<BucketUpload> upload)
    {
        using var limit = _stop.IsCancellationRequested ? new CancellationTokenSource(ObjectRemoval.Patience, time) : new CancellationTokenSource();
        try
        {
            await bucket.AbortUploadAsync(await upload.WaitAsync(limit.Token), limit.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The failure that led here is reported; what stays is removed by age (S3ObjectStore.RemoveAbandonedUploadsAsync).
        }
    }
}
