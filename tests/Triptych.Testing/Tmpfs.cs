using System.Diagnostics;
using System.Globalization;

namespace Triptych.Testing;

/// <summary>A small file system of its own below a directory, which a test may fill to the brim. Mounting takes root.</summary>
public sealed class Tmpfs : IDisposable
{
    private readonly string _directory;

    private Tmpfs(string directory) => _directory = directory;

    private string Ballast => Path.Combine(_directory, "ballast");

    /// <summary>Mounts it; null where that is not permitted.</summary>
    public static Tmpfs? TryMount(string directory, int sizeMiB)
    {
        Directory.CreateDirectory(directory);
        var size = string.Create(CultureInfo.InvariantCulture, $"size={sizeMiB}m");
        return Run("mount", "-t", "tmpfs", "-o", size, "tmpfs", directory) ? new Tmpfs(directory) : null;
    }

    /// <summary>Writes until not one more byte fits.</summary>
    public void Fill()
    {
        using var file = new FileStream(Ballast, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        foreach (var length in new[] { 1 << 20, 4096, 1 })
        {
            try
            {
                var block = new byte[length];
                while (true) file.Write(block);
            }
            catch (IOException)
            {
                // As full as pieces of this length make it.
            }
        }
    }

    /// <summary>Makes room again.</summary>
    public void Free() => File.Delete(Ballast);

    /// <summary>Unmounts it, also while files in it are open.</summary>
    public void Dispose() => Run("umount", "-l", _directory);

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false });
        process!.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
