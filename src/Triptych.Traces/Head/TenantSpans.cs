using System.Runtime.InteropServices;
using Triptych.Model.Traces;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Memory;

namespace Triptych.Traces.Head;

/// <summary>
/// The spans of a tenant in a head: rows in pages of native memory, texts in an arena, names, resources and scopes once each, and two indexes, by trace and by (trace, span, kind). A span is an int.
/// Under the head's lock, except for <see cref="SpanView"/>s.
/// </summary>
internal sealed class TenantSpans : IDisposable
{
    /// <summary>Rows of a page: 64 KiB.</summary>
    public const int PageRows = 512;

    /// <summary>Rows whose smallest and largest start are kept, so that scans skip them together.</summary>
    public const int ChunkRows = 4096;

    private const int KeySizeBytes = TraceId.Length + SpanId.Length + 1;

    private readonly SlabArena _rows;
    private readonly SlabArena _bytes;
    private readonly AppendList<ArenaRef> _pages = new();
    private readonly AppendList<StartRange> _chunks = new();
    private readonly AppendList<TraceEntry> _traces = new();
    private readonly ByteTable _names;
    private readonly ByteTable _resources;
    private readonly ByteTable _scopes;
    private readonly PooledBufferWriter _item = new();
    private int[] _bySpan = new int[1024];
    private int[] _byTrace = new int[256];
    private (long SizeBytes, long Spans) _published;

    public TenantSpans(SlabPool slabs)
    {
        _rows = new SlabArena(slabs);
        _bytes = new SlabArena(slabs);
        _names = new ByteTable(_bytes);
        _resources = new ByteTable(_bytes);
        _scopes = new ByteTable(_bytes);
    }

    /// <summary>Spans.</summary>
    public int Count { get; private set; }

    /// <summary>Memory held, in bytes.</summary>
    public long SizeBytes => _rows.SizeBytes + _bytes.SizeBytes + ((_bySpan.Length + _byTrace.Length) * 4L) + (_traces.Items.Length * 16L)
        + (_pages.Items.Length * 8L) + (_chunks.Items.Length * 16L) + _names.SizeBytes + _resources.SizeBytes + _scopes.SizeBytes;

    /// <summary>How many bytes and spans have come since the last call.</summary>
    public (long SizeBytes, long Spans) TakeGrowth()
    {
        var before = _published;
        _published = (SizeBytes, Count);
        return (_published.SizeBytes - before.SizeBytes, _published.Spans - before.Spans);
    }

    /// <summary>The number of a resource; -1 when the budget refuses it.</summary>
    public int TryAddResource(ReadOnlySpan<byte> serviceName, ReadOnlySpan<byte> attributes)
    {
        _item.Reset();
        SetItem.WriteResource(_item, serviceName, attributes);
        return _resources.TryAdd(_item.WrittenSpan);
    }

    /// <summary>The number of a scope; -1 when the budget refuses it.</summary>
    public int TryAddScope(ReadOnlySpan<byte> name, ReadOnlySpan<byte> version, ReadOnlySpan<byte> attributes)
    {
        _item.Reset();
        SetItem.WriteScope(_item, name, version, attributes);
        return _scopes.TryAdd(_item.WrittenSpan);
    }

    /// <summary>Whether there is a span of that identity. In a frozen head without the lock.</summary>
    public bool Contains(in SpanEntry span) => _bySpan[SpanSlot(span.TraceId, span.SpanId, span.Kind)] > 0;

    /// <summary>Adds a span, unless one of its identity is there; numbers are those of this tenant.</summary>
    public SpanPlace TryAdd(in SpanEntry span, in SpanTexts texts, int resource, int scope)
    {
        if (Count * 2 >= _bySpan.Length) GrowSpans();
        var slot = SpanSlot(span.TraceId, span.SpanId, span.Kind);
        if (_bySpan[slot] > 0) return SpanPlace.Duplicate;
        var name = _names.TryAdd(texts.Name);
        if (name < 0
            || !_bytes.TryAppend(texts.Attributes, out var attributes)
            || !_bytes.TryAppend(texts.Events, out var events)
            || !_bytes.TryAppend(texts.Links, out var links)
            || !_bytes.TryAppend(texts.TraceState, out var traceState)
            || !_bytes.TryAppend(texts.StatusMessage, out var statusMessage)
            || !TryMakeRoom())
        {
            return SpanPlace.NoMemory;
        }

        var row = new SpanRow
        {
            TraceId = span.TraceId,
            SpanId = span.SpanId,
            ParentSpanId = span.ParentSpanId,
            StartUnixNanos = span.StartUnixNanos,
            DurationNanos = span.DurationNanos,
            Attributes = attributes,
            Events = events,
            Links = links,
            TraceState = traceState,
            StatusMessage = statusMessage,
            Resource = resource,
            Scope = scope,
            Name = name,
            Flags = span.Flags,
            DroppedAttributes = span.DroppedAttributes,
            DroppedEvents = span.DroppedEvents,
            DroppedLinks = span.DroppedLinks,
            Kind = span.Kind,
            StatusCode = span.StatusCode,
        };
        row.PreviousInTrace = AddToTrace(span.TraceId, span.StartUnixNanos);
        EditRow(Count) = row;
        ref var chunk = ref _chunks.Items[Count / ChunkRows];
        chunk = new StartRange(Math.Min(chunk.Min, span.StartUnixNanos), Math.Max(chunk.Max, span.StartUnixNanos));
        Count++;
        _bySpan[slot] = Count;
        return SpanPlace.Added;
    }

