using Triptych.Model;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;

namespace Triptych.Storage.Tests.Compaction;

/// <summary>A catalog whose blocks are lists of rows: flushes, does what the planner says, and knows what is right.</summary>
internal sealed class PlannerSimulation(Signal signal, CompactionOptions options)
{
    private readonly Dictionary<Guid, (BlockMeta Meta, List<Row> Rows)> _blocks = [];
    private readonly Dictionary<(long, long), Row> _first = [];
    private readonly CompactionPlanner _planner = new(signal, options);
    private long _segment;

    /// <summary>Bytes that flushes and merges wrote.</summary>
    public long BytesFlushed { get; private set; }

    public long BytesMerged { get; private set; }

    public List<PlannedMerge> Merges { get; } = [];

    public IReadOnlyList<BlockMeta> Blocks => [.. _blocks.Values.Select(static b => b.Meta).OrderBy(static b => b.MinTime).ThenBy(static b => b.Id)];

    public HashSet<Guid> Barred { get; } = [];

    /// <summary>Makes bytes of outputs differ from those of inputs.</summary>
    public Func<int, long> SizeOf { get; set; } = static rows => rows * 100L;

    public void Flush(IReadOnlyList<Row> rows)
    {
        _segment++;
        foreach (var row in rows)
            _first.TryAdd(row.Identity, row);
        var distinct = rows.DistinctBy(static r => r.Identity).ToList();
        BytesFlushed += Add(distinct, 0, _segment, _segment).SizeBytes;
    }

    /// <summary>Does everything that is due; a plan that never ends fails.</summary>
    public void Settle(DateTimeOffset now, TimeSpan retention)
    {
        for (var steps = 0; _planner.Next(Blocks, Barred, now, retention) is { } merge; steps++)
        {
            steps.ShouldBeLessThan(1000, "planning has to come to an end");
            Do(merge);
        }
    }

    public void Do(PlannedMerge merge)
    {
        Merges.Add(merge);
        merge.Inputs.ShouldBe(merge.Inputs.OrderBy(static b => b.LastSegment).ThenBy(static b => b.FirstSegment).ToList(), "inputs come in the order of acknowledgement");
        merge.Inputs.ShouldAllBe(b => !Barred.Contains(b.Id));
        var rows = new Dictionary<(long, long), Row>();
        foreach (var row in merge.Inputs.SelectMany(i => _blocks[i.Id].Rows))
            rows.TryAdd(row.Identity, row);
        foreach (var input in merge.Inputs)
            _blocks.Remove(input.Id).ShouldBeTrue();
        var most = (int)Math.Max(1, options.TargetBlockBytes / 100);
        foreach (var window in rows.Values.OrderBy(static r => r.Time).GroupBy(r => r.Time / merge.Window))
        {
            foreach (var part in window.Chunk(most))
            {
                BytesMerged += Add(
                    [.. part], merge.Level, merge.Inputs.Min(static b => b.FirstSegment), merge.Inputs.Max(static b => b.LastSegment)).SizeBytes;
            }
        }
    }

    /// <summary>Of equal rows the one that was flushed first is found, and none is lost.</summary>
    public void ShouldBeRight()
    {
        var found = new Dictionary<(long, long), Row>();
        foreach (var (_, rows) in _blocks.Values.OrderBy(static b => b.Meta.LastSegment))
        {
            foreach (var row in rows)
                found.TryAdd(row.Identity, row);
        }

        found.Count.ShouldBe(_first.Count);
        foreach (var (identity, row) in _first)
            found[identity].ShouldBe(row);
    }

    private BlockMeta Add(List<Row> rows, int level, long first, long last)
    {
        var id = Guid.CreateVersion7();
        var meta = new BlockMeta
        {
            Id = id,
            Tenant = TenantId.Default,
            Signal = signal,
            Level = level,
            MinTime = rows.Min(static r => r.Time),
            MaxTime = rows.Max(static r => r.Time),
            Rows = rows.Count,
            SizeBytes = SizeOf(rows.Count),
            ObjectKey = id.ToString("N"),
            FirstSegment = first,
            LastSegment = last,
        };
        _blocks[id] = (meta, rows);
        return meta;
    }
}
