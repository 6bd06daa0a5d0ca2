using System.Runtime.InteropServices;
using Triptych.Model.Traces;
using Triptych.Primitives.Memory;

namespace Triptych.Traces.Head;

/// <summary>A span in a head, 128 bytes. Numbers name entries of the tenant's tables, references stand in its arena.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SpanRow
{
    /// <summary>Bytes of a row.</summary>
    public const int SizeBytes = 128;

    public TraceId TraceId;
    public SpanId SpanId;
    public SpanId ParentSpanId;
    public long StartUnixNanos;
    public long DurationNanos;
    public ArenaRef Attributes;
    public ArenaRef Events;
    public ArenaRef Links;
    public ArenaRef TraceState;
    public ArenaRef StatusMessage;
    public int Resource;
    public int Scope;
    public int Name;

    /// <summary>The span of the same trace that came before this one; -1 for the first.</summary>
    public int PreviousInTrace;
    public uint Flags;
    public uint DroppedAttributes;
    public uint DroppedEvents;
    public uint DroppedLinks;
    public byte Kind;
    public byte StatusCode;
}

/// <summary>The texts of a span on its way into a head.</summary>
internal readonly ref struct SpanTexts
{
    public required ReadOnlySpan<byte> Name { get; init; }

    public required ReadOnlySpan<byte> Attributes { get; init; }

    public required ReadOnlySpan<byte> Events { get; init; }

    public required ReadOnlySpan<byte> Links { get; init; }

    public required ReadOnlySpan<byte> TraceState { get; init; }

    public required ReadOnlySpan<byte> StatusMessage { get; init; }

    /// <summary>The texts of a span of a batch.</summary>
    public static SpanTexts Of(SpanBatch batch, in SpanEntry span) => new()
    {
        Name = batch.Read(span.Name),
        Attributes = batch.Read(span.Attributes),
        Events = batch.Read(span.Events),
        Links = batch.Read(span.Links),
        TraceState = batch.Read(span.TraceState),
        StatusMessage = batch.Read(span.StatusMessage),
    };
}

/// <summary>What became of a span that was given to a head.</summary>
internal enum SpanPlace
{
    /// <summary>It is in.</summary>
    Added,

    /// <summary>One of the same trace id, span id and kind was there.</summary>
    Duplicate,

    /// <summary>The memory budget refused it.</summary>
    NoMemory,
}
