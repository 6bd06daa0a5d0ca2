using Triptych.Columnar.Parquet;

namespace Triptych.Storage.ObjectStore;

/// <summary>An object as the input of a Parquet reader. Holds nothing open; any thread may call.</summary>
/// <param name="store">Where it lies.</param>
/// <param name="key">Its key.</param>
/// <param name="lengthBytes">Its length, as the catalog has it.</param>
public sealed class ObjectInput(IObjectStore store, string key, long lengthBytes) : IParquetInput
{
    /// <inheritdoc/>
    public string Name => key;

    /// <inheritdoc/>
    public long Length => lengthBytes;

    /// <inheritdoc/>
    public async ValueTask ReadAsync(long offset, Memory<byte> into, CancellationToken cancellationToken)
    {
        var read = await store.GetRangeAsync(key, offset, into, cancellationToken);
        if (read < into.Length)
            throw new CorruptFileException(key, offset + read, $"the object ends here, {into.Length - read} bytes early");
    }
}
