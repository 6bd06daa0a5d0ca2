using System.Collections.Frozen;

namespace Triptych.Storage.Backup;

/// <summary>
/// Backups that are being fetched from the running server, a few at a time. One that nobody has asked about for a while is let go, so that a
/// client that died holds up no files. Any thread may call.
/// </summary>
public sealed class BackupSessions : IAsyncDisposable
{
    /// <summary>How many may be open at one time.</summary>
    public const int MaxOpen = 4;

    /// <summary>After this long without a request one is let go.</summary>
    public static readonly TimeSpan IdleTime = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, Session> _open = [];
    private readonly TimeProvider _time;
    private readonly ITimer _timer;

    /// <param name="time">Measures idleness.</param>
    public BackupSessions(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(_ => CloseIdle(), state: null, IdleTime / 10, IdleTime / 10);
    }

    /// <summary>Sessions open now.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _open.Count;
        }
    }

    /// <summary>Takes a source over and gives it an id; null, and the source stays the caller's, when too many are open.</summary>
    public Guid? TryAdd(IBackupSource source)
    {
        var id = Guid.NewGuid();
        lock (_gate)
        {
            if (_open.Count >= MaxOpen)
                return null;
            _open.Add(id, new Session(source, _time.GetTimestamp()));
        }

        return id;
    }

    /// <summary>Holds a session open for reading one of its objects, until it is disposed; null when there is no such session or object.</summary>
    public ObjectUse? TryUse(Guid id, string objectKey)
    {
        lock (_gate)
        {
            if (!_open.TryGetValue(id, out var session) || !session.Blocks.TryGetValue(objectKey, out var block))
                return null;
            session.Users++;
            return new ObjectUse(this, session, block);
        }
    }

    /// <summary>Ends a session; false when there was none.</summary>
    public async ValueTask<bool> CloseAsync(Guid id)
    {
        Session? session;
        lock (_gate)
            _open.Remove(id, out session);
        if (session is null)
            return false;
        await session.Source.DisposeAsync();
        return true;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        List<Guid> left;
        lock (_gate)
            left = [.. _open.Keys];
        foreach (var id in left)
            await CloseAsync(id);
    }

    private void CloseIdle()
    {
        List<Guid> idle;
        lock (_gate)
            idle = [.. _open.Where(s => s.Value.Users == 0 && _time.GetElapsedTime(s.Value.LastUsed) >= IdleTime).Select(static s => s.Key)];

        // Letting go of a pin does no I/O.
        foreach (var id in idle)
            _ = CloseAsync(id).AsTask();
    }

    private void Release(Session session)
    {
        lock (_gate)
        {
            session.Users--;
            session.LastUsed = _time.GetTimestamp();
        }
    }

    /// <summary>An object that may be read. Disposed once by who asked for it.</summary>
    public sealed class ObjectUse : IDisposable
    {
        private readonly BackupSessions _sessions;
        private readonly Session _session;

        internal ObjectUse(BackupSessions sessions, Session session, ManifestBlock block)
        {
            _sessions = sessions;
            _session = session;
            Block = block;
        }

        /// <summary>The object.</summary>
        public ManifestBlock Block { get; }

        /// <summary>Where its bytes come from.</summary>
        public IBackupSource Source => _session.Source;

        /// <inheritdoc/>
        public void Dispose() => _sessions.Release(_session);
    }

    internal sealed class Session(IBackupSource source, long lastUsed)
    {
        public IBackupSource Source { get; } = source;

        public FrozenDictionary<string, ManifestBlock> Blocks { get; } =
            source.Content.Blocks.ToFrozenDictionary(static b => b.ObjectKey, StringComparer.Ordinal);

        public long LastUsed { get; set; } = lastUsed;

        public int Users { get; set; }
    }
}
