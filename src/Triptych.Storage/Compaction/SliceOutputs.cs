using Triptych.Storage.Catalog;

namespace Triptych.Storage.Compaction;

/// <summary>The rows of one step of a <see cref="SlicePlan"/>, in memory. The owner disposes it.</summary>
public interface ISliceRows : IDisposable
{
    /// <summary>The step.</summary>
    SliceStep Step { get; }
}

/// <summary>Writes one block of slices. The owner disposes it; without <see cref="Finish"/> there is no block.</summary>
public interface ISliceWriter<in TRows> : IDisposable
{
    /// <summary>Smallest time of a row, in the signal's unit.</summary>
    long MinTime { get; }

    /// <summary>Largest time of a row, inclusive.</summary>
    long MaxTime { get; }

    /// <summary>Rows written.</summary>
    long RowCount { get; }

    /// <summary>Bytes written so far.</summary>
    long SizeBytes { get; }

    /// <summary>Adds a step's rows.</summary>
    ValueTask WriteAsync(TRows rows, CancellationToken cancellationToken);

    /// <summary>Writes what stands at a block's end.</summary>
    void Finish();
}

/// <summary>From steps to blocks, the same for all signals whose rows are merged in time slices: a block ends with its window or at its size.</summary>
public static class SliceOutputs
{
    /// <summary>Writes all outputs of a job.</summary>
    /// <param name="job">The merge; its times are nanoseconds.</param>
    /// <param name="next">The next rows, in the order of their steps, at least one row each; null at the end. They are this call's to dispose.</param>
    /// <param name="open">Begins a block on a stream that stays the caller's.</param>
    /// <param name="cancellationToken">Ends it; what was written is the caller's to remove.</param>
    public static async ValueTask<IReadOnlyList<BlockMeta>> WriteAsync<TRows>(
        MergeJob job, Func<CancellationToken, ValueTask<TRows?>> next, Func<Stream, ISliceWriter<TRows>> open, CancellationToken cancellationToken)
        where TRows : class, ISliceRows
    {
        var blocks = new List<BlockMeta>();
        var rows = await next(cancellationToken);
        try
        {
            while (rows is not null)
            {
                var window = rows.Step.Window;
                var address = await job.NewBlockAsync(DateTimeOffset.FromUnixTimeMilliseconds(Math.Max(0, rows.Step.From / 1_000_000)), cancellationToken);
                var (minTime, maxTime, count) = (0L, 0L, 0L);
                var size = await job.Objects.PutAsync(
                    address.ObjectKey,
                    async (stream, token) =>
                    {
                        using var writer = open(stream);
                        do
                        {
                            await writer.WriteAsync(rows, token);
                            rows.Dispose();
                            rows = await next(token);
                        }
                        while (rows is not null && rows.Step.Window == window && writer.SizeBytes < job.TargetBlockBytes);

                        writer.Finish();
                        (minTime, maxTime, count) = (writer.MinTime, writer.MaxTime, writer.RowCount);
                    },
                    cancellationToken);
                blocks.Add(job.Describe(address, minTime, maxTime, count, size, default));
            }
        }
        finally
        {
            rows?.Dispose();
        }

        return blocks;
    }
}
