using System.Buffers.Binary;
using System.Globalization;
using Triptych.Model;
using Triptych.Primitives.Checksums;

namespace Triptych.Storage.Wal;

/// <summary>
/// The bytes of a WAL file, all little-endian; docs/formats/wal.md.
/// <code>
/// file    = header record*
/// header  = "TPTCHWAL"  u16 version  u8 signal  u8 0  u32 crc  u64 segment  u64 firstSequence       32 bytes
/// record  = u32 magic  u32 headCrc  u32 bodyCrc  u32 storedLength  u32 rawLength
///           u8 flags  u8 tenantLength  u16 0  i64 sequence  i64 receivedUnixMs  u64 hashHi  u64 hashLo  56 bytes
///           [i64 minTime  i64 maxTime]  with flag 4, since version 2                                     72 bytes
///           tenant (ASCII)  payload (storedLength bytes)
/// </code>
/// headCrc is CRC-32C over what follows it of the head (bodyCrc included), bodyCrc over tenant and payload as stored. The crc of the file's
/// header is over its first 12 and its last 16 bytes.
/// </summary>
internal static class WalFormat
{
    public const ushort Version = 2;
    public const int FileHeaderLength = 32;
    public const int RecordHeaderLength = 56;
    public const int TimesLength = 16;
    public const int MaxRecordHeaderLength = RecordHeaderLength + TimesLength;
    public const string Extension = ".wal";

    /// <summary>Longest payload before compression; what a request may hold decompressed is far below.</summary>
    public const int MaxRawLength = 256 * 1024 * 1024;

    /// <summary>Longest payload as stored: zstd's bound for what does not compress.</summary>
    public const int MaxStoredLength = MaxRawLength + (MaxRawLength / 128) + 1024;

    /// <summary>0x89 'W' 'R' 0x0A, a sequence that text and zstd frames rarely hold.</summary>
    public static ReadOnlySpan<byte> RecordMagic => [0x89, (byte)'W', (byte)'R', 0x0A];

    private const uint RecordMagicValue = 0x0A525789;

    private static ReadOnlySpan<byte> FileMagic => "TPTCHWAL"u8;

    public static string FileName(long segment) => segment.ToString("D10", CultureInfo.InvariantCulture) + Extension;