    /// <summary>What is there now; readable without the lock for as long as the head is pinned.</summary>
    public SpanView View() => new()
    {
        Rows = _rows,
        Bytes = _bytes,
        Pages = _pages.Items,
        Count = Count,
        Chunks = _chunks.Items.AsSpan(0, _chunks.Count).ToArray(),
        Names = _names.View(),
        Resources = _resources.View(),
        Scopes = _scopes.View(),
    };

    /// <summary>The traces; under the lock or in a frozen head.</summary>
    public ReadOnlySpan<TraceEntry> Traces => _traces.Items.AsSpan(0, _traces.Count);

    /// <summary>Adds the spans of a trace to <paramref name="rows"/>, newest first.</summary>
    public void AddRowsOf(ReadOnlySpan<byte> traceId, NativeList<int> rows)
    {
        if (traceId.Length != TraceId.Length) return;
        var number = _byTrace[TraceSlot(traceId)] - 1;
        if (number < 0) return;
        for (var row = _traces.Items[number].LastRow; row >= 0; row = EditRow(row).PreviousInTrace) rows.Add(row);
    }

    /// <summary>Whether there is a span of a trace; under the lock or in a frozen head.</summary>
    public bool HasTrace(ReadOnlySpan<byte> traceId) => _byTrace[TraceSlot(traceId)] > 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        _rows.Dispose();
        _bytes.Dispose();
        _item.Dispose();
    }

    private bool TryMakeRoom()
    {
        if (Count % ChunkRows == 0 && _chunks.Count == Count / ChunkRows) _chunks.Add(new StartRange(long.MaxValue, long.MinValue));
        if (Count / PageRows < _pages.Count) return true;
        if (!_rows.TryAllocate(PageRows * SpanRow.SizeBytes, out var page, out _)) return false;
        _pages.Add(page);
        return true;
    }

    /// <summary>Makes the coming row the trace's last; returns the one before it.</summary>
    private int AddToTrace(in TraceId traceId, long startUnixNanos)
    {
        if (_traces.Count * 2 >= _byTrace.Length) GrowTraces();
        var slot = TraceSlot(traceId);
        if (_byTrace[slot] == 0)
        {
            _traces.Add(new TraceEntry(Count, 1, startUnixNanos));
            _byTrace[slot] = _traces.Count;
            return -1;
        }

        ref var trace = ref _traces.Items[_byTrace[slot] - 1];
        var previous = trace.LastRow;
        trace = new TraceEntry(Count, trace.Spans + 1, Math.Min(trace.MinStartUnixNanos, startUnixNanos));
        return previous;
    }

    private ref SpanRow EditRow(int row) => ref MemoryMarshal.Cast<byte, SpanRow>(_rows.Edit(_pages.Items[row / PageRows]))[row % PageRows];

    private int SpanSlot(in TraceId traceId, in SpanId spanId, byte kind)
    {
        Span<byte> key = stackalloc byte[KeySizeBytes];
        ((ReadOnlySpan<byte>)traceId).CopyTo(key);
        ((ReadOnlySpan<byte>)spanId).CopyTo(key[TraceId.Length..]);
        key[^1] = kind;
        var slot = (int)XxHash64.Compute(key) & (_bySpan.Length - 1);
        for (; _bySpan[slot] > 0; slot = (slot + 1) & (_bySpan.Length - 1))
        {
            ref var row = ref EditRow(_bySpan[slot] - 1);
            if (row.Kind == kind && ((ReadOnlySpan<byte>)row.SpanId).SequenceEqual(spanId) && ((ReadOnlySpan<byte>)row.TraceId).SequenceEqual(traceId)) break;
        }

        return slot;
    }

    private int TraceSlot(ReadOnlySpan<byte> traceId)
    {
        var slot = (int)XxHash64.Compute(traceId) & (_byTrace.Length - 1);
        for (; _byTrace[slot] > 0; slot = (slot + 1) & (_byTrace.Length - 1))
        {
            if (((ReadOnlySpan<byte>)EditRow(_traces.Items[_byTrace[slot] - 1].LastRow).TraceId).SequenceEqual(traceId)) break;
        }

        return slot;
    }

    private void GrowSpans()
    {
        _bySpan = new int[_bySpan.Length * 2];
        for (var i = 0; i < Count; i++)
        {
            ref var row = ref EditRow(i);
            _bySpan[SpanSlot(row.TraceId, row.SpanId, row.Kind)] = i + 1;
        }
    }

    private void GrowTraces()
    {
        _byTrace = new int[_byTrace.Length * 2];
        for (var i = 0; i < _traces.Count; i++) _byTrace[TraceSlot(EditRow(_traces.Items[i].LastRow).TraceId)] = i + 1;
    }
}

/// <summary>Smallest and largest start of some rows, Unix nanoseconds.</summary>
internal readonly record struct StartRange(long Min, long Max);

/// <summary>A trace: the span that came last, how many there are, and the smallest start.</summary>
internal readonly record struct TraceEntry(int LastRow, int Spans, long MinStartUnixNanos);
