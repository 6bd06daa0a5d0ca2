using Triptych.Model.Append;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Storage.Heads;
using Triptych.Traces.Block;
using Triptych.Traces.Head;

namespace Triptych.Traces;

/// <summary>Makes heads of traces and turns them into blocks, one for each tenant.</summary>
internal sealed class TraceHeads(SlabPool slabs, MemoryBudget budget, ISpanDerivation? derivation = null) : ISignalHeads<TraceHead>
{
    /// <inheritdoc/>
    public TraceHead Create(TraceHead? previous)
    {
        if (previous is not null) previous.Derived = derivation?.Save();
        return new TraceHead(slabs, budget, derivation);
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? SaveCarried(TraceHead frozen) => frozen.Derived is { } derived ? derived : null;

    /// <inheritdoc/>
    public void LoadCarried(TraceHead first, ReadOnlySpan<byte> saved) => derivation?.Load(saved);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<BlockMeta>> WriteBlocksAsync(FrozenHead<TraceHead> frozen, CancellationToken cancellationToken)
    {
        var blocks = new List<BlockMeta>();
        foreach (var tenant in frozen.Head.Tenants)
        {
            TenantSpans spans;
            SpanView view;
            lock (frozen.Head.Gate)
            {
                spans = frozen.Head.Find(tenant)!;
                view = spans.View();
            }

            if (view.Count == 0) continue;
            var (min, max) = (view.Chunks.Min(c => c.Min), view.Chunks.Max(c => c.Max));
            var address = await frozen.NewBlockAsync(tenant, DateTimeOffset.FromUnixTimeMilliseconds(Math.Max(0, min / 1_000_000)), cancellationToken);
            var size = await frozen.Objects.PutAsync(
                address.ObjectKey,
                (stream, token) =>
                {
                    Write(spans, view, stream, token);
                    return ValueTask.CompletedTask;
                },
                cancellationToken);
            blocks.Add(frozen.Describe(address, min, max, view.Count, size, default));
        }

        return blocks;
    }

    private void Write(TenantSpans spans, SpanView view, Stream stream, CancellationToken cancellationToken)
    {
        using var traces = new NativeList<TraceEntry>(budget);
        traces.AddRange(spans.Traces);
        using var writer = new TraceBlockWriter(stream, view, budget);
        writer.Write(traces.Span, cancellationToken);
    }
}
