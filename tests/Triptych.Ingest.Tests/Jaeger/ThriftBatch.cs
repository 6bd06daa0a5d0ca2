using System.Buffers.Binary;
using System.Text;

namespace Triptych.Ingest.Tests.Jaeger;

/// <summary>Writes structs in Thrift's binary protocol, for tests: field by field, closed by <see cref="End"/>.</summary>
public sealed class ThriftBatch
{
    private readonly List<byte> _bytes = [];

    public ThriftBatch Text(short id, string value) => Text(id, Encoding.UTF8.GetBytes(value));

    public ThriftBatch Text(short id, byte[] value)
    {
        Field(11, id);
        Int(value.Length);
        _bytes.AddRange(value);
        return this;
    }

    public ThriftBatch Number(short id, long value)
    {
        Field(10, id);
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        _bytes.AddRange(bytes);
        return this;
    }

    public ThriftBatch Real(short id, double value)
    {
        Field(4, id);
        var bytes = new byte[8];
        BinaryPrimitives.WriteDoubleBigEndian(bytes, value);
        _bytes.AddRange(bytes);
        return this;
    }

    public ThriftBatch Small(short id, int value)
    {
        Field(8, id);
        Int(value);
        return this;
    }

    public ThriftBatch Flag(short id, bool value)
    {
        Field(2, id);
        _bytes.Add(value ? (byte)1 : (byte)0);
        return this;
    }

    public ThriftBatch Struct(short id, ThriftBatch value)
    {
        Field(12, id);
        _bytes.AddRange(value.End());
        return this;
    }

    public ThriftBatch List(short id, params ThriftBatch[] values)
    {
        Field(15, id);
        _bytes.Add(12);
        Int(values.Length);
        foreach (var value in values) _bytes.AddRange(value.End());
        return this;
    }

    /// <summary>A map of numbers to texts, which no message of Jaeger has: to be passed over.</summary>
    public ThriftBatch Map(short id, params (int Key, string Value)[] values)
    {
        Field(13, id);
        _bytes.Add(8);
        _bytes.Add(11);
        Int(values.Length);
        foreach (var (key, value) in values)
        {
            Int(key);
            Int(value.Length);
            _bytes.AddRange(Encoding.ASCII.GetBytes(value));
        }

        return this;
    }

    /// <summary>The bytes with the end of the struct.</summary>
    public byte[] End() => [.. _bytes, 0];

    /// <summary>A tag of each type.</summary>
    public static ThriftBatch Tag(string key, object value)
    {
        var tag = new ThriftBatch().Text(1, key);
        return value switch
        {
            string text => tag.Small(2, 0).Text(3, text),
            double real => tag.Small(2, 1).Real(4, real),
            bool flag => tag.Small(2, 2).Flag(5, flag),
            byte[] bytes => tag.Small(2, 4).Text(7, bytes),
            _ => tag.Small(2, 3).Number(6, Convert.ToInt64(value, null)),
        };
    }

    /// <summary>A span with what all have; micros.</summary>
    public static ThriftBatch Span(long traceLow, long traceHigh, long id, long parent, string name, long startMicros, long durationMicros) => new ThriftBatch()
        .Number(1, traceLow).Number(2, traceHigh).Number(3, id).Number(4, parent).Text(5, name).Small(7, 1).Number(8, startMicros).Number(9, durationMicros);

    /// <summary>A batch.</summary>
    public static byte[] Batch(string service, ThriftBatch[] processTags, params ThriftBatch[] spans) =>
        new ThriftBatch().Struct(1, new ThriftBatch().Text(1, service).List(2, processTags)).List(2, spans).End();

    private void Field(byte type, short id)
    {
        _bytes.Add(type);
        _bytes.Add((byte)(id >> 8));
        _bytes.Add((byte)id);
    }

    private void Int(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        _bytes.AddRange(bytes);
    }
}
