using System.Runtime.CompilerServices;
using Triptych.Primitives.Memory;

namespace Triptych.Model.Traces;

/// <summary>
/// Spans on their way from a decoder to the traces store: resources and instrumentation scopes once each, spans in an array, all text and all attribute
/// sets (<see cref="Attributes.AttributeReader"/>) in one buffer. Memory as for <see cref="Metrics.MetricBatch"/>.
/// </summary>
public sealed class SpanBatch(MemoryBudget budget) : IDisposable
{
    private readonly NativeList<byte> _bytes = new(budget);
    private readonly NativeList<ResourceEntry> _resources = new(budget);
    private readonly NativeList<ScopeEntry> _scopes = new(budget);
    private readonly NativeList<SpanEntry> _spans = new(budget);

    /// <summary>What the batch's memory is charged to; decoders charge their working memory to it as well.</summary>
    public MemoryBudget Budget { get; } = budget;

    /// <summary>The resources.</summary>
    public ReadOnlySpan<ResourceEntry> Resources => _resources.Span;

    /// <summary>The instrumentation scopes.</summary>
    public ReadOnlySpan<ScopeEntry> Scopes => _scopes.Span;

    /// <summary>The spans, in order of arrival.</summary>
    public ReadOnlySpan<SpanEntry> Spans => _spans.Span;

    /// <summary>The bytes that a slice names, valid until the batch grows.</summary>
    public ReadOnlySpan<byte> Read(ByteSlice slice) => _bytes.Span.Slice(slice.Start, slice.Length);

    /// <summary>Copies bytes into the batch.</summary>
    public ByteSlice Store(ReadOnlySpan<byte> bytes)
    {
        var slice = new ByteSlice(_bytes.Count, bytes.Length);
        _bytes.AddRange(bytes);
        return slice;
    }

    /// <summary>Adds a resource and returns its index. The service's name is one of its attributes and told again for quick access.</summary>
    public int AddResource(ByteSlice serviceName, ByteSlice attributes)
    {
        _resources.Add(new ResourceEntry(serviceName, attributes));
        return _resources.Count - 1;
    }

    /// <summary>Adds an instrumentation scope and returns its index.</summary>
    public int AddScope(ByteSlice name, ByteSlice version, ByteSlice attributes)
    {
        _scopes.Add(new ScopeEntry(name, version, attributes));
        return _scopes.Count - 1;
    }

    /// <summary>Adds a span.</summary>
    public void AddSpan(in SpanEntry span) => _spans.Add(span);

    /// <summary>Forgets everything; memory is kept.</summary>
    public void Clear()
    {
        _bytes.Clear();
        _resources.Clear();
        _scopes.Clear();
        _spans.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bytes.Dispose();
        _resources.Dispose();
        _scopes.Dispose();
        _spans.Dispose();
    }
}

/// <summary>A resource: the value of <c>service.name</c> (empty where it has none) and its attribute set.</summary>
public readonly record struct ResourceEntry(ByteSlice ServiceName, ByteSlice Attributes);

/// <summary>An instrumentation scope.</summary>
public readonly record struct ScopeEntry(ByteSlice Name, ByteSlice Version, ByteSlice Attributes);

/// <summary>A trace's id.</summary>
[InlineArray(Length)]
public struct TraceId
{
    /// <summary>Bytes in an id.</summary>
    public const int Length = 16;

    private byte _first;
}

/// <summary>A span's id; all zero where there is none.</summary>
[InlineArray(Length)]
public struct SpanId
{
    /// <summary>Bytes in an id.</summary>
    public const int Length = 8;

    private byte _first;
}

/// <summary>A span; slices stand in the batch. Field numbers and meanings are OTLP's.</summary>
public struct SpanEntry
{
    /// <summary>The trace; never all zero.</summary>
    public TraceId TraceId;

    /// <summary>The span; never all zero.</summary>
    public SpanId SpanId;

    /// <summary>The parent; all zero for a root.</summary>
    public SpanId ParentSpanId;

    /// <summary>Index of the resource.</summary>
    public int Resource;

    /// <summary>Index of the instrumentation scope.</summary>
    public int Scope;

    /// <summary>Unix nanoseconds.</summary>
    public long StartUnixNanos;

    /// <summary>Nanoseconds; 0 where the end is before the start.</summary>
    public long DurationNanos;

    /// <summary>0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer.</summary>
    public byte Kind;

    /// <summary>0 unset, 1 ok, 2 error.</summary>
    public byte StatusCode;

    /// <summary>W3C flags and OTLP's bits.</summary>
    public uint Flags;

    /// <summary>How many attributes the client dropped.</summary>
    public uint DroppedAttributes;

    /// <summary>How many events the client dropped.</summary>
    public uint DroppedEvents;

    /// <summary>How many links the client dropped.</summary>
    public uint DroppedLinks;

    /// <summary>The name.</summary>
    public ByteSlice Name;

    /// <summary>The W3C trace state.</summary>
    public ByteSlice TraceState;

    /// <summary>The status message.</summary>
    public ByteSlice StatusMessage;

    /// <summary>The attribute set.</summary>
    public ByteSlice Attributes;

    /// <summary>Events, as <see cref="SpanEventReader"/> reads them.</summary>
    public ByteSlice Events;

    /// <summary>Links, as <see cref="SpanLinkReader"/> reads them.</summary>
    public ByteSlice Links;
}
