namespace Triptych.Storage.ObjectStore.S3;

/// <summary>
/// Reads a range whole: large ones in slices side by side, because one connection is slower than the host, and a torn answer from where it
/// stopped, as long as each try brings something. Any thread may call.
/// </summary>
internal sealed class RangeReader(IBucket bucket)
{
    private const int SliceBytes = 4 << 20;
    private const int MaxSlicesAtOnce = 4;

    // A store that tears this many answers of one read is not going to deliver it.
    private const int MaxTornAnswers = 16;

    /// <summary>Fills the buffer; returns the bytes read, fewer only at the end of the object.</summary>
    public async ValueTask<int> ReadAsync(string key, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (buffer.Length == 0)
            return 0;
        if (buffer.Length <= SliceBytes)
            return await ReadSliceAsync(key, offset, buffer, cancellationToken);

        var read = new int[(buffer.Length + SliceBytes - 1) / SliceBytes];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = MaxSlicesAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, read.Length, parallel, async (i, token) =>
        {
            var start = i * SliceBytes;
            read[i] = await ReadSliceAsync(key, offset + start, buffer.Slice(start, Math.Min(SliceBytes, buffer.Length - start)), token);
        });
        return read.Sum();
    }

    private async ValueTask<int> ReadSliceAsync(string key, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var done = 0;
        for (var torn = 0; ; torn++)
        {
            try
            {
                return done + await bucket.GetRangeAsync(key, offset + done, buffer[done..], cancellationToken);
            }
            catch (ObjectStoreException e) when (e is { Fault: ObjectStoreFault.TornAnswer, BytesRead: > 0 } && torn < MaxTornAnswers)
            {
                done += e.BytesRead;
                ObjectStoreInstruments.Resumed.Add(1);
            }
        }
    }
}
