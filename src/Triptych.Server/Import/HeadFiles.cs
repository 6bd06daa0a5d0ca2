using Triptych.Ingest.PrometheusTsdb;

namespace Triptych.Server.Import;

/// <summary>The files in which the head of Prometheus is: read through as often as need be, always in the same order.</summary>
/// <param name="directory">The data directory.</param>
/// <param name="onDamage">Told of what cannot be read, each time.</param>
internal sealed class HeadFiles(TsdbDirectory directory, Action<TsdbDamage> onDamage)
{
    private const int RecordsPerReport = 256;
    private readonly WalRecordDecoder _decoder = new();

    /// <summary>Bytes of the logs.</summary>
    public long LogBytes { get; } = directory.WalFiles.Concat(directory.OutOfOrderFiles).Sum(static f => new FileInfo(f).Length);

    /// <summary>Whether something of the logs could not be read; then the files of chunks may have it.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>Names and lengths of the files: another head has others.</summary>
    public string Description =>
        string.Join('|', directory.WalFiles.Concat(directory.OutOfOrderFiles).Select(static f => $"{Path.GetFileName(f)}:{new FileInfo(f).Length}"));

    /// <summary>Reads everything.</summary>
    /// <param name="into">Takes it.</param>
    /// <param name="withChunks">Whether to read the files of chunks, behind the logs.</param>
    /// <param name="onRead">Told how many more bytes of the logs are read.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public void Read(IHeadRecords into, bool withChunks, Action<long> onRead, CancellationToken cancellationToken)
    {
        into.IsOutOfOrder = false;
        foreach (var file in directory.WalFiles) ReadLog(file, into, onRead, cancellationToken);
        into.IsOutOfOrder = true;
        foreach (var file in directory.OutOfOrderFiles) ReadLog(file, into, onRead, cancellationToken);
        if (!withChunks) return;
        var samples = new ChunkSamples(into);
        foreach (var file in directory.HeadChunkFiles)
        {
            cancellationToken.ThrowIfCancellationRequested();
            HeadChunks.Read(file, samples.Of, onDamage);
        }
    }

    private void ReadLog(string path, IHeadRecords into, Action<long> onRead, CancellationToken cancellationToken)
    {
        try
        {
            using var reader = new WalReader(path, Damaged);
            var reported = 0L;
            for (var records = 1; reader.TryRead(out var record); records++)
            {
                if (_decoder.Decode(record, into) is { } problem) Damaged(new TsdbDamage(path, reader.RecordOffset, problem));
                if (records % RecordsPerReport != 0) continue;
                cancellationToken.ThrowIfCancellationRequested();
                onRead(reader.Position - reported);
                reported = reader.Position;
            }

            onRead(reader.Position - reported);
        }
        catch (TsdbDamageException e)
        {
            Damaged(e.Damage);
        }
    }

    private void Damaged(TsdbDamage damage)
    {
        IsDamaged = true;
        onDamage(damage);
    }

    private sealed class ChunkSamples(IHeadRecords into) : ITsdbSamples
    {
        private ulong _series;

        public ITsdbSamples Of(ulong series, bool isOutOfOrder)
        {
            (_series, into.IsOutOfOrder) = (series, isOutOfOrder);
            return this;
        }

        public void Add(long timestampMs, double value) => into.Sample(_series, timestampMs, value);

        public void Add(long timestampMs, Model.Metrics.FloatHistogram histogram) => into.Sample(_series, timestampMs, histogram);
    }
}

/// <summary>Takes what the head's files say.</summary>
internal interface IHeadRecords : IWalRecords
{
    /// <summary>Whether what comes next is from the log of samples out of order.</summary>
    bool IsOutOfOrder { get; set; }
}
