using Triptych.Columnar.Parquet;
using Triptych.Metrics.Block;
using Triptych.Metrics.Head;
using Triptych.Metrics.Scan;
using Triptych.Model;
using Triptych.Model.Metrics;
using Triptych.Storage.Catalog;
using Triptych.Storage.Index;
using Triptych.Storage.ObjectStore;

namespace Triptych.Metrics.Import;

/// <summary>What an import wrote. The blocks are not in the catalog yet.</summary>
/// <param name="Blocks">Their entries for the catalog.</param>
/// <param name="Series">Series in them; one that is in several counts in each.</param>
/// <param name="Samples">Samples in them, read back and found equal.</param>
/// <param name="Exemplars">Exemplars in them.</param>
/// <param name="Dropped">Samples that were given and are deleted, or at the time of another.</param>
public sealed record ImportedBlocks(IReadOnlyList<BlockMeta> Blocks, long Series, long Samples, long Exemplars, long Dropped);

/// <summary>
/// Turns sorted series into blocks beside the write-ahead log, as if a merge had written them; for data that another system acknowledged. Such blocks are of
/// segment 0: of two samples at one time theirs stands. Each is read back and compared before it counts as written. What is written is the caller's to commit
/// or to discard. Memory: a row group, the time vectors, the exemplars, and one open block. One import at a time.
/// </summary>
/// <param name="catalog">Gives addresses.</param>
/// <param name="objects">Where blocks go.</param>
/// <param name="tenant">Whose data it becomes.</param>
/// <param name="windows">Windows that blocks lie in.</param>
/// <param name="targetBlockBytes">Blocks end at this size.</param>
public sealed class MetricImport(BlockCatalog catalog, IObjectStore objects, TenantId tenant, ImportWindows windows, long targetBlockBytes)
{
    private const long RowGroupBytes = 32L * 1024 * 1024;

    // Regular times take a bit each and eight bytes when the block is open.
    private const long MostTimeVectorBytes = 4L * 1024 * 1024;
    private const long MostExemplarBytes = 32L * 1024 * 1024;
    private const int ExemplarBytes = 96;
    private const int SeriesPerRead = 256;

    /// <summary>Writes all series, as far as they lie in a window.</summary>
    /// <param name="source">The series.</param>
    /// <param name="minTimeMs">First time to take; in the same window as the last.</param>
    /// <param name="maxTimeMs">Last time to take.</param>
    /// <param name="metadata">Goes with the first block; a block of no rows holds it where there is no other.</param>
    /// <param name="cancellationToken">Ends it; what was written is removed.</param>
    /// <exception cref="IOException">It cannot be written, or is not read back as it was written.</exception>
    public async Task<ImportedBlocks> WriteAsync(
        IImportSource source, long minTimeMs, long maxTimeMs, IReadOnlyList<MetadataEntry> metadata, CancellationToken cancellationToken)
    {
        List<MetadataEntry> entries = [.. metadata.Where(static m => MetadataLimits.TooLong(m) is null).Select(MetadataLimits.CutHelp)];
        var run = new Run(source, minTimeMs, maxTimeMs);
        var blocks = new List<BlockMeta>();
        var isWhole = false;
        try
        {
            for (var hasNext = run.MoveNext(); hasNext || (blocks.Count == 0 && entries.Count > 0); hasNext = run.HasSeries)
            {
                var day = DayOf(hasNext ? run.Series.Samples.TimestampsMs[0] : maxTimeMs);
                var address = await catalog.NewAddressAsync(tenant, Signal.Metrics, day, cancellationToken);
                blocks.Add(await WriteBlockAsync(run, address, blocks.Count == 0 ? entries : [], cancellationToken));
            }

            isWhole = true;
            return new ImportedBlocks(blocks, run.SeriesCount, run.SampleCount, run.ExemplarCount, run.Dropped);
        }
        finally
        {
            // What cannot be removed is noted as unfinished, and goes when the store is opened next.
            if (!isWhole) await DiscardAsync(blocks);
        }
    }

    /// <summary>Removes blocks that are not to be committed.</summary>
    public ValueTask DiscardAsync(IEnumerable<BlockMeta> blocks) =>
        objects.DeleteManyAsync([.. blocks.Select(static b => b.ObjectKey)], CancellationToken.None);

