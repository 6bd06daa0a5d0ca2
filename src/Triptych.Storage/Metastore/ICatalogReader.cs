using Triptych.Storage.Catalog;

namespace Triptych.Storage.Metastore;

/// <summary>A catalog that can be read, for tools beside a server as well. Failures are <see cref="MetastoreException"/>. Any thread may call.</summary>
public interface ICatalogReader : IAsyncDisposable
{
    /// <summary>Reads the whole catalog.</summary>
    ValueTask<CatalogContent> LoadCatalogAsync(CancellationToken cancellationToken);

    /// <summary>The value of a key, or null.</summary>
    ValueTask<VersionedValue?> GetAsync(string scope, string key, CancellationToken cancellationToken);
}
