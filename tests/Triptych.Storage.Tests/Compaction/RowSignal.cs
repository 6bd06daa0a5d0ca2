using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Labels;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Storage.Deletion;
using Triptych.Storage.Heads;
using Triptych.Storage.ObjectStore;
using Triptych.Storage.Wal;

namespace Triptych.Storage.Tests.Compaction;

/// <summary>Rows of each tenant, each identity once, in the order in which they came.</summary>
internal sealed class RowHead : IHead
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TenantId, List<Row>> _rows = [];
    private readonly HashSet<(TenantId, long, long)> _identities = [];

    public long SizeBytes
    {
        get
        {
            lock (_gate)
                return _identities.Count * (long)Row.Size;
        }
    }

    public bool IsEmpty => SizeBytes == 0;

    public long MinTime => Rows(TenantId.Default).Select(static r => r.Time).DefaultIfEmpty(long.MaxValue).Min();

    public long MaxTime => Rows(TenantId.Default).Select(static r => r.Time).DefaultIfEmpty(long.MinValue).Max();

    public IReadOnlyList<TenantId> Tenants
    {
        get
        {
            lock (_gate)
                return [.. _rows.Keys];
        }
    }

    public IReadOnlyList<Row> Rows(TenantId tenant)
    {
        lock (_gate)
            return _rows.TryGetValue(tenant, out var rows) ? [.. rows] : [];
    }

    public bool Add(TenantId tenant, Row row)
    {
        lock (_gate)
        {
            if (!_identities.Add((tenant, row.Time, row.Key)))
                return false;
            if (!_rows.TryGetValue(tenant, out var rows))
                _rows[tenant] = rows = [];
            rows.Add(row);
            return true;
        }
    }

    public void Replay(in WalRecord record)
    {
        for (var rest = record.Payload; !rest.IsEmpty; rest = rest[Row.Size..])
            Add(record.Tenant, Row.Read(rest));
    }

    public void Dispose()
    {
    }
}

/// <summary>Appends rows; one that the head has already is a duplicate.</summary>
internal sealed class RowStep : IAppendStep<RowHead, IReadOnlyList<Row>>
{
    public int EstimatePayloadBytes(IReadOnlyList<Row> batch) => batch.Count * Row.Size;

    public AppendOutcome Apply(in AppendScope<RowHead> scope, IReadOnlyList<Row> batch)
    {
        long duplicates = 0;
        foreach (var row in batch)
        {
            if (!scope.Head.Add(scope.Tenant, row))
            {
                duplicates++;
                continue;
            }

            scope.Payload.WriteFixed64((ulong)row.Time);
            scope.Payload.WriteFixed64((ulong)row.Key);
            scope.Payload.WriteFixed64((ulong)row.Value);
        }

        return new AppendOutcome(batch.Count, duplicates, []);
    }
}

/// <summary>Heads and merges of rows. Also reads selectors: an app such as <c>a1</c>, or <c>*</c>.</summary>
internal sealed class RowSignal(Signal signal) : ISignalHeads<RowHead>, IBlockMerger, IDeletionSelectors
{
    /// <summary>Runs when a merge has read its inputs, before it writes.</summary>
    public Func<MergeJob, CancellationToken, Task>? BeforeWrite { get; set; }

    /// <summary>Runs when a merge has written its outputs, before they are committed.</summary>
    public Func<MergeJob, Task>? AfterWrite { get; set; }

    /// <summary>Runs before rows of a block are counted.</summary>
    public Func<Task>? BeforeCount { get; set; }

    /// <summary>How often rows of a block were counted.</summary>
    public int CountedBlocks { get; private set; }

    public Signal Signal => signal;

    public RowHead Create(RowHead? previous) => new();

    public async ValueTask<IReadOnlyList<BlockMeta>> WriteBlocksAsync(FrozenHead<RowHead> frozen, CancellationToken cancellationToken)
    {
        var blocks = new List<BlockMeta>();
        foreach (var tenant in frozen.Head.Tenants)
        {
            var rows = frozen.Head.Rows(tenant).OrderBy(static r => r.Time).ThenBy(static r => r.Key).ToList();
            var address = await frozen.NewBlockAsync(tenant, SignalTime.ToInstant(signal, rows[0].Time), cancellationToken);
            var bytes = Row.WriteBlock(rows);
            await frozen.Objects.PutAsync(address.ObjectKey, bytes, cancellationToken);
            blocks.Add(frozen.Describe(address, rows[0].Time, rows[^1].Time, rows.Count, bytes.Length, default));
        }

        return blocks;
    }

    public async ValueTask<IReadOnlyList<BlockMeta>> MergeAsync(MergeJob job, CancellationToken cancellationToken)
    {
        var rows = new SortedDictionary<(long, long), Row>();
        foreach (var input in job.Inputs)
        {
            foreach (var row in await ReadAsync(job.Objects, input, cancellationToken))
                rows.TryAdd(row.Identity, row);
        }

        if (BeforeWrite is { } before)
            await before(job, cancellationToken);
        var kept = rows.Values.Where(r => !job.Deletions.Any(r.IsVictim)).ToList();
        job.RowsDeleted = rows.Count - kept.Count;
        var most = (int)Math.Max(1, job.TargetBlockBytes / Row.Size);
        var outputs = new List<BlockMeta>();
        foreach (var part in kept.GroupBy(r => job.WindowOf(r.Time)).SelectMany(g => g.Chunk(most)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var address = await job.NewBlockAsync(SignalTime.ToInstant(signal, part[0].Time), cancellationToken);
            var bytes = Row.WriteBlock(part);
            await job.Objects.PutAsync(address.ObjectKey, bytes, cancellationToken);
            outputs.Add(job.Describe(address, part[0].Time, part[^1].Time, part.Length, bytes.Length, default));
        }

        if (AfterWrite is { } after)
            await after(job);
        return outputs;
    }

    public async ValueTask<bool> DeletesAnyAsync(MergeJob job, CancellationToken cancellationToken)
    {
        foreach (var input in job.Inputs)
        {
            if ((await ReadAsync(job.Objects, input, cancellationToken)).Any(row => job.Deletions.Any(row.IsVictim)))
                return true;
        }

        return false;
    }

    public async ValueTask CountAsync(MergeJob job, RowTally tally, CancellationToken cancellationToken)
    {
        CountedBlocks++;
        if (BeforeCount is { } before)
            await before();
        foreach (var row in await ReadAsync(job.Objects, job.Inputs.ShouldHaveSingleItem(), cancellationToken))
        {
            tally.AddToTotal(1);
            if (tally.RuleOf(row.Holds) is >= 0 and var rule)
                tally.Add(rule, row.Time);
        }
    }

    public RowSelection? Read(Signal ofSignal, string selector, out string? error)
    {
        error = selector.StartsWith('a') || selector == "*" ? null : $"{selector} is no app";
        if (error is not null)
            return null;
        return new RowSelection(selector == "*" ? [] : Row.Matchers(selector), Predicate: null);
    }

    public static async Task<List<Row>> ReadAsync(IObjectStore objects, BlockMeta block, CancellationToken cancellationToken)
    {
        var bytes = new byte[block.SizeBytes];
        var read = await objects.GetRangeAsync(block.ObjectKey, 0, bytes, cancellationToken);
        return Row.ReadBlock(block.ObjectKey, bytes.AsSpan(0, read));
    }
}
