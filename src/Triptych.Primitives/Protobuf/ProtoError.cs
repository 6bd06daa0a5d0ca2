namespace Triptych.Primitives.Protobuf;

/// <summary>The four wire types in use and the two of the deprecated groups, which are only skipped.</summary>
public enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    LengthDelimited = 2,
    StartGroup = 3,
    EndGroup = 4,
    Fixed32 = 5,
}

/// <summary>Why a protobuf message is malformed.</summary>
public enum ProtoError
{
    None = 0,

    /// <summary>The message ends within a tag or a value.</summary>
    Truncated,

    /// <summary>A varint passes 64 bits, or a tag 32.</summary>
    VarintTooLong,

    /// <summary>A length runs past the end of its message.</summary>
    LengthOutOfRange,

    /// <summary>Field number 0.</summary>
    FieldNumberZero,

    /// <summary>Wire type 6 or 7, an end of a group that never started, or groups nested too deep.</summary>
    InvalidWireType,

    /// <summary>A field has another wire type than its schema gives it.</summary>
    WrongWireType,

    /// <summary>The caller refused the content: see <see cref="ProtoReader.Fail"/>.</summary>
    Rejected,
}
