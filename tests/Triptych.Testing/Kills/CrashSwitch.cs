using System.Runtime.CompilerServices;
using Triptych.Model;
using Triptych.Storage.Catalog;
using Triptych.Storage.Disk;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;

namespace Triptych.Testing.Kills;

/// <summary>
/// Ends a program at a chosen call to disk, object store or metastore, just before the call or just after it: that call and all later ones fail.
/// Calls are counted over all that is wrapped. Any thread may call.
/// </summary>
/// <param name="at">Number of the call, from 0; null: never.</param>
/// <param name="after">Whether the call is still made.</param>
/// <param name="countsReads">Whether it may be a call that changes nothing: what such a kill leaves is what one after the change before it does.</param>
public sealed class CrashSwitch(int? at = null, bool after = false, bool countsReads = true) : IDisposable
{
    private readonly CancellationTokenSource _dead = new();
    private int _calls;

    /// <summary>Calls so far.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>Whether the call was reached.</summary>
    public bool IsDead => _dead.IsCancellationRequested;

    /// <summary>Told of the chosen call before it is made or not, with what it is made to: a disk, a file, an object store or a metastore.</summary>
    public Action<object>? Reached { get; set; }

    /// <summary>What waits for something that a dead program never does ends with this.</summary>
    public CancellationToken Dead => _dead.Token;

    /// <summary>Wraps a disk: its changes count.</summary>
    public IDisk Wrap(IDisk disk) => new CrashingDisk(this, disk);

    /// <summary>Wraps an object store.</summary>
    public IObjectStore Wrap(IObjectStore objects) => new CrashingObjects(this, objects);

    /// <summary>Wraps a metastore. Closing it does not close the inner one, which the next start finds as it is.</summary>
    public IMetastore Wrap(IMetastore metastore) => new CrashingMetastore(this, metastore);

    public void Dispose() => _dead.Dispose();

    private ValueTask<T> ReadAsync<T>(object target, Func<ValueTask<T>> call) => countsReads || IsDead ? CallAsync(target, call) : call();

    private async ValueTask<T> CallAsync<T>(object target, Func<ValueTask<T>> call)
    {
        if (IsLast(target))
        {
            if (after)
                await call();
            throw Die();
        }

        return await call();
    }

    private T Call<T>(object target, Func<T> call)
    {
        if (IsLast(target))
        {
            if (after)
                call();
            throw Die();
        }

        return call();
    }

    private bool IsLast(object target)
    {
        var number = Interlocked.Increment(ref _calls) - 1;
        if (IsDead)
            throw new IOException("The program was killed.");

        // Calls that come while the last one is still being made belong to it: an object store's to its disk.
        if (number != at)
            return false;
        Reached?.Invoke(target);
        return true;
    }

    private IOException Die()
    {
        // What waits goes on elsewhere: not on the thread that is being killed, which may hold a lock.
        _ = _dead.CancelAsync();
        return new IOException("The program is being killed.");
    }

    private sealed class CrashingDisk(CrashSwitch crash, IDisk inner) : IDisk
    {
        public IDiskFile Open(string path, DiskOpen how) =>
            new CrashingFile(crash, how == DiskOpen.Read ? inner.Open(path, how) : crash.Call(inner, () => inner.Open(path, how)));

        public void CreateDirectory(string path) => DurableDirectory.Create(this, path);

        public bool HasDirectory(string path) => inner.HasDirectory(path);

        public void MakeDirectory(string path) => Change(() => inner.MakeDirectory(path));

        public void FlushDirectory(string path) => Change(() => inner.FlushDirectory(path));

        public void Rename(string from, string to) => Change(() => inner.Rename(from, to));

        public bool TryRenameNew(string from, string to) => crash.Call(inner, () => inner.TryRenameNew(from, to));

        public void Link(string path, string secondPath) => Change(() => inner.Link(path, secondPath));

        public void Delete(string path) => Change(() => inner.Delete(path));

        public IReadOnlyList<DiskEntry> List(string directory) => inner.List(directory);

        public long FreeBytes(string path) => inner.FreeBytes(path);

        private void Change(Action change) => crash.Call(inner, () =>
        {
            change();
            return true;
        });
    }

    private sealed class CrashingFile(CrashSwitch crash, IDiskFile inner) : IDiskFile
    {
        public long Length => inner.Length;

        public int Read(Span<byte> buffer, long offset) => inner.Read(buffer, offset);

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            var copy = bytes.ToArray();
            crash.Call(inner, () =>
            {
                inner.Write(copy, offset);
                return true;
            });
        }

        public void SetLength(long length) => crash.Call(inner, () =>
        {
            inner.SetLength(length);
            return true;
        });

        public void Flush() => crash.Call(inner, () =>
        {
            inner.Flush();
            return true;
        });