    /// <summary>The segment number of a WAL file's path, or null when it is not one.</summary>
    public static long? SegmentOf(string path)
    {
        var name = Path.GetFileName(path);
        if (!name.EndsWith(Extension, StringComparison.Ordinal))
            return null;
        return long.TryParse(name.AsSpan(0, name.Length - Extension.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var segment)
            ? segment
            : null;
    }

    public static string FolderOf(Signal signal) => signal switch
    {
        Signal.Metrics => "metrics",
        Signal.Logs => "logs",
        Signal.Traces => "traces",
        _ => throw new ArgumentOutOfRangeException(nameof(signal), signal, "No such signal."),
    };

    public static void WriteFileHeader(Span<byte> target, Signal signal, long segment, long firstSequence)
    {
        FileMagic.CopyTo(target);
        BinaryPrimitives.WriteUInt16LittleEndian(target[8..], Version);
        target[10] = (byte)signal;
        target[11] = 0;
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], segment);
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], firstSequence);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], FileHeaderCrc(target));
    }

    /// <summary>Null when the header is this version's, of this signal and segment; else one line that says what is wrong.</summary>
    public static string? CheckFileHeader(ReadOnlySpan<byte> header, Signal signal, long segment, out ushort version)
    {
        version = 0;
        if (header.Length < FileHeaderLength)
            return "the file is shorter than its header";
        if (!header[..8].SequenceEqual(FileMagic) || BinaryPrimitives.ReadUInt32LittleEndian(header[12..]) != FileHeaderCrc(header))
            return "the file's header is damaged";
        version = BinaryPrimitives.ReadUInt16LittleEndian(header[8..]);
        if (header[10] != (byte)signal || BinaryPrimitives.ReadInt64LittleEndian(header[16..]) != segment)
            return "the file's header names another signal or segment";
        return null;
    }

    public static void WriteRecordHeader(Span<byte> target, in WalRecordHeader header)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, RecordMagicValue);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], header.BodyCrc);
        BinaryPrimitives.WriteInt32LittleEndian(target[12..], header.StoredLength);
        BinaryPrimitives.WriteInt32LittleEndian(target[16..], header.RawLength);
        target[20] = (byte)header.Flags;
        target[21] = header.TenantLength;
        BinaryPrimitives.WriteUInt16LittleEndian(target[22..], 0);
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], header.Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(target[32..], header.ReceivedUnixMs);
        BinaryPrimitives.WriteUInt64LittleEndian(target[40..], header.Hash.Hi);
        BinaryPrimitives.WriteUInt64LittleEndian(target[48..], header.Hash.Lo);
        if ((header.Flags & WalRecordFlags.HasTimes) != 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(target[56..], header.Times.Min);
            BinaryPrimitives.WriteInt64LittleEndian(target[64..], header.Times.Max);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], Crc32C.Compute(target[8..header.HeadLength]));
    }

    /// <summary>False when the bytes are not the intact head of a record.</summary>
    public static bool TryReadRecordHeader(ReadOnlySpan<byte> source, out WalRecordHeader header)
    {
        header = default;
        if (source.Length < RecordHeaderLength || BinaryPrimitives.ReadUInt32LittleEndian(source) != RecordMagicValue)
            return false;

        // The flags say how long the head is before its checksum says whether they are right.
        var flags = (WalRecordFlags)source[20];
        var length = HeadLengthOf(flags);
        if (source.Length < length || BinaryPrimitives.ReadUInt32LittleEndian(source[4..]) != Crc32C.Compute(source[8..length]))
            return false;

        header = new WalRecordHeader
        {
            BodyCrc = BinaryPrimitives.ReadUInt32LittleEndian(source[8..]),
            StoredLength = BinaryPrimitives.ReadInt32LittleEndian(source[12..]),
            RawLength = BinaryPrimitives.ReadInt32LittleEndian(source[16..]),
            Flags = flags,
            TenantLength = source[21],
            Sequence = BinaryPrimitives.ReadInt64LittleEndian(source[24..]),
            ReceivedUnixMs = BinaryPrimitives.ReadInt64LittleEndian(source[32..]),
            Hash = new Hash128(BinaryPrimitives.ReadUInt64LittleEndian(source[40..]), BinaryPrimitives.ReadUInt64LittleEndian(source[48..])),
            Times = (flags & WalRecordFlags.HasTimes) == 0
                ? RecordTimes.Unknown
                : new RecordTimes(BinaryPrimitives.ReadInt64LittleEndian(source[56..]), BinaryPrimitives.ReadInt64LittleEndian(source[64..])),
        };
        return header.StoredLength is >= 0 and <= MaxStoredLength && header.RawLength is >= 0 and <= MaxRawLength;
    }

    /// <summary>Whether the last bytes of a file are too few for the head that begins there.</summary>
    public static bool IsCutHead(ReadOnlySpan<byte> rest) => rest.Length < RecordHeaderLength
        || (rest.StartsWith(RecordMagic) && rest.Length < HeadLengthOf((WalRecordFlags)rest[20]));

    public static int HeadLengthOf(WalRecordFlags flags) =>
        (flags & WalRecordFlags.HasTimes) == 0 ? RecordHeaderLength : MaxRecordHeaderLength;

    private static uint FileHeaderCrc(ReadOnlySpan<byte> header) =>
        Crc32C.Append(Crc32C.Compute(header[..12]), header[16..FileHeaderLength]);
}

/// <summary>Bits of a record's flags byte.</summary>
[Flags]
internal enum WalRecordFlags : byte
{
    None = 0,

    /// <summary>The hash fields hold the hash of a request.</summary>
    HasRequestHash = 1,

    /// <summary>The payload is stored as it is: compression would not have made it smaller.</summary>
    Uncompressed = 2,

    /// <summary>The head ends with the smallest and the largest time of the rows.</summary>
    HasTimes = 4,
}

/// <summary>The fixed part of a record, decoded.</summary>
internal readonly record struct WalRecordHeader
{
    public uint BodyCrc { get; init; }

    public int StoredLength { get; init; }

    public int RawLength { get; init; }

    public WalRecordFlags Flags { get; init; }

    public byte TenantLength { get; init; }

    public long Sequence { get; init; }

    public long ReceivedUnixMs { get; init; }

    public Hash128 Hash { get; init; }

    /// <summary>Times of the rows; <see cref="RecordTimes.Unknown"/> without <see cref="WalRecordFlags.HasTimes"/>.</summary>
    public RecordTimes Times { get; init; }

    /// <summary>Bytes before the tenant.</summary>
    public int HeadLength => WalFormat.HeadLengthOf(Flags);

    /// <summary>Tenant and payload.</summary>
    public int BodyLength => TenantLength + StoredLength;

    /// <summary>Head and body.</summary>
    public long RecordLength => (long)HeadLength + BodyLength;
}
