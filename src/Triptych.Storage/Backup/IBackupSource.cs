namespace Triptych.Storage.Backup;

/// <summary>What a backup is made of: a description that does not change, and objects that stay readable until it is disposed.</summary>
public interface IBackupSource : IAsyncDisposable
{
    /// <summary>Catalog and values; without checksums.</summary>
    BackupManifest Content { get; }

    /// <summary>Writes an object's bytes from first to last.</summary>
    /// <exception cref="BlockLostException">It is not there, or not as long as the catalog says; perhaps something was written.</exception>
    /// <exception cref="IOException">It cannot be read, or what arrived is not what the source read.</exception>
    ValueTask CopyAsync(ManifestBlock block, Stream into, CancellationToken cancellationToken);
}
