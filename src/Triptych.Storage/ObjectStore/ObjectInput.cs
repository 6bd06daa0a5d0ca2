using Triptych.Columnar.Parquet;

namespace Triptych.Storage.ObjectStore;

/// <summary>
/// A block's object as the input of a Parquet reader. Who reads it has it pinned, so one that is not there was lost, which is damage as much as one
/// that is cut off. Holds nothing open; any thread may call.
/// </summary>
/// <param name="store">Where it lies.</param>
/// <param name="key">Its key.</param>
/// <param name="lengthBytes">Its length, as the catalog has it.</param>
public sealed class ObjectInput(IObjectStore store, string key, long lengthBytes) : IParquetInput
{
    /// <inheritdoc/>
    public string Name => key;

    /// <inheritdoc/>
    public long Length => lengthBytes;

    /// <summary>What is wrong with an object that is not there.</summary>
    internal const string Missing = "the object is missing";

    /// <inheritdoc/>
    public async ValueTask ReadAsync(long offset, Memory<byte> into, CancellationToken cancellationToken)
    {
        var read = await ReadWhatIsThereAsync(offset, into, cancellationToken);
        if (read < into.Length)
            throw new CorruptFileException(key, offset + read, $"the object ends here, {into.Length - read} bytes early");
    }

    private async ValueTask<int> ReadWhatIsThereAsync(long offset, Memory<byte> into, CancellationToken cancellationToken)
    {
        try
        {
            return await store.GetRangeAsync(key, offset, into, cancellationToken);
        }
        catch (ObjectNotFoundException)
        {
            throw new CorruptFileException(key, 0, Missing);
        }
    }
}
