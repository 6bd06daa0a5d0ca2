using Triptych.Columnar;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Model;
using Triptych.Model.Traces;
using Triptych.Storage.Blocks;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Storage.Heads;
using Triptych.Storage.References;
using Triptych.Traces.Block;
using Triptych.Traces.Head;

namespace Triptych.Traces.Sampling;

/// <summary>
/// Finds traces in heads, and in blocks beside those of a merge: by the ids themselves, of the row groups that have spans in a time. The view is
/// of one moment: what was acknowledged before is in it once. Any thread may call.
/// </summary>
internal static class TraceElsewhere
{
    // The lock of a head is held for so many look-ups at a time.
    private const int LookUpsAtOnce = 1024;

    /// <summary>Marks the ids that are there. Null, or why it cannot be told of all.</summary>
    /// <param name="view">Heads and blocks of one moment.</param>
    /// <param name="job">Whose inputs do not count.</param>
    /// <param name="ids">Those without a mark are looked for.</param>
    /// <param name="minUnixNanos">First start of a span that may belong to one of them.</param>
    /// <param name="maxUnixNanos">Last such start.</param>
    /// <param name="blocks">Opens blocks.</param>
    /// <param name="damaged">Knows those that cannot be read.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async ValueTask<string?> MarkAsync(
        StoreView<TraceHead> view, MergeJob job, TraceIdSet ids, long minUnixNanos, long maxUnixNanos, OpenBlocks<TraceBlock> blocks, DamagedBlocks damaged,
        CancellationToken cancellationToken)
    {
        foreach (var generation in view.Generations) MarkHead(generation.Head, job.Tenant, ids);
        var inputs = job.Inputs.Select(static b => b.Id).ToHashSet();
        foreach (var meta in view.Catalog.BlocksIn(job.Tenant, Signal.Traces, minUnixNanos, maxUnixNanos))
        {
            if (inputs.Contains(meta.Id)) continue;
            if (await damaged.IsSetAsideAsync(meta, new ScanStatistics(), cancellationToken)) return $"a damaged block is set aside: {meta.ObjectKey}";
            try
            {
                var block = await blocks.GetAsync(meta, cancellationToken);
                for (var rowGroup = 0; rowGroup < block.File.RowGroups.Length; rowGroup++)
                    await MarkRowGroupAsync(block, rowGroup, ids, minUnixNanos, maxUnixNanos, job, cancellationToken);
            }
            catch (CorruptFileException e)
            {
                await damaged.ReportAsync(meta, e, isPart: false, new ScanStatistics(), cancellationToken);
                return $"a block could not be read: {e.Message}";
            }
        }

        return null;
    }

    private static void MarkHead(TraceHead head, TenantId tenant, TraceIdSet ids)
    {
        Span<byte> bytes = stackalloc byte[TraceId.Length];
        for (var first = 0; first < ids.Count; first += LookUpsAtOnce)
        {
            lock (head.Gate)
            {
                if (head.Find(tenant) is not { } spans) return;
                for (var i = first; i < Math.Min(ids.Count, first + LookUpsAtOnce); i++)
                {
                    if (ids.MarksOf(i) != 0) continue;
                    System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, ids[i]);
                    if (spans.HasTrace(bytes)) ids.MarksOf(i) |= KeptBy.Elsewhere;
                }
            }
        }
    }

    private static async ValueTask MarkRowGroupAsync(
        TraceBlock block, int rowGroup, TraceIdSet ids, long minUnixNanos, long maxUnixNanos, MergeJob job, CancellationToken cancellationToken)
    {
        var schema = block.File.Schema;
        var statistics = block.File.RowGroups[rowGroup].Info.Columns[schema.Column(TraceBlockSchema.Start).Index].Statistics;
        if (statistics.TryGetInt64(out var min, out var max) && (min > maxUnixNanos || max < minUnixNanos)) return;
        using var cursor = block.File.ReadRows(
            [schema.Column(TraceBlockSchema.TraceId)], rowGroup..(rowGroup + 1), readAheadBytes: MergeScale.ReadAheadBytes(job.Memory));
        while (await cursor.MoveNextAsync(cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Mark(cursor, ids);
            await Task.Yield();
        }
    }

    private static void Mark(RowCursor cursor, TraceIdSet ids)
    {
        var page = cursor.Page(0);
        ReadOnlySpan<byte> last = default;
        for (var i = 0; i < cursor.RowCount; i++)
        {
            var bytes = page.Bytes(cursor.Offset(0) + i);
            if (bytes.SequenceEqual(last)) continue;
            last = bytes;
            ids.Mark(System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes), KeptBy.Elsewhere);
        }
    }
}
