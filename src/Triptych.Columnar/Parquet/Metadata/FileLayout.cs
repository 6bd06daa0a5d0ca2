using System.Buffers.Binary;
using System.Globalization;
using Triptych.Columnar.Parquet.Pages;

namespace Triptych.Columnar.Parquet.Metadata;

/// <summary>
/// What frames the parts of a file; see docs/formats/parquet.md.
/// <code>
/// file  := "PAR1" (chunk | bloom filter | section)* (column index | offset index)* guard footer u32 footerLength "PAR1"
/// guard := "TRPG" u32 crc32(footer)
/// </code>
/// Guard, sections and the checksum behind each index and filter are ours; no offset in the footer leads a foreign reader to them.
/// </summary>
internal static class FileLayout
{
    public const int TrailerBytes = 8;
    public const int GuardBytes = 8;
    public const int ChecksumBytes = 4;

    /// <summary>Metadata key whose presence says that guard and checksums must be there.</summary>
    public const string ChecksumsKey = "triptych.checksums";

    /// <summary>Metadata key of a section, in front of its name; the value is "offset,length,crc".</summary>
    public const string SectionPrefix = "triptych.section.";

    public static ReadOnlySpan<byte> Magic => "PAR1"u8;

    public static ReadOnlySpan<byte> EncryptedMagic => "PARE"u8;

    private static ReadOnlySpan<byte> GuardMagic => "TRPG"u8;

    public static void WriteGuard(Span<byte> guard, ReadOnlySpan<byte> footer)
    {
        GuardMagic.CopyTo(guard);
        BinaryPrimitives.WriteUInt32LittleEndian(guard[4..], Crc32.Compute(footer));
    }

    /// <summary>Whether there is a guard in front of the footer; throws when it does not match.</summary>
    public static bool CheckGuard(ReadOnlySpan<byte> guard, ReadOnlySpan<byte> footer)
    {
        if (!guard.StartsWith(GuardMagic))
            return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(guard[4..]) != Crc32.Compute(footer))
            throw new MalformedDataException("the footer does not match its checksum");
        return true;
    }

    /// <summary>The bytes without the checksum behind them, which must match.</summary>
    public static ReadOnlySpan<byte> CheckTrailing(ReadOnlySpan<byte> bytes)
    {
        var content = bytes[..^ChecksumBytes];
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[content.Length..]) != Crc32.Compute(content))
            throw new MalformedDataException("an index or filter does not match its checksum");
        return content;
    }

    public static string FormatSection(in SectionInfo section) =>
        string.Create(CultureInfo.InvariantCulture, $"{section.Offset},{section.Length},{section.Crc32:x8}");

    public static SectionInfo ParseSection(string text, long endOfSections)
    {
        var parts = text.Split(',');
        if (parts.Length != 3
            || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            || !uint.TryParse(parts[2], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var crc)
            || offset > endOfSections || length > endOfSections - offset)
            throw new MalformedDataException($"\"{text}\" is no place of a section");
        return new SectionInfo(offset, length, crc);
    }
}
