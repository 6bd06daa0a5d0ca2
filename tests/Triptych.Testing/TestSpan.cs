using System.Buffers.Binary;
using System.Text;
using Triptych.Model.Attributes;
using Triptych.Model.Traces;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Memory;

namespace Triptych.Testing;

/// <summary>A span as a test says it.</summary>
public sealed record TestSpan(int Trace, int Id, int Parent = 0)
{
    public long StartUnixNanos { get; init; }

    public long DurationNanos { get; init; } = 1_000_000;

    public byte Kind { get; init; } = 2;

    public byte Status { get; init; }

    public uint Flags { get; init; }

    public string Name { get; init; } = "GET /";

    public string Service { get; init; } = "shop";

    public string StatusMessage { get; init; } = "";

    public string TraceState { get; init; } = "";

    public string ScopeName { get; init; } = "";

    public string ScopeVersion { get; init; } = "";

    public byte[] Attributes { get; init; } = [];

    public byte[] ResourceExtra { get; init; } = [];

    public byte[] ScopeAttributes { get; init; } = [];

    public byte[] Events { get; init; } = [];

    public byte[] Links { get; init; } = [];

    public byte[] ResourceAttributes => Service.Length == 0 ? ResourceExtra : [.. Set(("service.name", Service)), .. ResourceExtra];

    /// <summary>Ids spread over all their bytes, so that order of numbers and order of ids differ.</summary>
    public static byte[] TraceIdOf(int number)
    {
        var id = new byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(id, (ulong)number * 0x9E3779B97F4A7C15);
        BinaryPrimitives.WriteInt32BigEndian(id.AsSpan(12), number);
        return id;
    }

    public static byte[] SpanIdOf(int number)
    {
        var id = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(id.AsSpan(4), number);
        return id;
    }

    /// <summary>An attribute set; values are string, long, double, bool, byte[], or a tuple of kind and JSON.</summary>
    public static byte[] Set(params (string Key, object Value)[] attributes)
    {
        using var set = new PooledBufferWriter();
        foreach (var (key, value) in attributes)
        {
            set.WriteLengthPrefixed(Encoding.UTF8.GetBytes(key));
            switch (value)
            {
                case string text:
                    set.WriteByte((byte)AttributeKind.String);
                    set.WriteLengthPrefixed(Encoding.UTF8.GetBytes(text));
                    break;
                case bool flag:
                    set.WriteByte((byte)AttributeKind.Bool);
                    set.WriteByte(flag ? (byte)1 : (byte)0);
                    break;
                case long integer:
                    set.WriteByte((byte)AttributeKind.Int);
                    set.WriteFixed64((ulong)integer);
                    break;
                case double real:
                    set.WriteByte((byte)AttributeKind.Double);
                    set.WriteDouble(real);
                    break;
                case byte[] bytes:
                    set.WriteByte((byte)AttributeKind.Bytes);
                    set.WriteLengthPrefixed(bytes);
                    break;
                default:
                    var (kind, json) = ((AttributeKind, string))value;
                    set.WriteByte((byte)kind);
                    set.WriteLengthPrefixed(Encoding.UTF8.GetBytes(json));
                    break;
            }
        }

        return set.WrittenSpan.ToArray();
    }

    public static byte[] Event(long timeUnixNanos, string name, byte[] attributes, uint dropped = 0)
    {
        var header = new byte[SpanEventReader.HeaderSizeBytes];
        var text = Encoding.UTF8.GetBytes(name);
        SpanEventReader.WriteHeader(header, timeUnixNanos, dropped, text.Length, attributes.Length);
        return [.. header, .. text, .. attributes];
    }

    public static byte[] Link(int trace, int span, string traceState, byte[] attributes, uint flags = 0, uint dropped = 0)
    {
        var header = new byte[SpanLinkReader.HeaderSizeBytes];
        SpanLinkReader.WriteHeader(header, TraceIdOf(trace), SpanIdOf(span), flags, dropped, traceState.Length, attributes.Length);
        return [.. header, .. Encoding.UTF8.GetBytes(traceState), .. attributes];
    }

    public static SpanBatch Batch(IEnumerable<TestSpan> spans)
    {
        var batch = new SpanBatch(MemoryBudget.Unlimited("test"));
        foreach (var span in spans) span.AddTo(batch);
        return batch;
    }

    private void AddTo(SpanBatch batch)
    {
        var entry = new SpanEntry
        {
            Resource = batch.AddResource(batch.Store(Encoding.UTF8.GetBytes(Service)), batch.Store(ResourceAttributes)),
            Scope = batch.AddScope(
                batch.Store(Encoding.UTF8.GetBytes(ScopeName)), batch.Store(Encoding.UTF8.GetBytes(ScopeVersion)), batch.Store(ScopeAttributes)),
            StartUnixNanos = StartUnixNanos,
            DurationNanos = DurationNanos,
            Kind = Kind,
            StatusCode = Status,
            Flags = Flags,
            Name = batch.Store(Encoding.UTF8.GetBytes(Name)),
            TraceState = batch.Store(Encoding.UTF8.GetBytes(TraceState)),
            StatusMessage = batch.Store(Encoding.UTF8.GetBytes(StatusMessage)),
            Attributes = batch.Store(Attributes),
            Events = batch.Store(Events),
            Links = batch.Store(Links),
        };
        TraceIdOf(Trace).CopyTo(entry.TraceId);
        SpanIdOf(Id).CopyTo(entry.SpanId);
        SpanIdOf(Parent).CopyTo(entry.ParentSpanId);
        batch.AddSpan(entry);
    }
}
