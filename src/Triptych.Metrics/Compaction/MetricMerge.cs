using Triptych.Columnar.Rows;
using Triptych.Metrics.Block;
using Triptych.Model.Metrics;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;

namespace Triptych.Metrics.Compaction;

/// <summary>One merge, see <see cref="MetricBlockMerger"/>. One thread at a time; the owner disposes it.</summary>
internal sealed class MetricMerge : IDisposable
{
    private const int ExemplarBytes = 96;

    private readonly MergeJob _job;
    private readonly MemoryBudget _budget;
    private readonly List<MetricMergeInput> _inputs = [];
    private readonly List<BlockMeta> _blocks = [];
    private IReadOnlyList<MetadataEntry> _metadata = [];

    private MetricMerge(MergeJob job)
    {
        _job = job;
        _budget = job.Memory;
        if (job.Deletions.Any(d => d.Predicate is not null)) throw new ArgumentException("Samples have no condition to be deleted by.", nameof(job));
    }

    /// <summary>Reads what is kept in memory of the inputs.</summary>
    public static async ValueTask<MetricMerge> OpenAsync(MergeJob job, CancellationToken cancellationToken)
    {
        var merge = new MetricMerge(job);
        try
        {
            for (var i = 0; i < job.Inputs.Count; i++) merge._inputs.Add(await MetricMergeInput.OpenAsync(i, job, cancellationToken));

            // The newest first, as a look-up over the inputs tells them.
            merge._metadata = [.. merge._inputs.AsEnumerable().Reverse().SelectMany(i => i.Metadata).Distinct()];
            return merge;
        }
        catch
        {
            merge.Dispose();
            throw;
        }
    }

    /// <summary>Writes all outputs.</summary>
    public async ValueTask<IReadOnlyList<BlockMeta>> RunAsync(CancellationToken cancellationToken)
    {
        var windows = new SortedSet<long>();
        foreach (var input in _inputs) input.AddWindows(_job, windows);
        foreach (var range in windows.Reverse().SelectMany(w => SampleRanges.Of(_job, _inputs, w)))
        {
            using var pass = new MetricMergePass(_job, _inputs, range);
            await pass.BeginAsync(cancellationToken);
            for (var hasNext = await pass.NextAsync(cancellationToken); hasNext;) hasNext = await WriteBlockAsync(pass, cancellationToken);
        }

        if (_blocks.Count == 0 && _metadata.Count > 0) await WriteMetadataAsync(cancellationToken);
        return _blocks;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var input in _inputs) input.Dispose();
    }

    /// <summary>Writes a block of the series at hand and those that follow; whether there are more for another.</summary>
    private async ValueTask<bool> WriteBlockAsync(MetricMergePass pass, CancellationToken cancellationToken)
    {
        var address = await _job.NewBlockAsync(DayOf(pass.Samples.TimestampsMs[0]), cancellationToken);
        var (minTimeMs, maxTimeMs, rows, hasNext) = (0L, 0L, 0L, true);
        var size = await _job.Objects.PutAsync(
            address.ObjectKey,
            async (stream, token) =>
            {
                using var charge = new ScanCharge(_budget);
                using var writer = new MetricBlockWriter(stream, _budget.Limit / 8, _inputs.Exists(static i => i.HasStarts));
                var exemplars = new List<(long Row, long TimestampMs, double Value, byte[] Labels)>();
                var exemplarBytes = 0L;
                var mostBytes = _budget.Limit / 8;
                while (hasNext && (writer.RowCount == 0
                    || (writer.SizeBytes < _job.TargetBlockBytes && writer.TimeVectorBytes < mostBytes && exemplarBytes < mostBytes)))
                {
                    foreach (var exemplar in pass.Exemplars)
                    {
                        exemplars.Add((writer.RowCount, exemplar.TimestampMs, exemplar.Value, exemplar.Labels));
                        exemplarBytes += exemplar.Labels.Length + ExemplarBytes;
                    }

                    writer.Add(pass.Series, pass.Samples);
                    charge.Set(writer.BufferedBytes + exemplarBytes);
                    hasNext = await pass.NextAsync(token);
                }

                exemplars.Sort(static (a, b) => a.TimestampMs != b.TimestampMs ? a.TimestampMs.CompareTo(b.TimestampMs) : a.Row.CompareTo(b.Row));
                writer.Finish(_blocks.Count == 0 ? _metadata : [], exemplars);
                (minTimeMs, maxTimeMs, rows) = (writer.MinTimeMs, writer.MaxTimeMs, writer.RowCount);
            },
            cancellationToken);
        _blocks.Add(_job.Describe(address, minTimeMs, maxTimeMs, rows, size, default));
        return hasNext;
    }

    /// <summary>Writes a block of no rows, for what senders said about metrics stays.</summary>
    private async ValueTask WriteMetadataAsync(CancellationToken cancellationToken)
    {
        var (minTimeMs, maxTimeMs) = (_job.Inputs[^1].MinTime, _job.Inputs[^1].MaxTime);
        if (_job.WindowOf(minTimeMs) != _job.WindowOf(maxTimeMs)) minTimeMs = maxTimeMs;
        var address = await _job.NewBlockAsync(DayOf(maxTimeMs), cancellationToken);
        var size = await _job.Objects.PutAsync(
            address.ObjectKey,
            (stream, _) =>
            {
                using var writer = new MetricBlockWriter(stream);
                writer.Finish(_metadata, []);
                return ValueTask.CompletedTask;
            },
            cancellationToken);
        _blocks.Add(_job.Describe(address, minTimeMs, maxTimeMs, 0, size, default));
    }

    private static DateTimeOffset DayOf(long timeMs) => DateTimeOffset.FromUnixTimeMilliseconds(Math.Max(0, timeMs));
}
