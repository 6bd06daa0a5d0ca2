using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Triptych.Collect.Tail;

/// <summary>Which file it is, whatever it is called: device and inode.</summary>
public readonly record struct FileIdentity(ulong Device, ulong Inode)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Device:x}-{Inode:x}");
}

/// <summary>What the system says about a file.</summary>
/// <param name="Identity">Which file it is.</param>
/// <param name="SizeBytes">Its size.</param>
/// <param name="IsRegular">Whether it is a file that holds bytes: opening a pipe would block.</param>
/// <param name="IsDeleted">Whether no name leads to it any more.</param>
internal readonly record struct FileState(FileIdentity Identity, long SizeBytes, bool IsRegular, bool IsDeleted)
{
    // struct statx has the same layout on all architectures: nlink at 16, mode at 28, ino at 32, size at 40, device at 136 and 140; 256 bytes in all.
    private const int StructBytes = 256;
    private const int CurrentDirectory = -100;
    private const int EmptyPath = 0x1000;
    private const uint BasicStats = 0x7ff;

    /// <summary>Asks by path (links are followed); null where nothing is there.</summary>
    public static FileState? Of(string path) => Ask(CurrentDirectory, path, 0);

    /// <summary>Asks by an open handle; null where that is not answered.</summary>
    public static FileState? Of(SafeFileHandle handle) => Ask((int)handle.DangerousGetHandle(), "", EmptyPath);

    private static FileState? Ask(int directory, string path, int flags)
    {
        var answer = new byte[StructBytes];
        if (Statx(directory, path, flags, BasicStats, answer) != 0) return null;
        var span = answer.AsSpan();
        var device = ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(span[136..]) << 32) | BinaryPrimitives.ReadUInt32LittleEndian(span[140..]);
        var mode = BinaryPrimitives.ReadUInt16LittleEndian(span[28..]);
        return new FileState(
            new FileIdentity(device, BinaryPrimitives.ReadUInt64LittleEndian(span[32..])), (long)BinaryPrimitives.ReadUInt64LittleEndian(span[40..]),
            (mode & 0xf000) == 0x8000, BinaryPrimitives.ReadUInt32LittleEndian(span[16..]) == 0);
    }

    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Statx(int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, byte[] answer);
}