    private async Task<BlockMeta> WriteBlockAsync(Run run, BlockAddress address, List<MetadataEntry> metadata, CancellationToken cancellationToken)
    {
        using var written = new SampleDigest();
        var meta = new BlockMeta
        {
            Id = address.Id,
            Tenant = tenant,
            Signal = Signal.Metrics,
            MinTime = run.MaxTimeMs,
            MaxTime = run.MaxTimeMs,
            Rows = 0,
            SizeBytes = 0,
            ObjectKey = address.ObjectKey,
        };
        var size = await objects.PutAsync(
            address.ObjectKey,
            (stream, token) =>
            {
                using var writer = new MetricBlockWriter(stream, RowGroupBytes);
                Write(run, writer, written, metadata, token);
                if (writer.RowCount > 0) meta = meta with { MinTime = writer.MinTimeMs, MaxTime = writer.MaxTimeMs, Rows = writer.RowCount };
                return ValueTask.CompletedTask;
            },
            cancellationToken);
        meta = meta with { SizeBytes = size, Level = windows.LevelOf(meta.MinTime, meta.MaxTime) };
        try
        {
            await VerifyAsync(meta, written, cancellationToken);
            return meta;
        }
        catch
        {
            await DiscardAsync([meta]);
            throw;
        }
    }

    private void Write(Run run, MetricBlockWriter writer, SampleDigest written, List<MetadataEntry> metadata, CancellationToken cancellationToken)
    {
        var exemplars = new List<(long Row, long TimestampMs, double Value, byte[] Labels)>();
        var exemplarBytes = 0L;
        while (run.HasSeries && (writer.RowCount == 0 || HasRoom()))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var (timestampMs, value, labels) in run.Series.Exemplars)
            {
                exemplars.Add((writer.RowCount, timestampMs, value, labels));
                exemplarBytes += labels.Length + ExemplarBytes;
            }

            writer.Add(run.Series.Labels, run.Series.Samples);
            written.Add(run.Series.Labels, run.Series.Samples);
            run.MoveNext();
        }

        exemplars.Sort(static (a, b) => a.TimestampMs != b.TimestampMs ? a.TimestampMs.CompareTo(b.TimestampMs) : a.Row.CompareTo(b.Row));
        writer.Finish(metadata, exemplars);

        bool HasRoom() => writer.SizeBytes < targetBlockBytes && writer.TimeVectorBytes < MostTimeVectorBytes && exemplarBytes < MostExemplarBytes;
    }

    /// <summary>Reads a block as queries do, and compares every bit.</summary>
    private async Task VerifyAsync(BlockMeta meta, SampleDigest written, CancellationToken cancellationToken)
    {
        using var found = new SampleDigest();
        try
        {
            var block = await MetricBlock.OpenAsync(objects, meta, cancellationToken);
            var buffer = new SampleBuffer();
            var key = new LabelKey();
            for (var start = 0; start < block.Index.Count; start += SeriesPerRead)
            {
                int[] series = [.. Enumerable.Range(start, Math.Min(SeriesPerRead, block.Index.Count - start))];
                using var values = await block.ReadAsync(series, withStarts: true, cancellationToken);
                for (var i = 0; i < series.Length; i++)
                {
                    buffer.Clear();
                    values.Read(series[i], i, buffer);
                    found.Add(block.Index.KeyOf(series[i], key), buffer);
                }
            }
        }
        catch (CorruptFileException e)
        {
            throw new IOException($"{meta.ObjectKey} cannot be read back: {e.Message}", e);
        }

        if (found.Series != written.Series || found.Samples != written.Samples || found.Value != written.Value)
        {
            throw new IOException(
                $"{meta.ObjectKey} is not read back as it was written: {found.Samples} samples of {found.Series} series, written {written.Samples} of {written.Series}");
        }
    }

    private static DateTimeOffset DayOf(long timeMs) => SignalTime.ToInstant(Signal.Metrics, Math.Max(0, timeMs));

    /// <summary>Goes through the series that have samples in the range.</summary>
    private sealed class Run(IImportSource source, long minTimeMs, long maxTimeMs)
    {
        public ImportedSeries Series { get; } = new();

        public bool HasSeries { get; private set; }

        public long MaxTimeMs => maxTimeMs;

        public long SeriesCount { get; private set; }

        public long SampleCount { get; private set; }

        public long ExemplarCount { get; private set; }

        public long Dropped { get; private set; }

        public bool MoveNext()
        {
            while (source.TryRead(Series))
            {
                Series.Settle(minTimeMs, maxTimeMs);
                Dropped += Series.Dropped;
                if (Series.Samples.Count == 0) continue;
                SeriesCount++;
                SampleCount += Series.Samples.Count;
                ExemplarCount += Series.Exemplars.Count;
                return HasSeries = true;
            }

            return HasSeries = false;
        }
    }
}
