namespace Triptych.Ingest.PrometheusTsdb;

/// <summary>
/// A data directory of Prometheus, or a snapshot of one: blocks, and the head as its write-ahead logs have it. It is read only. While this is
/// open, the lock that Prometheus itself takes is held, so that none starts meanwhile; the file is not written.
/// </summary>
public sealed class TsdbDirectory : IDisposable
{
    private readonly FileStream? _lock;

    private TsdbDirectory(string path, FileStream? lockFile)
    {
        Path = path;
        _lock = lockFile;
    }

    /// <summary>The directory.</summary>
    public string Path { get; }

    /// <summary>Live blocks, oldest first.</summary>
    public IReadOnlyList<BlockDescription> Blocks { get; private init; } = [];

    /// <summary>What of the directory cannot be used at all.</summary>
    public IReadOnlyList<TsdbDamage> Damage { get; private init; } = [];

    /// <summary>Files of the write-ahead log in order: those of the last checkpoint, then the segments behind it.</summary>
    public IReadOnlyList<string> WalFiles { get; private init; } = [];

    /// <summary>Files of the log of samples that came out of order.</summary>
    public IReadOnlyList<string> OutOfOrderFiles { get; private init; } = [];

    /// <summary>Files with chunks of the head.</summary>
    public IReadOnlyList<string> HeadChunkFiles { get; private init; } = [];

    /// <summary>Opens a directory.</summary>
    /// <returns>The directory, or why it cannot be read.</returns>
    public static (TsdbDirectory? Directory, string? Problem) Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        if (!Directory.Exists(path)) return (null, $"{path} is not a directory");
        FileStream? lockFile = null;
        try
        {
            lockFile = Lock(path, out var problem);
            if (problem is not null) return (null, problem);
            var damage = new List<TsdbDamage>();
            var blocks = ReadBlocks(path, damage);
            var directory = new TsdbDirectory(path, lockFile)
            {
                Blocks = blocks,
                WalFiles = LogFiles(System.IO.Path.Combine(path, "wal"), damage),
                OutOfOrderFiles = LogFiles(System.IO.Path.Combine(path, "wbl"), damage),
                HeadChunkFiles = FilesOf(System.IO.Path.Combine(path, "chunks_head"), damage),
                Damage = damage,
            };
            if (blocks.Count == 0 && damage.Count == 0 && directory.WalFiles.Count == 0)
                return (null, $"{path} is not a data directory of Prometheus: there are no blocks and no write-ahead log in it");
            lockFile = null;
            return (directory, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, $"{path} cannot be read: {e.Message}");
        }
        finally
        {
            lockFile?.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lock?.Dispose();

    private static FileStream? Lock(string path, out string? problem)
    {
        problem = OpenFiles.FindProcess(System.IO.Path.Combine(path, "wal")) is { } process ? Running(path, $" (process {process})") : null;
        var file = System.IO.Path.Combine(path, "lock");
        if (problem is not null || !File.Exists(file)) return null;
        try
        {
            // The kernel's lock is what counts; the file of a Prometheus that was killed is still there and not locked.
            return new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.None);
        }
        catch (IOException)
        {
            problem = Running(path, "");
            return null;
        }
    }

    private static string Running(string path, string process) =>
        $"a Prometheus is running on {path}{process}: stop it, or have it make a snapshot (POST /api/v1/admin/tsdb/snapshot, with --web.enable-admin-api) "
        + $"and import {System.IO.Path.Combine(path, "snapshots")}/<name>";

    private static List<BlockDescription> ReadBlocks(string path, List<TsdbDamage> damage)
    {
        var blocks = new List<BlockDescription>();
        var directories = Directory.EnumerateDirectories(path).Where(static d => TsdbNames.IsUlid(System.IO.Path.GetFileName(d)));
        foreach (var directory in directories.Order(StringComparer.Ordinal))
        {
            try
            {
                blocks.Add(BlockDescription.Read(directory));
            }
            catch (TsdbDamageException e)
            {
                damage.Add(e.Damage);
            }
        }

        // Blocks whose successor is there are only waiting to be deleted.
        var superseded = blocks.SelectMany(static b => b.Parents.Where(p => p != b.Ulid)).ToHashSet(StringComparer.Ordinal);
        return [.. blocks.Where(b => !superseded.Contains(b.Ulid)).OrderBy(static b => b.MinTimeMs).ThenBy(static b => b.Ulid, StringComparer.Ordinal)];
    }

    private static IReadOnlyList<string> LogFiles(string path, List<TsdbDamage> damage)
    {
        if (!Directory.Exists(path)) return [];
        const string Prefix = "checkpoint.";
        var checkpoint = Directory.EnumerateDirectories(path, Prefix + "*")
            .Select(static d => (Number: TsdbNames.NumberOf(System.IO.Path.GetFileName(d)[Prefix.Length..]), Path: d))
            .Where(static c => c.Number >= 0)
            .OrderByDescending(static c => c.Number)
            .FirstOrDefault((Number: -1, Path: ""));
        var segments = TsdbNames.Numbered(path).Where(s => s.Number > checkpoint.Number).ToList();
        for (var i = 1; i < segments.Count; i++)
        {
            if (segments[i].Number != segments[i - 1].Number + 1)
                damage.Add(new TsdbDamage(path, 0, $"the segments between {segments[i - 1].Number} and {segments[i].Number} are missing"));
        }

        return [.. checkpoint.Number < 0 ? [] : FilesOf(checkpoint.Path, damage), .. segments.Select(static s => s.Path)];
    }

    private static IReadOnlyList<string> FilesOf(string path, List<TsdbDamage> damage)
    {
        if (!Directory.Exists(path)) return [];
        try
        {
            return [.. TsdbNames.Numbered(path).Select(static f => f.Path)];
        }
        catch (TsdbDamageException e)
        {
            damage.Add(e.Damage);
            return [];
        }
    }
}
