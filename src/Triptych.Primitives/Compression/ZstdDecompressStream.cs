using System.Buffers;

namespace Triptych.Primitives.Compression;

/// <summary>
/// Reads zstd frames from another stream, for HTTP bodies. Read-only and forward-only. Malformed input, a frame that needs a window above
/// 8 MiB, and an end within a frame throw <see cref="InvalidDataException"/>, as the streams of System.IO.Compression do. How much may
/// come out is the reader's to bound.
/// </summary>
public sealed class ZstdDecompressStream(Stream inner, bool leaveOpen = false) : Stream
{
    private const int InputLength = 32 * 1024;
    private readonly ZstdDecoder _decoder = new();
    private byte[]? _input = ArrayPool<byte>.Shared.Rent(InputLength);
    private int _start;
    private int _end;
    private bool _innerEnded;
    private bool _anyInput;

    public override bool CanRead => _input is not null;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
            return 0;
        while (true)
        {
            var written = Decode(buffer);
            if (written > 0 || _innerEnded)
                return written;
            Fed(inner.Read(Input().Span));
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
            return 0;
        while (true)
        {
            var written = Decode(buffer.Span);
            if (written > 0 || _innerEnded)
                return written;
            Fed(await inner.ReadAsync(Input(), cancellationToken));
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && _input is { } input)
        {
            _input = null;
            ArrayPool<byte>.Shared.Return(input);
            _decoder.Dispose();
            if (!leaveOpen)
                inner.Dispose();
        }

        base.Dispose(disposing);
    }

    public override async ValueTask DisposeAsync()
    {
        if (_input is not null && !leaveOpen)
            await inner.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>Puts out what the decoder and the input at hand hold. 0 when more input is needed, or at the end.</summary>
    private int Decode(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_input is null, this);
        if (!_decoder.TryDecode(_input.AsSpan(_start, _end - _start), buffer, out var consumed, out var written))
            throw new InvalidDataException($"The zstd stream is malformed: {_decoder.Error}.");
        _start += consumed;
        if (written == 0 && _innerEnded && _anyInput && !_decoder.AtFrameEnd)
            throw new InvalidDataException("The zstd stream ends within a frame.");
        return written;
    }

    private Memory<byte> Input()
    {
        // Decode gave nothing although it had room, so it has used up all input.
        _start = 0;
        _end = 0;
        return _input.AsMemory(0, InputLength);
    }

    private void Fed(int count)
    {
        _end = count;
        _anyInput |= count > 0;
        if (count == 0)
        {
            _innerEnded = true;
            if (_anyInput && !_decoder.AtFrameEnd)
                throw new InvalidDataException("The zstd stream ends within a frame.");
        }
    }
}
