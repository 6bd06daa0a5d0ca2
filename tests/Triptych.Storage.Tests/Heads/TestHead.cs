using System.Buffers.Binary;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Storage.Catalog;
using Triptych.Storage.Heads;
using Triptych.Storage.Wal;

namespace Triptych.Storage.Tests.Heads;

/// <summary>The smallest head that can be wrong: a set of numbers for each tenant.</summary>
internal sealed class TestHead(Action? onReplay = null) : IHead
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TenantId, SortedSet<long>> _items = [];
    private int _count;

    public bool IsDisposed { get; private set; }

    public long SizeBytes => Volatile.Read(ref _count) * 8L;

    public bool IsEmpty => Volatile.Read(ref _count) == 0;

    public long MinTime => Items(TenantId.Default).DefaultIfEmpty(long.MaxValue).Min();

    public long MaxTime => Items(TenantId.Default).DefaultIfEmpty(long.MinValue).Max();

    public IReadOnlyList<TenantId> Tenants
    {
        get
        {
            lock (_gate)
                return [.. _items.Keys];
        }
    }

    public IReadOnlyList<long> Items(TenantId tenant)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(IsDisposed, this);
            return _items.TryGetValue(tenant, out var set) ? [.. set] : [];
        }
    }

    public bool Add(TenantId tenant, long item)
    {
        lock (_gate)
        {
            if (!_items.TryGetValue(tenant, out var set))
                _items[tenant] = set = [];
            if (!set.Add(item))
                return false;
            Interlocked.Increment(ref _count);
            return true;
        }
    }

    public void Replay(in WalRecord record)
    {
        onReplay?.Invoke();
        for (var rest = record.Payload; !rest.IsEmpty; rest = rest[8..])
            Add(record.Tenant, BinaryPrimitives.ReadInt64LittleEndian(rest));
    }

    public void Dispose()
    {
        lock (_gate)
            IsDisposed = true;
    }
}

/// <summary>Appends numbers that no head has yet; 13 is refused, 666 throws after it changed the head.</summary>
internal sealed class TestStep : IAppendStep<TestHead, long[]>
{
    /// <summary>Runs under the decision lock, before frozen heads are looked at.</summary>
    public Action? BeforeLooking { get; set; }

    public int EstimatePayloadBytes(long[] batch) => batch.Length * 8;

    public AppendOutcome Apply(in AppendScope<TestHead> scope, long[] batch)
    {
        BeforeLooking?.Invoke();
        long duplicates = 0;
        var times = RecordTimes.None;
        var refusals = new List<Refusal>();
        foreach (var item in batch)
        {
            if (item == 13)
            {
                refusals.Add(new Refusal("unlucky", 1, "13 is not taken"));
                continue;
            }

            if (IsFrozen(in scope, item) || !scope.Head.Add(scope.Tenant, item))
            {
                duplicates++;
                continue;
            }

            if (item == 666)
                throw new InvalidOperationException("a bug");
            scope.Payload.WriteFixed64((ulong)item);
            times = times.With(item);
        }

        return new AppendOutcome(batch.Length - refusals.Count, duplicates, refusals) { Times = times };
    }

    private static bool IsFrozen(in AppendScope<TestHead> scope, long item)
    {
        foreach (var generation in scope.Frozen)
        {
            if (generation.Head.Items(scope.Tenant).Contains(item))
                return true;
        }

        return false;
    }
}

/// <summary>Writes one block of 8-byte numbers for each tenant.</summary>
internal sealed class TestSignal : ISignalHeads<TestHead>
{
    /// <summary>Runs after the files are written.</summary>
    public Func<Task>? AfterWrite { get; set; }

    /// <summary>Runs for each record that is replayed.</summary>
    public Action? OnReplay { get; set; }

    public List<TestHead> Created { get; } = [];

    public TestHead Create(TestHead? previous)
    {
        var head = new TestHead(() => OnReplay?.Invoke());
        Created.Add(head);
        return head;
    }

    public async ValueTask<IReadOnlyList<BlockMeta>> WriteBlocksAsync(FrozenHead<TestHead> frozen, CancellationToken cancellationToken)
    {
        var blocks = new List<BlockMeta>();
        foreach (var tenant in frozen.Head.Tenants)
        {
            var items = frozen.Head.Items(tenant);
            var bytes = new byte[items.Count * 8];
            for (var i = 0; i < items.Count; i++)
                BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * 8), items[i]);
            var address = await frozen.NewBlockAsync(tenant, DateTimeOffset.UnixEpoch, cancellationToken);
            await frozen.Objects.PutAsync(address.ObjectKey, bytes, cancellationToken);
            blocks.Add(frozen.Describe(address, items[0], items[^1], items.Count, bytes.Length, default));
        }

        if (AfterWrite is { } after)
            await after();
        return blocks;
    }
}
