using System.Buffers.Binary;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Primitives.Memory;
using Triptych.Query.Budgets;

namespace Triptych.TraceQL.Planning;

/// <summary>The second scan of a search: all spans of some traces, from every fragment near the candidates' times.</summary>
internal sealed class TraceLoader(ISpanSource source, QueryContext context, MemoryBudget budget)
{
    /// <summary>
    /// How far before and after its candidate span a trace's other spans are looked for. Traces last seconds to minutes; a bound
    /// keeps the scan off blocks that cannot hold them.
    /// </summary>
    public static readonly TimeSpan Reach = TimeSpan.FromHours(1);

    private const int IdsPerSlab = 4096;

    /// <summary>Loads the candidates' traces, numbered in their order, into the table (which is emptied before).</summary>
    public async ValueTask<LoadedTraces> LoadAsync(IReadOnlyList<CandidateTrace> candidates, SpanTable table)
    {
        table.Clear();
        var numbers = new Dictionary<UInt128, int>(candidates.Count);
        var min = long.MaxValue;
        var max = long.MinValue;
        for (var i = 0; i < candidates.Count; i++)
        {
            numbers[candidates[i].TraceId] = i;
            min = Math.Min(min, candidates[i].MinUnixNanos);
            max = Math.Max(max, candidates[i].MaxUnixNanos);
        }

        var reachNanos = Reach.Ticks * 100;
        var appender = new SpanAppender(table);
        await using var scan = await source.OpenAsync(
            new RowScanRequest
            {
                Tenant = context.Tenant,
                MinTimeUnixNanos = min < long.MinValue + reachNanos ? long.MinValue : min - reachNanos,
                MaxTimeUnixNanos = max > long.MaxValue - reachNanos ? long.MaxValue : max + reachNanos,
                Symbols = context.Symbols,
                Budget = context.Memory,
                Projection = appender.Projection,
                Predicate = new RowPredicate.IdIn(SpanColumns.TraceId, IdSet(candidates)),
            },
            context.CancellationToken);
        while (await scan.NextAsync(context.CancellationToken) is { } batch)
        {
            appender.Append(batch, id => numbers[id]);
        }

        new ScanCost(scan.Statistics).AddTo(context);
        return new LoadedTraces(table, candidates.Count, budget);
    }

    private static HashSet<ReadOnlyMemory<byte>> IdSet(IReadOnlyList<CandidateTrace> candidates)
    {
        var ids = new HashSet<ReadOnlyMemory<byte>>(candidates.Count, BytesComparer.Instance);
        byte[] slab = [];
        for (var i = 0; i < candidates.Count; i++)
        {
            var place = i % IdsPerSlab * 16;
            if (place == 0)
            {
                slab = new byte[Math.Min(IdsPerSlab, candidates.Count - i) * 16];
            }

            BinaryPrimitives.WriteUInt128BigEndian(slab.AsSpan(place, 16), candidates[i].TraceId);
            ids.Add(slab.AsMemory(place, 16));
        }

        return ids;
    }
}
