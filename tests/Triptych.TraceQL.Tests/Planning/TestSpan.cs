using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Triptych.Model.Attributes;
using Triptych.Model.Traces;

namespace Triptych.TraceQL.Tests.Planning;

/// <summary>A span of the in-memory source. Attribute values are string, long, double, bool, or an array of those (kept as JSON).</summary>
internal sealed record TestSpan(int Trace, int Id, int Parent, string Service, string Name)
{
    /// <summary>2026-01-01T00:00:00Z in nanoseconds; spans start relative to it.</summary>
    public const long Epoch = 1_767_225_600_000_000_000;

    public const long Millisecond = 1_000_000;

    public long StartMs { get; init; }

    public long DurationMs { get; init; } = 10;

    public int Kind { get; init; } = 1;

    public int Status { get; init; }

    public string? StatusMessage { get; init; }

    public string ScopeName { get; init; } = "";

    public string ScopeVersion { get; init; } = "";

    public Dictionary<string, object> ScopeAttributes { get; init; } = [];

    public Dictionary<string, object> Attributes { get; init; } = [];

    public Dictionary<string, object> Resource { get; init; } = [];

    public List<(string Name, long OffsetMs, Dictionary<string, object> Attributes)> Events { get; init; } = [];

    public List<(int Trace, int Span)> Links { get; init; } = [];

    /// <summary>Attributes of each link.</summary>
    public Dictionary<string, object> LinkAttributes { get; init; } = [];

    public long StartUnixNanos => Epoch + (StartMs * Millisecond);

    public byte[] ResourceSet => Encode(Service.Length == 0 ? Resource : new Dictionary<string, object>(Resource) { ["service.name"] = Service });

    public static byte[] TraceIdOf(int number)
    {
        var id = new byte[16];
        BinaryPrimitives.WriteInt32BigEndian(id.AsSpan(12), number);
        return id;
    }

    public static byte[] SpanIdOf(int number)
    {
        var id = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(id.AsSpan(4), number);
        return id;
    }

    public byte[] EventBytes()
    {
        var bytes = new List<byte>();
        foreach (var (name, offsetMs, attributes) in Events)
        {
            var set = Encode(attributes);
            var header = new byte[SpanEventReader.HeaderSizeBytes];
            SpanEventReader.WriteHeader(header, StartUnixNanos + (offsetMs * Millisecond), 0, name.Length, set.Length);
            bytes.AddRange(header);
            bytes.AddRange(Encoding.UTF8.GetBytes(name));
            bytes.AddRange(set);
        }

        return [.. bytes];
    }

    public byte[] LinkBytes()
    {
        var bytes = new List<byte>();
        foreach (var (trace, span) in Links)
        {
            var header = new byte[SpanLinkReader.HeaderSizeBytes];
            var set = Encode(LinkAttributes);
            SpanLinkReader.WriteHeader(header, TraceIdOf(trace), SpanIdOf(span), 0, 0, 0, set.Length);
            bytes.AddRange(header);
            bytes.AddRange(set);
        }

        return [.. bytes];
    }

    public static byte[] Encode(Dictionary<string, object> attributes)
    {
        var bytes = new List<byte>();
        foreach (var (key, value) in attributes)
        {
            Part(bytes, Encoding.UTF8.GetBytes(key));
            var number = new byte[8];
            switch (value)
            {
                case string text:
                    bytes.Add((byte)AttributeKind.String);
                    Part(bytes, Encoding.UTF8.GetBytes(text));
                    break;
                case bool flag:
                    bytes.Add((byte)AttributeKind.Bool);
                    bytes.Add(flag ? (byte)1 : (byte)0);
                    break;
                case double real:
                    bytes.Add((byte)AttributeKind.Double);
                    BinaryPrimitives.WriteDoubleLittleEndian(number, real);
                    bytes.AddRange(number);
                    break;
                case int or long:
                    bytes.Add((byte)AttributeKind.Int);
                    BinaryPrimitives.WriteInt64LittleEndian(number, Convert.ToInt64(value, null));
                    bytes.AddRange(number);
                    break;
                default:
                    bytes.Add((byte)AttributeKind.Array);
                    Part(bytes, JsonSerializer.SerializeToUtf8Bytes(value));
                    break;
            }
        }

        return [.. bytes];
    }

    private static void Part(List<byte> bytes, byte[] part)
    {
        for (var length = (uint)part.Length; ; length >>= 7)
        {
            bytes.Add((byte)(length < 0x80 ? length : (length & 0x7f) | 0x80));
            if (length < 0x80)
            {
                break;
            }
        }

        bytes.AddRange(part);
    }
}
