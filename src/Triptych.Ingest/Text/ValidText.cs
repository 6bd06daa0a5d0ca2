using Triptych.Primitives.Binary;
using Triptych.Primitives.Text;

namespace Triptych.Ingest.Text;

/// <summary>Text from outside as valid UTF-8: as it stands, or repaired in a buffer of its own. One owner, one thread at a time.</summary>
internal sealed class ValidText : IDisposable
{
    private readonly PooledBufferWriter _repaired = new(capacity: 0);

    /// <summary>The text with U+FFFD for what is malformed; valid until the next call.</summary>
    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> text)
    {
        if (Utf8Text.IsValid(text)) return text;
        _repaired.Reset();
        Utf8Text.Repair(text, _repaired);
        return _repaired.WrittenSpan;
    }

    /// <inheritdoc/>
    public void Dispose() => _repaired.Dispose();
}
