using Triptych.Collect.Instruments;

namespace Triptych.Collect.Tail;

/// <summary>
/// Which files are followed: finds new ones, knows renamed ones by their identity, takes up what a former run left unread even where the
/// file was renamed since, and lets go of files that nothing leads to once they are drained. One thread at a time.
/// </summary>
internal sealed class TailSet(IReadOnlyList<TailGroup> groups, IPositionStore store, ICollectEvents events) : IDisposable
{
    /// <summary>The most files that are open at one time.</summary>
    public const int MaxFiles = 2000;

    private static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan SweepInterval = TimeSpan.FromHours(1);

    private readonly Dictionary<FileIdentity, TailedFile> _files = [];
    private readonly Dictionary<FileIdentity, TailPosition> _positions = [];
    private readonly HashSet<string> _failed = new(StringComparer.Ordinal);
    private bool _isLimitTold;
    private bool _isLoaded;
    private DateTimeOffset _lastSweep;

    /// <summary>The files that are followed.</summary>
    public IReadOnlyCollection<TailedFile> Files => _files.Values;

    /// <summary>Looks what is there now.</summary>
    /// <exception cref="IOException">Positions cannot be read or forgotten.</exception>
    public async ValueTask ScanAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var isFirst = !_isLoaded;
        if (isFirst)
        {
            foreach (var position in await store.LoadAsync(cancellationToken)) _positions[position.Identity] = position;
            _isLoaded = true;
        }

        var present = new HashSet<FileIdentity>();
        foreach (var group in groups)
        {
            foreach (var path in group.Find(TellFailure)) Meet(group, path, isFirst, present);
        }

        foreach (var file in _files.Values) file.LostSince = present.Contains(file.Identity) ? null : file.LostSince ?? now;
        if (isFirst || now - _lastSweep >= SweepInterval)
        {
            _lastSweep = now;
            await SweepAsync(cancellationToken);
        }

        await LetGoAsync(now, cancellationToken);
    }

    /// <summary>Remembers what was saved.</summary>
    public void Saved(IEnumerable<TailPosition> positions)
    {
        foreach (var position in positions) _positions[position.Identity] = position;
    }

    /// <summary>Tells a failure of a path, once.</summary>
    public void TellFailure(string path, string error)
    {
        if (_failed.Count < MaxFiles && _failed.Add(path)) events.TailFailed(path, error);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in _files.Values) file.Dispose();
    }

    private void Meet(TailGroup group, string path, bool isFirst, HashSet<FileIdentity> present)
    {
        if (FileState.Of(path) is not { IsRegular: true } state) return;
        if (_files.TryGetValue(state.Identity, out var followed))
        {
            if (followed.Path == path) present.Add(state.Identity);
            return;
        }

        if (_positions.TryGetValue(state.Identity, out var known))
        {
            // Read to its end under its former name.
            if (known.Path != path && state.SizeBytes == known.Offset && known.PendingEnd <= known.Offset) return;
            if (known.Path == path) present.Add(state.Identity);
            Follow(groups.FirstOrDefault(g => g.Covers(known.Path)) ?? group, path, known);
            return;
        }

        present.Add(state.Identity);
        var isSkipped = isFirst && !group.FromBeginning;
        Follow(group, path, new TailPosition { Identity = state.Identity, Path = path, Offset = isSkipped ? state.SizeBytes : 0, PendingEnd = 0 });
    }

    private void Follow(TailGroup group, string path, TailPosition position)
    {
        if (_files.Count >= MaxFiles)
        {
            if (!_isLimitTold) events.TailLimitReached(MaxFiles);
            _isLimitTold = true;
            return;
        }

        try
        {
            var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (FileState.Of(handle)?.Identity != position.Identity)
            {
                // Replaced since it was found; the next scan sees the other one.
                handle.Dispose();
                return;
            }

            _files[position.Identity] = new TailedFile(handle, position, group.LabelsOf(position.Path)) { IsDirty = true };
            _failed.Remove(path);
            events.TailStarted(path, position.Offset);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TellFailure(path, e.Message);
        }
    }

    // Positions whose file is followed are kept; others may lead to a file that was renamed while we were away, or to none.
    private async ValueTask SweepAsync(CancellationToken cancellationToken)
    {
        foreach (var position in _positions.Values.Where(p => !_files.ContainsKey(p.Identity)).ToList())
        {
            var group = groups.FirstOrDefault(g => g.Covers(position.Path));
            var path = group is null ? null : FindRenamed(position);
            if (path is null)
            {
                await store.ForgetAsync(position.Identity, cancellationToken);
                _positions.Remove(position.Identity);
            }
            else if (FileState.Of(path) is { } state && (state.SizeBytes > position.Offset || position.PendingEnd > position.Offset))
            {
                Follow(group!, path, position);
            }
        }
    }

    private string? FindRenamed(TailPosition position)
    {
        try
        {
            var folder = Path.GetDirectoryName(position.Path)!;
            return Directory.Exists(folder) ? Directory.EnumerateFiles(folder).FirstOrDefault(p => FileState.Of(p)?.Identity == position.Identity) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TellFailure(position.Path, e.Message);
            return position.Path;
        }
    }

    private async ValueTask LetGoAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var file in _files.Values.Where(f => f.LostSince is { } since && now - since >= LingerTime && f.IsDrained && !f.IsDirty).ToList())
        {
            var isDeleted = file.IsDeleted;
            _files.Remove(file.Identity);
            file.Dispose();
            if (!isDeleted) continue;
            _positions.Remove(file.Identity);
            await store.ForgetAsync(file.Identity, cancellationToken);
        }
    }
}
