using System.Runtime.InteropServices;
using Triptych.Primitives.Memory;
using Triptych.Traces.Scan;

namespace Triptych.Traces.Head;

/// <summary>The spans that a tenant had in a head at one moment. Immutable; read without the lock while the head is pinned.</summary>
internal sealed class SpanView
{
    public required SlabArena Rows { private get; init; }

    public required SlabArena Bytes { private get; init; }

    public required ArenaRef[] Pages { private get; init; }

    /// <summary>Spans.</summary>
    public required int Count { get; init; }

    /// <summary>By <see cref="TenantSpans.ChunkRows"/> rows, their range of starts; the last may reach beyond what the view has.</summary>
    public required StartRange[] Chunks { get; init; }

    public required IByteItems Names { get; init; }

    public required IByteItems Resources { get; init; }

    public required IByteItems Scopes { get; init; }

    /// <summary>A span.</summary>
    public ref readonly SpanRow this[int row] =>
        ref MemoryMarshal.Cast<byte, SpanRow>(Rows.Read(Pages[row / TenantSpans.PageRows]))[row % TenantSpans.PageRows];

    /// <summary>Text or attributes of a span.</summary>
    public ReadOnlySpan<byte> Read(ArenaRef reference) => Bytes.Read(reference);
}
