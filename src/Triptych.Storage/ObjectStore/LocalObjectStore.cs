using System.Runtime.CompilerServices;
using Triptych.Storage.Disk;

namespace Triptych.Storage.ObjectStore;

/// <summary>
/// Objects as files below one directory: key <c>blocks/1/logs/x.parquet</c> is the file <c>&lt;root&gt;/blocks/1/logs/x.parquet</c>.
/// A put writes <c>&lt;root&gt;/tmp/&lt;guid&gt;.part</c>, makes it durable, renames it and makes the directory durable. What a kill leaves in
/// <c>tmp</c> is removed when the store opens. Handles for reading are kept open, a bounded number of them.
/// </summary>
public sealed class LocalObjectStore : IObjectStore, IDisposable
{
    private const string TemporaryFolder = "tmp";
    private readonly IDisk _disk;
    private readonly string _root;
    private readonly string _temporary;
    private readonly FileHandleCache _handles;

    /// <param name="disk">The file system.</param>
    /// <param name="root">Directory of the store; made when it is missing.</param>
    /// <param name="maxOpenFiles">Handles kept open between reads.</param>
    public LocalObjectStore(IDisk disk, string root, int maxOpenFiles = 256)
    {
        _disk = disk;
        _root = Path.GetFullPath(root);
        _temporary = Path.Combine(_root, TemporaryFolder);
        _handles = new FileHandleCache(disk, maxOpenFiles);
        _disk.CreateDirectory(_temporary);
        foreach (var unfinished in _disk.List(_temporary))
            _disk.Delete(unfinished.Path);
    }

    /// <summary>Handles open now; for our own metrics.</summary>
    public int OpenFiles => _handles.Count;

    /// <inheritdoc/>
    public async ValueTask PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        await PutAsync(key, (stream, token) => stream.WriteAsync(content, token), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<long> PutAsync(
        string key, Func<Stream, CancellationToken, ValueTask> writeContent, CancellationToken cancellationToken)
    {
        var target = PathOf(key);
        var (temporary, length) = await WriteTemporaryAsync(writeContent, cancellationToken);
        Publish(temporary, target, () =>
        {
            _disk.Rename(temporary, target);
            return true;
        });
        _handles.Forget(target);
        return length;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var target = PathOf(key);
        var (temporary, _) = await WriteTemporaryAsync((stream, token) => stream.WriteAsync(content, token), cancellationToken);
        return Publish(temporary, target, () => _disk.TryRenameNew(temporary, target));
    }

    /// <inheritdoc/>
    public ValueTask<int> GetRangeAsync(string key, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        cancellationToken.ThrowIfCancellationRequested();
        var path = PathOf(key);
        try
        {
            using var lease = _handles.Open(path);
            return ValueTask.FromResult(lease.File.Read(buffer.Span, offset));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ObjectNotFoundException(key, e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw Denied(e);
        }
    }

    /// <inheritdoc/>
    public ValueTask<long?> GetLengthAsync(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            using var lease = _handles.Open(PathOf(key));
            return ValueTask.FromResult<long?>(lease.File.Length);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return ValueTask.FromResult<long?>(null);
        }
        catch (UnauthorizedAccessException e)
        {
            throw Denied(e);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Only whole folders can be listed: the last, partial name of the prefix is compared below.
        var slash = prefix.LastIndexOf('/');
        var folder = slash < 0 ? _root : PathOf(prefix[..slash]);
        var entries = await Task.Run(() => _disk.List(folder), cancellationToken);
        foreach (var entry in entries)
        {
            var key = Path.GetRelativePath(_root, entry.Path).Replace(Path.DirectorySeparatorChar, '/');
            if (key.StartsWith(TemporaryFolder + "/", StringComparison.Ordinal) || !key.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            yield return new ObjectEntry(key, entry.SizeBytes);
        }
    }

    /// <inheritdoc/>
    public ValueTask DeleteAsync(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        FlushParent(Remove(key));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DeleteManyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        var inFolders = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var key in keys)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var path = Remove(key);
            inFolders[Path.GetDirectoryName(path)!] = path;
        }

        foreach (var path in inFolders.Values)
            FlushParent(path);
        return ValueTask.CompletedTask;
    }

    /// <summary>Closes the handles.</summary>
    public void Dispose() => _handles.Dispose();

    private string PathOf(string key)
    {
        ObjectKey.Check(key);
        return Path.Combine(_root, key);
    }

    private string Remove(string key)
    {
        var path = PathOf(key);
        _handles.Forget(path);
        try
        {
            _disk.Delete(path);
        }
        catch (UnauthorizedAccessException e)
        {
            throw Denied(e);
        }

        return path;
    }

    /// <summary>What may not be read or deleted is a failure of the store as others are.</summary>
    private static IOException Denied(UnauthorizedAccessException e) => new(e.Message, e);

    private void FlushParent(string path)
    {
        try
        {
            _disk.FlushDirectory(Path.GetDirectoryName(path)!);
        }
        catch (DirectoryNotFoundException)
        {
            // Nothing was ever there.
        }
    }

    private async ValueTask<(string Path, long Length)> WriteTemporaryAsync(
        Func<Stream, CancellationToken, ValueTask> writeContent, CancellationToken cancellationToken)
    {
        var temporary = Path.Combine(_temporary, Guid.CreateVersion7().ToString("N") + ".part");
        try
        {
            using var file = _disk.Open(temporary, DiskOpen.CreateNew);
            await using var stream = new DiskWriteStream(file);
            await writeContent(stream, cancellationToken);
            stream.FlushBuffer();
            file.Flush();
            return (temporary, stream.Length);
        }
        catch
        {
            DeleteQuietly(temporary);
            throw;
        }
    }

    private bool Publish(string temporary, string target, Func<bool> rename)
    {
        var directory = Path.GetDirectoryName(target)!;
        try
        {
            _disk.CreateDirectory(directory);
            if (rename())
            {
                _disk.FlushDirectory(directory);
                return true;
            }
        }
        catch
        {
            DeleteQuietly(temporary);
            throw;
        }

        DeleteQuietly(temporary);
        return false;
    }

    private void DeleteQuietly(string temporary)
    {
        try
        {
            _disk.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The failure that led here is reported; what stays in tmp is removed when the store opens next.
        }
    }
}
