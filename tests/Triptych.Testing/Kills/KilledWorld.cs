using Triptych.Storage.Metastore;

namespace Triptych.Testing.Kills;

/// <summary>
/// What outlives a program: a disk in memory, and a real SQLite file in a folder of its own. <see cref="AfterKillAsync"/> is what the next start finds.
/// </summary>
public sealed class KilledWorld : IAsyncDisposable
{
    private const string MemoryFolder = "/dev/shm";
    private readonly string _folder;
    private readonly SqliteMetastore _metastore;
    private long? _walBytesBeforeKill;

    private KilledWorld(FaultyDisk disk, ManualClock clock, string folder)
    {
        Disk = disk;
        Clock = clock;
        _folder = folder;
        _metastore = SqliteMetastore.Open(File);
    }

    /// <summary>Write-ahead log and objects.</summary>
    public FaultyDisk Disk { get; }

    /// <summary>Goes on as it is after a kill.</summary>
    public ManualClock Clock { get; }

    /// <summary>The catalog.</summary>
    public IMetastore Metastore => _metastore;

    private string File => Path.Combine(_folder, "metastore.db");

    private string WalFile => File + "-wal";

    /// <summary>Nothing yet.</summary>
    public static KilledWorld Create() => new(new FaultyDisk(), new ManualClock(), NewFolder());

    /// <summary>Has to be told of the call at which a program is killed, so that a power cut can tear what that call wrote to the metastore.</summary>
    public void Reached(object target) => _walBytesBeforeKill = ReferenceEquals(target, _metastore) ? WalBytes : null;

    /// <summary>
    /// What a kill leaves now, or a power cut: then of a commit that was being made there are only the first bytes. Nothing else of SQLite's is lost: it
    /// is durable when a call returns. The world before is gone.
    /// </summary>
    public async Task<KilledWorld> AfterKillAsync(Leftover leftover, int seed)
    {
        // One call at a time: when this one is through, so is what the killed program had begun.
        await _metastore.ListTenantsAsync(CancellationToken.None);
        var folder = NewFolder();
        foreach (var file in new[] { File, WalFile }.Where(System.IO.File.Exists))
            System.IO.File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        if (leftover != Leftover.Everything && _walBytesBeforeKill is { } before && WalBytes > before)
            Cut(Path.Combine(folder, Path.GetFileName(WalFile)), new Random(seed).NextInt64(before, WalBytes));
        var disk = leftover == Leftover.Everything ? Disk : Disk.AfterPowerCut(leftover, seed);
        await DisposeAsync();
        return new KilledWorld(disk, Clock, folder);
    }

    public async ValueTask DisposeAsync()
    {
        await _metastore.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    // What a kill leaves does not depend on where the files lie, and thousands of commits are fast in memory.
    private static string NewFolder()
    {
        var parent = Directory.Exists(MemoryFolder) ? MemoryFolder : Path.GetTempPath();
        return Directory.CreateDirectory(Path.Combine(parent, $"triptych-kills-{Guid.NewGuid():N}")).FullName;
    }

    private static void Cut(string path, long length)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write);
        file.SetLength(length);
    }

    private long WalBytes => System.IO.File.Exists(WalFile) ? new FileInfo(WalFile).Length : 0;
}