        public void Dispose() => inner.Dispose();
    }

    private sealed class CrashingObjects(CrashSwitch crash, IObjectStore inner) : IObjectStore
    {
        public async ValueTask PutAsync(
            string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => await crash.CallAsync(inner, async () =>
        {
            await inner.PutAsync(key, content, cancellationToken);
            return true;
        });

        public ValueTask<long> PutAsync(string key, Func<Stream, CancellationToken, ValueTask> writeContent, CancellationToken cancellationToken) =>
            crash.CallAsync(inner, () => inner.PutAsync(key, writeContent, cancellationToken));

        public ValueTask<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
            crash.CallAsync(inner, () => inner.PutIfAbsentAsync(key, content, cancellationToken));

        public ValueTask<int> GetRangeAsync(string key, long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
            crash.ReadAsync(inner, () => inner.GetRangeAsync(key, offset, buffer, cancellationToken));

        public ValueTask<long?> GetLengthAsync(string key, CancellationToken cancellationToken) =>
            crash.ReadAsync(inner, () => inner.GetLengthAsync(key, cancellationToken));

        public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await crash.ReadAsync(inner, static () => ValueTask.FromResult(true));
            await foreach (var entry in inner.ListAsync(prefix, cancellationToken))
                yield return entry;
        }

        public async ValueTask DeleteAsync(string key, CancellationToken cancellationToken) => await crash.CallAsync(inner, async () =>
        {
            await inner.DeleteAsync(key, cancellationToken);
            return true;
        });

        public async ValueTask DeleteManyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
        {
            // One after another: a kill may come between any two of them.
            foreach (var key in keys)
                await DeleteAsync(key, cancellationToken);
        }
    }

    /// <summary>
    /// Changes come one at a time, as they do in the metastore itself: when the last one begins, all that were before it have been answered, and are not
    /// torn with it by a power cut.
    /// </summary>
    private sealed class CrashingMetastore(CrashSwitch crash, IMetastore inner) : IMetastore
    {
        private readonly SemaphoreSlim _oneAtATime = new(1, 1);

        public bool IsNew => inner.IsNew;

        public ValueTask<CatalogContent> LoadCatalogAsync(CancellationToken cancellationToken) =>
            crash.ReadAsync(inner, () => inner.LoadCatalogAsync(cancellationToken));

        public async ValueTask CommitAsync(MetastoreChange change, CancellationToken cancellationToken) => await ChangeAsync(async () =>
        {
            await inner.CommitAsync(change, cancellationToken);
            return true;
        });

        public ValueTask<int> GetTenantNumberAsync(TenantId tenant, CancellationToken cancellationToken) =>
            ChangeAsync(() => inner.GetTenantNumberAsync(tenant, cancellationToken));

        public ValueTask<IReadOnlyList<TenantId>> ListTenantsAsync(CancellationToken cancellationToken) =>
            crash.ReadAsync(inner, () => inner.ListTenantsAsync(cancellationToken));

        public ValueTask<VersionedValue?> GetAsync(string scope, string key, CancellationToken cancellationToken) =>
            crash.ReadAsync(inner, () => inner.GetAsync(scope, key, cancellationToken));

        public ValueTask<IReadOnlyList<VersionedValue>> ListAsync(string scope, CancellationToken cancellationToken) =>
            crash.ReadAsync(inner, () => inner.ListAsync(scope, cancellationToken));

        public ValueTask<long?> SetAsync(
            string scope, string key, ReadOnlyMemory<byte> value, long? expectedVersion, CancellationToken cancellationToken) =>
            ChangeAsync(() => inner.SetAsync(scope, key, value, expectedVersion, cancellationToken));

        public ValueTask<bool> DeleteAsync(string scope, string key, long? expectedVersion, CancellationToken cancellationToken) =>
            ChangeAsync(() => inner.DeleteAsync(scope, key, expectedVersion, cancellationToken));

        public ValueTask<MetastoreContent> ExportAsync(CancellationToken cancellationToken) =>
            crash.ReadAsync(inner, () => inner.ExportAsync(cancellationToken));

        public async ValueTask ImportAsync(MetastoreContent content, bool replace, CancellationToken cancellationToken) =>
            await ChangeAsync(async () =>
            {
                await inner.ImportAsync(content, replace, cancellationToken);
                return true;
            });

        public ValueTask DisposeAsync()
        {
            _oneAtATime.Dispose();
            return ValueTask.CompletedTask;
        }

        private async ValueTask<T> ChangeAsync<T>(Func<ValueTask<T>> change)
        {
            await _oneAtATime.WaitAsync();
            try
            {
                return await crash.CallAsync(inner, change);
            }
            finally
            {
                _oneAtATime.Release();
            }
        }
    }
}
