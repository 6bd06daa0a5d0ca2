using System.Buffers;
using Triptych.Model.Labels;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Protobuf;

namespace Triptych.Ingest.RemoteWrite;

/// <summary>
/// The references of a message, varints in a row. Almost always there is one packed field of them, which stays where it is; several fields are brought into
/// one piece, of which no more is kept than shows that it is too long.
/// </summary>
internal ref struct ReferenceList(ArrayBufferWriter<byte> gathered)
{
    /// <summary>The most bytes that are taken: the shortest label takes two symbols of a byte, and no set of labels is larger than this.</summary>
    public const int MaxBytes = LabelSetWriter.MaxSizeBytes;

    private bool _hasField;
    private bool _isGathered;

    /// <summary>All references so far.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Takes the field whose tag was read last.</summary>
    public void Take(scoped ref ProtoReader message, WireType wire)
    {
        if (wire == WireType.LengthDelimited && !_hasField)
        {
            _hasField = true;
            Bytes = message.ReadBytes();
            return;
        }

        if (!_isGathered)
        {
            gathered.ResetWrittenCount();
            Gather(Bytes);
        }

        _hasField = _isGathered = true;
        if (wire == WireType.LengthDelimited)
        {
            Gather(message.ReadBytes());
        }
        else
        {
            Span<byte> one = stackalloc byte[Varint.MaxLength];
            Gather(one[..Varint.Write(one, message.ReadUInt64())]);
        }

        Bytes = gathered.WrittenSpan;
    }

    private readonly void Gather(scoped ReadOnlySpan<byte> bytes) => gathered.Write(bytes[..Math.Min(bytes.Length, MaxBytes + 1 - gathered.WrittenCount)]);
}
