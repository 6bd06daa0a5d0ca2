using System.Globalization;
using System.Text;
using Triptych.Ingest.PrometheusTsdb;
using Triptych.Metrics.Import;
using Triptych.Model;
using Triptych.Primitives.Checksums;
using Triptych.Storage.Catalog;

namespace Triptych.Server.Import;

/// <summary>
/// <c>triptych import prometheus</c>: 1 blocks, oldest first, each window by window; 2 the head, in parts of its series. What is written is
/// read back, then committed together with a note of what it is, so that the next run leaves it out: a block's window,
/// or the head as a whole. Damage costs what it is in.
/// </summary>
internal sealed class PrometheusImport(TsdbDirectory source, ImportTarget target, ImportScope scope, TenantId tenant, ImportOptions options)
{
    private readonly MetricImport _import = new(target.Catalog, target.Objects, tenant, options.Windows, options.TargetBlockBytes);
    private HashSet<string> _done = [];

    /// <summary>What happened.</summary>
    public ImportReport Report { get; } = new();

    /// <summary>Sizes of the parts that progress is told of: the blocks, then the head.</summary>
    public IReadOnlyList<long> PartBytes => [.. source.Blocks.Select(static b => b.SizeBytes), 2 * new HeadFiles(source, Report.Damaged).LogBytes];

    /// <summary>Imports everything.</summary>
    public async Task RunAsync(ImportProgress progress, CancellationToken cancellationToken)
    {
        if (!options.Again) _done = await target.ListDoneAsync(cancellationToken);
        foreach (var damage in source.Damage) Report.Damaged(damage);
        foreach (var block in source.Blocks)
        {
            var damageBefore = Report.DamageCount;
            try
            {
                if (block.MinTimeMs <= scope.MaxTimeMs && block.MaxTimeMs >= scope.MinTimeMs) await ImportAsync(block, progress, cancellationToken);
            }
            catch (TsdbDamageException e)
            {
                Report.Damaged(e.Damage);
            }

            if (Report.DamageCount > damageBefore) Report.Note(NameOf(block), "damaged, see below; what could be read of it is imported");
            progress.PartDone();
        }

        await ImportHeadAsync(progress, cancellationToken);
        progress.PartDone();
    }

    private static string NameOf(BlockDescription block) =>
        string.Create(CultureInfo.InvariantCulture, $"block {block.Ulid} ({SignalTime.ToInstant(Signal.Metrics, block.MinTimeMs):u} to {SignalTime.ToInstant(Signal.Metrics, block.MaxTimeMs):u})");

    private async Task ImportAsync(BlockDescription block, ImportProgress progress, CancellationToken cancellationToken)
    {
        var damageBefore = Report.DamageCount;
        using var blockSource = BlockSource.Open(block, scope, Report.Damaged);
        var (counts, left) = (default(SourceCounts), 0);
        foreach (var window in blockSource.FindWindows(options.Windows, cancellationToken))
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"{tenant}/{block.Ulid}/{scope.Fingerprint}/{window}");
            if (_done.Contains(key))
            {
                left++;
                continue;
            }

            var (min, max) = options.Windows.Range(window);
            (min, max) = (Math.Max(min, scope.MinTimeMs), Math.Min(max, scope.MaxTimeMs));
            var series = blockSource.Read(min, max, () => progress.At(blockSource.ReadBytes));
            var written = await _import.WriteAsync(series, min, max, [], cancellationToken);

