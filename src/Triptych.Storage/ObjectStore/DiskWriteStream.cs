using Triptych.Storage.Disk;

namespace Triptych.Storage.ObjectStore;

/// <summary>
/// A forward-only stream over a new file: collects small writes, passes large ones through. The file stays its owner's. One thread at a
/// time. <see cref="FlushBuffer"/> hands over what is collected; it does not make it durable.
/// </summary>
internal sealed class DiskWriteStream(IDiskFile file) : Stream
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _buffered;
    private long _written;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _written + _buffered;

    public override long Position
    {
        get => Length;
        set => throw new NotSupportedException("Objects are written from front to back.");
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Length > _buffer.Length - _buffered)
            FlushBuffer();
        if (buffer.Length >= _buffer.Length)
        {
            file.Write(buffer, _written);
            _written += buffer.Length;
            return;
        }

        buffer.CopyTo(_buffer.AsSpan(_buffered));
        _buffered += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public void FlushBuffer()
    {
        if (_buffered == 0)
            return;
        file.Write(_buffer.AsSpan(0, _buffered), _written);
        _written += _buffered;
        _buffered = 0;
    }

    public override void Flush() => FlushBuffer();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("The stream is for writing.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("Objects are written from front to back.");

    public override void SetLength(long value) => throw new NotSupportedException("Objects are written from front to back.");
}
