using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Triptych.Storage.Disk;
using Triptych.Storage.Retention;

namespace Triptych.Storage.Tests.Disk;

/// <summary>A folder in the data directory that only root may look into, as a file system's <c>lost+found</c>, and a server that is not root.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class UnreadableFolderTests : IDisposable
{
    private const int Nobody = 65534;
    private const UnixFileMode All = (UnixFileMode)0b111_101_101;
    private readonly string _root = Directory.CreateTempSubdirectory("triptych-unreadable-").FullName;

    private string Locked => Path.Combine(_root, "lost+found");

    public UnreadableFolderTests()
    {
        File.SetUnixFileMode(_root, All);
        Directory.CreateDirectory(Path.Combine(_root, "wal", "logs"), All);
        File.WriteAllBytes(Path.Combine(_root, "wal", "logs", "1.wal"), new byte[10]);
        Directory.CreateDirectory(Locked);
        File.WriteAllBytes(Path.Combine(Locked, "inode"), new byte[100]);
        File.WriteAllBytes(Path.Combine(_root, ".notes"), new byte[7]);
        File.SetUnixFileMode(Locked, UnixFileMode.None);
    }

    public void Dispose()
    {
        File.SetUnixFileMode(Locked, All);
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public void Measuring_passes_over_what_may_not_be_looked_into_and_counts_the_rest()
    {
        var usage = new DiskUsage(PhysicalDisk.Instance, _root, Path.Combine(_root, "objects"));
        AsNobody(() => usage.Look().ShouldBe(new DirectoryUse(10, 7)));
    }

    [Fact]
    public void Finding_ones_own_files_does_not_pass_over_any() =>
        AsNobody(() => Should.Throw<UnauthorizedAccessException>(() => PhysicalDisk.Instance.List(_root)));

    /// <summary>On a thread of its own, whose rights with files are those of nobody where the tests run as root.</summary>
    private static void AsNobody(Action test)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            if (Environment.IsPrivilegedProcess)
                _ = SetFileSystemUser(Nobody);
            try
            {
                test();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        failure.ShouldBeNull();
    }

    [DllImport("libc", EntryPoint = "setfsuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetFileSystemUser(int user);
}
