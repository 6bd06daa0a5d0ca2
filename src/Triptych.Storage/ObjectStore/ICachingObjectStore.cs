namespace Triptych.Storage.ObjectStore;

/// <summary>A store that keeps what it read, so that what came wrongly once would stay wrong.</summary>
public interface ICachingObjectStore : IObjectStore
{
    /// <summary>Drops what is kept of an object: the next reads ask for it anew.</summary>
    void Forget(string key);
}
