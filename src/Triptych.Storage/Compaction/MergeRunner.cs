using Triptych.Columnar.Parquet;
using Triptych.Model;
using Triptych.Primitives.Memory;
using Triptych.Storage.Blocks;
using Triptych.Storage.Catalog;
using Triptych.Storage.Deletion;
using Triptych.Storage.Heads;
using Triptych.Storage.Instruments;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;

namespace Triptych.Storage.Compaction;

/// <summary>
/// Does one merge: 1. memory is reserved; 2. the signal's merger writes the outputs; 3. one transaction puts them in the place of the inputs, with their
/// marks and the progress of the deletion they are for. Whatever fails before 3, and a refused 3, removes what was written; a 3 whose outcome is unknown
/// is repeated as it is. A block in which nothing matches what is to be deleted only gets its mark. A corrupt input is set aside, but not one that is
/// right and too much for one read. What does not fit into its memory is planned again with fewer inputs; what has no more than two begins again with
/// more memory, as soon as there is so much. Any thread may call; merges of one tenant and signal come one after another.
/// </summary>
internal sealed class MergeRunner(
    StorageServices services,
    IReadOnlyDictionary<Signal, IBlockMerger> mergers,
    CompactionOptions options,
    MergeLimits limits,
    MergeMemory memory,
    BlockMarks marks,
    BlockQuarantine quarantine,
    DeletionLedger deletions,
    Func<long> freeBytes,
    IUpkeepEvents events)
{
    // Beside a merge there has to be room for what is appended meanwhile.
    private const long ReserveBytes = 64L * 1024 * 1024;
    private readonly Lock _gate = new();
    private readonly HashSet<string> _strays = new(StringComparer.Ordinal);
    private readonly Dictionary<Guid, Retry> _retries = [];

    /// <summary>Blocks whose last merge failed and is not yet due again.</summary>
    public IReadOnlySet<Guid> Waiting()
    {
        var now = services.Time.GetUtcNow();
        lock (_gate)
            return _retries.Where(r => r.Value.NotBefore > now).Select(static r => r.Key).ToHashSet();
    }

    /// <summary>Whether this signal's blocks can be merged.</summary>
    public bool CanMerge(Signal signal) => mergers.ContainsKey(signal);

    public async Task<MergeOutcome> RunAsync(MergeWork work, CancellationToken cancellationToken)
    {
        var plan = work.Plan;
        var tag = StorageInstruments.Tag(plan.Signal);
        UpkeepInstruments.Running.Add(1, tag);
        try
        {
            for (var bytes = memory.FirstBytes; ;)
            {
                try
                {
                    using var reservation = await memory.ReserveAsync(bytes, cancellationToken);
                    return await RunAsync(work, reservation.Budget, tag, cancellationToken);
                }
                catch (MemoryBudgetExceededException e) when (!MergeLimits.CanLower(plan) && memory.More(bytes, e) is { } more)
                {
                    events.MergeNeedsMemory(plan, more, e);
                    bytes = more;
                }
            }
        }
        catch (CorruptFileException e) when (e is not UnsupportedFileException { IsTooMuch: true } && Find(plan, e.FileName) is { } input)
        {
            await quarantine.AddAsync(input, e.Offset, e.Problem, cancellationToken);
            return MergeOutcome.Quarantined;
        }
        catch (ObjectNotFoundException e) when (Find(plan, e.Key) is { } input)
        {
            await quarantine.AddAsync(input, 0, ObjectInput.Missing, cancellationToken);
            return MergeOutcome.Quarantined;
        }
        catch (MemoryBudgetExceededException e)
        {
            UpkeepInstruments.Failures.Add(1, tag);
            if (limits.Lower(plan) is { } mostBlocks)
            {
                events.MergeTooLarge(plan, mostBlocks, e);
                return MergeOutcome.TooLarge;
            }

            events.MergeFailed(plan, e, Delay([MergeLimits.Heaviest(plan)]));
            return MergeOutcome.Failed;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            UpkeepInstruments.Failures.Add(1, tag);
            events.MergeFailed(plan, e, Delay(plan.Inputs));
            return MergeOutcome.Failed;
        }
        finally
        {
            UpkeepInstruments.Running.Add(-1, tag);
        }
    }

    private async Task<MergeOutcome> RunAsync(
        MergeWork work, MemoryBudget budget, KeyValuePair<string, object?> tag, CancellationToken cancellationToken)
    {
        var plan = work.Plan;
        var start = services.Time.GetTimestamp();
        var job = new MergeJob(services.Catalog, services.Objects)
        {
            Tenant = plan.Tenant,
            Signal = plan.Signal,
            Inputs = plan.Inputs,
            Level = plan.Level,
            Window = plan.Window,
            TargetBlockBytes = options.TargetBlockBytes,
            Deletions = work.Deletions,
            Sampling = work.Sampling is { } sampling ? new MergeSampling(sampling.Through) : null,
            Memory = budget,
        };
        if (work.IsForDeletionsOnly && !await mergers[plan.Signal].DeletesAnyAsync(job, cancellationToken))
        {
            if (plan.Reason == MergeReason.Sampling && job.Sampling is { IsDone: false } put)
            {
                // Without its mark the block would be due again at once.
                events.SamplingPutOff(plan, put.PutOff ?? "the merger did not sample", Delay(plan.Inputs));
                return MergeOutcome.Failed;
            }

            job.RowsDeleted = 0;
            if (!await MarkAsync(work, job, cancellationToken))
                return Refused(work);
            job.Sampling?.Committed?.Invoke();
            UpkeepInstruments.SparedBlocks.Add(1, tag);
            events.BlockSpared(plan);
            return MergeOutcome.Done;
        }

        CheckRoom(plan);
        job.RowsDeleted = 0;
        var outputs = await WriteAsync(job, cancellationToken);
        if (!await CommitAsync(work, job, outputs, cancellationToken))
            return Refused(work);
        job.Sampling?.Committed?.Invoke();
        Report(work, job, outputs, services.Time.GetElapsedTime(start), tag);
        return MergeOutcome.Done;
    }

    /// <summary>
    /// Somebody else was first, or the deletion was called off. Where neither shows here, the same merge would come again at once: so it waits as one
    /// that failed.
    /// </summary>
    private MergeOutcome Refused(MergeWork work)
    {
        var plan = work.Plan;
        var isCalledOff = work.DeletionId is { } id && deletions.Find(id) is not { State: DeletionState.Pending };
        var live = services.Catalog.Current.Blocks(plan.Tenant, plan.Signal).Select(static b => b.Id).ToHashSet();
        if (isCalledOff || !plan.Inputs.All(b => live.Contains(b.Id)))
            return MergeOutcome.Refused;
        UpkeepInstruments.Failures.Add(1, StorageInstruments.Tag(plan.Signal));
        events.MergeFailed(
            plan, new MetastoreException("The stored catalog does not have the inputs, but this server's does: has another one changed it?"), Delay(plan.Inputs));
        return MergeOutcome.Failed;
    }

    /// <summary>Tries again to remove what earlier tries left behind. What is still there at a stop goes at the next start.</summary>
    public async Task RemoveStraysAsync(CancellationToken cancellationToken)
    {
        List<string> strays;
        lock (_gate)
            strays = [.. _strays];
        if (strays.Count == 0)
            return;
        var left = await services.Catalog.RemoveUnlistedAsync(strays, events.UpkeepFailed, cancellationToken);
        lock (_gate)
            _strays.ExceptWith(strays.Except(left, StringComparer.Ordinal));
    }

    /// <summary>Forgets failures of blocks that are not there any more.</summary>
    public void Forget(CatalogVersion catalog)
    {
        lock (_gate)
        {
            if (_retries.Count == 0)
                return;
            var live = catalog.All.Select(static b => b.Id).ToHashSet();
            foreach (var gone in _retries.Keys.Where(b => !live.Contains(b)).ToList())
                _retries.Remove(gone);
        }
    }

    private static BlockMeta? Find(PlannedMerge plan, string objectKey) => plan.Inputs.FirstOrDefault(b => b.ObjectKey == objectKey);

    private void CheckRoom(PlannedMerge plan)
    {
        var needed = plan.InputBytes + ReserveBytes;
        var free = freeBytes();
        if (free >= needed)
            return;
        events.NoRoomToMerge(needed, free);
        throw new IOException($"The disk has not the room for a merge: it needs {needed} bytes and {free} are free.");
    }

    /// <summary>Runs the merger; removes what it wrote and does not return.</summary>
    private async Task<IReadOnlyList<BlockMeta>> WriteAsync(MergeJob job, CancellationToken cancellationToken)
    {
        IReadOnlyList<BlockMeta> outputs = [];
        try
        {
            outputs = await mergers[job.Signal].MergeAsync(job, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            return outputs;
        }
        catch
        {
            outputs = [];
            throw;
        }
        finally
        {
            await RemoveAsync(job.Keys.Except(outputs.Select(static b => b.ObjectKey), StringComparer.Ordinal), cancellationToken);
        }
    }

    /// <summary>Puts outputs in the place of the inputs. False when the change was refused; the outputs are gone then.</summary>
    private async Task<bool> CommitAsync(MergeWork work, MergeJob job, IReadOnlyList<BlockMeta> outputs, CancellationToken cancellationToken)
    {
        var change = new MetastoreChange { Add = outputs, Remove = [.. job.Inputs.Select(static b => b.Id)] };
        var isMade = await CommitAsync(work, job, change, outputs, cancellationToken);
        if (!isMade)
            await RemoveAsync(outputs.Select(static b => b.ObjectKey), cancellationToken);
        return isMade;
    }

    /// <summary>Says of the inputs, which stay as they are, what has been done to them. False when a deletion was called off.</summary>
    private Task<bool> MarkAsync(MergeWork work, MergeJob job, CancellationToken cancellationToken) =>
        CommitAsync(work, job, new MetastoreChange(), job.Inputs, cancellationToken);

    private async Task<bool> CommitAsync(
        MergeWork work, MergeJob job, MetastoreChange blocks, IReadOnlyList<BlockMeta> done, CancellationToken cancellationToken)
    {
        var marked = done.Select(b => (b.Id, Marks: work.AllMarksOf(job, b))).Where(static m => m.Marks.Count > 0).ToList();
        var change = blocks with { Values = [.. marked.Select(static m => BlockMarks.ToValue(m.Id, m.Marks))] };
        try
        {
            if (work.DeletionId is not null)
                return await deletions.ChangeAsync(work.DeletionId, async current => await ProgressAsync(current), cancellationToken);
            await CommitAsync(change, marked, cancellationToken);
            return true;
        }
        catch (CatalogConflictException)
        {
            return false;
        }

        async Task<DeletionRequest?> ProgressAsync(DeletionRequest? current)
        {
            // Called off while the merge ran.
            if (current is not { State: DeletionState.Pending })
                return null;
            var next = current with { BlocksDone = current.BlocksDone + 1, RowsDeleted = current.RowsDeleted + job.RowsDeleted };
            await CommitAsync(change with { Values = [.. change.Values, next.ToValue()] }, marked, cancellationToken);
            return next;
        }
    }

    private async Task CommitAsync(MetastoreChange change, List<(Guid Id, IReadOnlyList<long> Marks)> marked, CancellationToken cancellationToken)
    {
        var delay = options.MinRetryDelay;
        await services.Catalog.CommitUntilKnownAsync(
            change,
            e =>
            {
                events.CommitRepeated(e);
                var now = delay;
                delay = delay * 2 > options.MaxRetryDelay ? options.MaxRetryDelay : delay * 2;
                return now;
            },
            cancellationToken);
        foreach (var (block, ofBlock) in marked)
            marks.Set(block, ofBlock);
    }

    private void Report(MergeWork work, MergeJob job, IReadOnlyList<BlockMeta> outputs, TimeSpan duration, KeyValuePair<string, object?> tag)
    {
        var written = outputs.Sum(static b => b.SizeBytes);
        UpkeepInstruments.Merge.Record(duration.TotalSeconds, tag);
        UpkeepInstruments.MergedBlocks.Add(job.Inputs.Count, tag);
        UpkeepInstruments.ReadBytes.Add(work.Plan.InputBytes, tag);
        UpkeepInstruments.WrittenBytes.Add(written, tag);
        UpkeepInstruments.DeletedRows.Add(job.RowsDeleted, tag);
        events.Merged(work.Plan, outputs.Count, written, job.RowsDeleted, duration);
        lock (_gate)
        {
            foreach (var input in job.Inputs)
                _retries.Remove(input.Id);
        }
    }

    private TimeSpan Delay(IReadOnlyList<BlockMeta> blocks)
    {
        lock (_gate)
        {
            var last = blocks.Max(b => _retries.TryGetValue(b.Id, out var retry) ? retry.Delay : TimeSpan.Zero);
            var delay = last == TimeSpan.Zero ? options.MinRetryDelay : last * 2 > options.MaxRetryDelay ? options.MaxRetryDelay : last * 2;
            foreach (var block in blocks)
                _retries[block.Id] = new Retry(services.Time.GetUtcNow() + delay, delay);
            return delay;
        }
    }

    private async Task RemoveAsync(IEnumerable<string> keys, CancellationToken cancellationToken)
    {
        var left = await services.Catalog.RemoveUnlistedAsync(keys, events.UpkeepFailed, cancellationToken);
        lock (_gate)
            _strays.UnionWith(left);
    }

    private readonly record struct Retry(DateTimeOffset NotBefore, TimeSpan Delay);
}
