using Triptych.Columnar.Parquet;
using Triptych.Storage.Catalog;
using Triptych.Storage.ObjectStore;

namespace Triptych.Storage.Blocks;

/// <summary>A block's file as the Parquet reader sees it. Owns nothing; valid as long as the block is pinned.</summary>
public sealed class ObjectInput(IObjectStore objects, BlockMeta block) : IParquetInput
{
    /// <inheritdoc/>
    public string Name => block.ObjectKey;

    /// <inheritdoc/>
    public long Length => block.SizeBytes;

    /// <inheritdoc/>
    public async ValueTask ReadAsync(long offset, Memory<byte> into, CancellationToken cancellationToken)
    {
        var read = await objects.GetRangeAsync(block.ObjectKey, offset, into, cancellationToken);
        if (read < into.Length)
        {
            throw new CorruptFileException(block.ObjectKey, offset + read, $"the file ends here; the catalog says {block.SizeBytes} bytes");
        }
    }
}