            // A damaged block may be mended and imported again; what is there already is not doubled then.
            await target.CommitAsync(written.Blocks, Report.DamageCount == damageBefore ? key : null, tenant);
            counts = counts.And(written);
        }

        if (left == 0 || counts.Blocks > 0) Report.Done(NameOf(block), counts);
        if (left > 0) Report.Note(NameOf(block), $"{left} windows of time were imported before");
        var isComparable = scope.IsEverything && left == 0 && Report.DamageCount == damageBefore && !blockSource.HasTombstones && block.Samples > 0;
        if (isComparable && counts.Samples + counts.Dropped != block.Samples)
        {
            Report.Damaged(new TsdbDamage(
                Path.Combine(block.Directory, "meta.json"), 0, $"it tells of {block.Samples} samples, and there are {counts.Samples + counts.Dropped}"));
        }
    }

    private async Task ImportHeadAsync(ImportProgress progress, CancellationToken cancellationToken)
    {
        const string Name = "head";
        var files = new HeadFiles(source, Report.Damaged);
        if (source.WalFiles.Count + source.OutOfOrderFiles.Count == 0) return;
        var description = files.Description;
        var key = $"{tenant}/head/{scope.Fingerprint}/{XxHash64.Compute(Encoding.UTF8.GetBytes($"{source.Path}|{description}")):x16}";
        if (_done.Contains(key))
        {
            Report.Note(Name, "was imported before");
            return;
        }

        // As Prometheus does when it starts: what blocks hold is not taken from the log again, for it may since have been
        // deleted from them. But of blocks that are damaged the log may have something.
        var isWhole = Report.DamageCount == 0;
        var inOrder = source.Blocks.Where(static b => !b.IsFromOutOfOrder).Select(static b => b.MaxTimeMs);
        var blocksEnd = isWhole ? inOrder.DefaultIfEmpty(long.MinValue).Max() : long.MinValue;
        var read = 0L;
        var survey = new HeadSurvey(scope, blocksEnd);
        files.Read(survey, withChunks: false, bytes => progress.At(read += bytes), cancellationToken);
        var withChunks = files.IsDamaged;
        if (withChunks)
        {
            // What the log lost may be in the files of chunks; so all is counted again with them.
            survey = new HeadSurvey(scope, blocksEnd);
            files.Read(survey, withChunks, static _ => { }, cancellationToken);
        }

        survey.Complete();
        if (survey.Nameless > 0) Report.Note(Name, $"{ImportReport.Number(survey.Nameless)} samples are of series that the log does not tell, as damage or an old checkpoint leaves them");
        var parts = HeadPart.Divide(survey, survey.Sorted(), options.HeadBytes);
        var counts = default(SourceCounts);
        var blocks = new List<BlockMeta>();
        var isCommitted = false;
        try
        {
            foreach (var part in parts)
            {
                var head = HeadPart.Read(survey, part, r => files.Read(r, withChunks, bytes => progress.At(read += bytes / parts.Count), cancellationToken));
                var expected = 0L;
                foreach (var number in part.Span) expected += survey.SamplesOf(number);
                if (head.SampleCount != expected) throw new IOException($"{source.Path} changed while it was read: a Prometheus seems to run on it");
                foreach (var window in head.FindWindows(options.Windows))
                {
                    var (min, max) = options.Windows.Range(window);
                    var metadata = blocks.Count == 0 ? survey.MetricMetadata : [];
                    var written = await _import.WriteAsync(head.Read(min, max), min, max, [.. metadata], cancellationToken);
                    blocks.AddRange(written.Blocks);
                    counts = counts.And(written);
                }
            }

            if (files.Description != description) throw new IOException($"{source.Path} changed while it was read: a Prometheus seems to run on it");
            if (blocks.Count == 0 && survey.MetricMetadata.Count > 0) blocks.AddRange((await WriteMetadataAsync(survey, cancellationToken)).Blocks);
            await target.CommitAsync(blocks, isWhole && !files.IsDamaged ? key : null, tenant);
            isCommitted = true;
        }
        finally
        {
            if (!isCommitted) await _import.DiscardAsync(blocks);
        }

        Report.Done(Name, counts);
    }

    /// <summary>Prometheus may have said something about metrics whose samples are all in blocks.</summary>
    private Task<ImportedBlocks> WriteMetadataAsync(HeadSurvey survey, CancellationToken cancellationToken)
    {
        var time = source.Blocks.Count == 0 ? 0 : source.Blocks.Max(static b => b.MaxTimeMs) - 1;
        return _import.WriteAsync(new NoSeries(), time, time, [.. survey.MetricMetadata], cancellationToken);
    }

    private sealed class NoSeries : IImportSource
    {
        public bool TryRead(ImportedSeries series) => false;
    }
}

/// <summary>How to import.</summary>
/// <param name="Windows">Windows that blocks lie in.</param>
/// <param name="TargetBlockBytes">Blocks end at this size.</param>
/// <param name="HeadBytes">Memory for samples of the head: the less, the more often its log is read.</param>
/// <param name="Again">Whether to import what was imported before.</param>
internal sealed record ImportOptions(ImportWindows Windows, long TargetBlockBytes, long HeadBytes, bool Again);
