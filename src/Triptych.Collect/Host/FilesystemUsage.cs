using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Triptych.Collect.Host;

/// <summary>How full a filesystem is.</summary>
public readonly record struct FilesystemUsage(double SizeBytes, double FreeBytes, double AvailableBytes, double Files, double FreeFiles)
{
    // struct statvfs of 64-bit Linux: bsize, frsize, blocks, bfree, bavail, files, ffree, … of 8 bytes each; 112 bytes in all.
    private const int StructBytes = 256;

    /// <summary>Asks the system; null where it does not answer.</summary>
    public static FilesystemUsage? Of(string path)
    {
        var answer = new byte[StructBytes];
        if (Statvfs(path, answer) != 0) return null;
        double Field(int index) => BinaryPrimitives.ReadUInt64LittleEndian(answer.AsSpan(index * 8));
        var block = Field(1);
        return new FilesystemUsage(Field(2) * block, Field(3) * block, Field(4) * block, Field(5), Field(6));
    }

    [DllImport("libc", EntryPoint = "statvfs", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Statvfs([MarshalAs(UnmanagedType.LPUTF8Str)] string path, byte[] answer);
}
