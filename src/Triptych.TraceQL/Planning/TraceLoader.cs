using System.Buffers.Binary;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Primitives.Memory;
using Triptych.Query.Budgets;

namespace Triptych.TraceQL.Planning;

/// <summary>
/// The second scan of a search: the spans of some traces, from every fragment that lies, each start within <see cref="ReachNanos"/> of the
/// next, around the spans that they were found by.
/// </summary>
internal sealed class TraceLoader(ISpanSource source, QueryContext context, MemoryBudget budget)
{
    /// <summary>
    /// How far from one start of a trace's spans the next one is looked for. Traces last seconds to minutes; a bound keeps the scan off blocks
    /// that cannot hold them.
    /// </summary>
    public const long ReachNanos = 3_600_000_000_000;

    // What a trace may last beyond its candidate spans before its chunk is read once more, over more time.
    private const long SlackNanos = 600_000_000_000;

    // A trace that goes on for days without a gap is cut there.
    private const int MaxRounds = 16;

    private const int IdsPerSlab = 4096;

    /// <summary>Loads the candidates' traces, numbered in their order, into the table (which is emptied before).</summary>
    public async ValueTask<LoadedTraces> LoadAsync(IReadOnlyList<CandidateTrace> candidates, SpanTable table)
    {
        var numbers = new Dictionary<UInt128, int>(candidates.Count);
        var first = long.MaxValue;
        var last = long.MinValue;
        for (var i = 0; i < candidates.Count; i++)
        {
            numbers[candidates[i].TraceId] = i;
            first = Math.Min(first, candidates[i].MinUnixNanos);
            last = Math.Max(last, candidates[i].MaxUnixNanos);
        }

        var ids = IdSet(candidates);
        for (var round = 1; ; round++)
        {
            var min = Before(first, ReachNanos + SlackNanos);
            var max = After(last, ReachNanos + SlackNanos);
            await ScanAsync(ids, numbers, min, max, table);
            var loaded = new LoadedTraces(table, candidates, budget);
            (first, last) = loaded.Extent;
            if (round == MaxRounds || (min <= Before(first, ReachNanos) && (max > After(last, ReachNanos) || max == long.MaxValue)))
            {
                return loaded;
            }

            loaded.Dispose();
        }
    }

    /// <summary>A time so much earlier, or the first there is.</summary>
    public static long Before(long unixNanos, long nanos) => unixNanos < long.MinValue + nanos ? long.MinValue : unixNanos - nanos;

    /// <summary>A time so much later, or the last there is.</summary>
    public static long After(long unixNanos, long nanos) => unixNanos > long.MaxValue - nanos ? long.MaxValue : unixNanos + nanos;

    private async ValueTask ScanAsync(HashSet<ReadOnlyMemory<byte>> ids, Dictionary<UInt128, int> numbers, long min, long max, SpanTable table)
    {
        table.Clear();
        var appender = new SpanAppender(table);
        await using var scan = await source.OpenAsync(
            new RowScanRequest
            {
                Tenant = context.Tenant,
                MinTimeUnixNanos = min,
                MaxTimeUnixNanos = max,
                Symbols = context.Symbols,
                Budget = context.Memory,
                Projection = appender.Projection,
                Predicate = new RowPredicate.IdIn(SpanColumns.TraceId, ids),
            },
            context.CancellationToken);
        using var followed = context.Follow(scan.Statistics);
        while (await scan.NextAsync(context.CancellationToken) is { } batch)
        {
            appender.Append(batch, id => numbers[id]);
        }

        new ScanCost(scan.Statistics).AddTo(context);
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
