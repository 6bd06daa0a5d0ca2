using Triptych.Columnar.Symbols;

namespace Triptych.Storage.Index;

/// <summary>
/// Room for the canonical bytes of a series, which a <see cref="LabelIndex"/> does not keep but puts together again when they are asked for. Reused from series
/// to series; one owner, one thread.
/// </summary>
public sealed class LabelKey
{
    private byte[] _bytes = new byte[512];
    private int _used;

    internal ReadOnlySpan<byte> Write(LabelList labels, SymbolTable symbols)
    {
        _used = 0;
        foreach (var label in labels)
        {
            Write(symbols.GetUtf8(label.Name));
            Write(symbols.GetUtf8(label.Value));
        }

        return _bytes.AsSpan(0, _used);
    }

    private void Write(ReadOnlySpan<byte> part)
    {
        var needed = _used + part.Length + 5;
        if (needed > _bytes.Length) Array.Resize(ref _bytes, Math.Max(needed, _bytes.Length * 2));
        var length = (uint)part.Length;
        for (; length >= 0x80; length >>= 7) _bytes[_used++] = (byte)(length | 0x80);
        _bytes[_used++] = (byte)length;
        part.CopyTo(_bytes.AsSpan(_used));
        _used += part.Length;
    }
}
