namespace Triptych.Primitives.Compression;

/// <summary>
/// Decodes zstd frames piece by piece. Frames that need a window above 8 MiB are refused, which bounds the native memory of one decoder.
/// One thread at a time; the owner disposes it.
/// </summary>
public sealed unsafe class ZstdDecoder : IDisposable
{
    private readonly ZstdDecompressor _context = new(Zstd.WindowLogMax);
    private bool _started;

    /// <summary>Whether the input so far ends with a whole frame, all of it put out. False before the first byte.</summary>
    public bool AtFrameEnd { get; private set; }

    /// <summary>Why decoding failed; null while it has not.</summary>
    public string? Error { get; private set; }

    /// <summary>
    /// Decodes from <paramref name="source"/> into <paramref name="destination"/> until one of them is used up. Output may still be
    /// pending within the decoder when the destination was filled. False when the input is malformed or needs too large a window;
    /// the decoder is then of no more use.
    /// </summary>
    public bool TryDecode(ReadOnlySpan<byte> source, Span<byte> destination, out int consumed, out int written)
    {
        consumed = 0;
        written = 0;
        if (Error is not null)
            return false;
        ObjectDisposedException.ThrowIf(_context.IsClosed, this);
        fixed (byte* from = source, to = destination)
        {
            var input = new ZstdNative.InBuffer { Source = from, Size = (nuint)source.Length };
            var output = new ZstdNative.OutBuffer { Destination = to, Size = (nuint)destination.Length };

            // One call stops at the end of a frame or an internal block: go on while that leads anywhere.
            while (true)
            {
                var before = input.Position + output.Position;
                if (AtFrameEnd && input.Position == input.Size)
                    break;
                var code = ZstdNative.DecompressStream(_context.DangerousGetHandle(), &output, &input);
                if (ZstdNative.IsError(code) != 0)
                {
                    Error = ZstdNative.ErrorText(code);
                    return false;
                }

                _started |= input.Position > 0;
                AtFrameEnd = _started && code == 0;
                if (input.Position + output.Position == before || output.Position == output.Size)
                    break;
            }

            consumed = (int)input.Position;
            written = (int)output.Position;
        }

        GC.KeepAlive(_context);
        return true;
    }

    public void Dispose() => _context.Dispose();
}
