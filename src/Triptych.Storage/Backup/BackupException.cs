namespace Triptych.Storage.Backup;

/// <summary>A backup cannot be made, read or restored; the message says why in one line.</summary>
public class BackupException(string message, Exception? inner = null) : IOException(message, inner);

/// <summary>An object is not in the source any more, or not as long as the catalog says: there is nothing to copy.</summary>
/// <param name="key">Its key.</param>
/// <param name="reason">What is wrong, without the key.</param>
public sealed class BlockLostException(string key, string reason) : BackupException($"{key} in the server's store: {reason}")
{
    /// <summary>What is wrong, without the key.</summary>
    public string Reason { get; } = reason;
}

/// <summary>Objects of a backup that are missing or are not what its manifest says.</summary>
public sealed class BackupDamagedException(string backup, IReadOnlyList<DamagedObject> objects) : BackupException(
    $"backup {backup} is damaged: {string.Join("; ", objects.Take(MostNamed))}{(objects.Count > MostNamed ? $"; and {objects.Count - MostNamed} more" : "")}")
{
    private const int MostNamed = 20;

    /// <summary>All of them.</summary>
    public IReadOnlyList<DamagedObject> Objects { get; } = objects;
}

/// <summary>An object that is not what the manifest says.</summary>
/// <param name="Key">Its key, which is its path below the backup's directory.</param>
/// <param name="Reason">What is wrong with it.</param>
public readonly record struct DamagedObject(string Key, string Reason)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Key}: {Reason}";
}

/// <summary>How far a backup, a restore or a verification is.</summary>
/// <param name="DoneBytes">Bytes of the objects that are through, and of the one under way.</param>
/// <param name="TotalBytes">Bytes of all objects.</param>
/// <param name="DoneObjects">Objects that are through.</param>
/// <param name="TotalObjects">All objects.</param>
public readonly record struct BackupProgress(long DoneBytes, long TotalBytes, int DoneObjects, int TotalObjects);
