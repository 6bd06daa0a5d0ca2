using Triptych.Derive.Series;
using Triptych.Primitives.Binary;

namespace Triptych.Derive.ServiceGraph;

/// <summary>A tenant's calls: counted ones, and those that wait for their other side. One thread at a time.</summary>
/// <param name="series">Counted ones.</param>
/// <param name="maxItems">The most that wait.</param>
/// <param name="seed">For hashes; any number.</param>
internal sealed class ServiceGraphState(SeriesTable series, int maxItems, ulong seed)
{
    private const int MaxSaved = 1 << 24;

    /// <summary>Counted ones.</summary>
    public SeriesTable Series => series;

    /// <summary>Those that wait.</summary>
    public EdgeStore Waiting { get; } = new(maxItems);

    /// <summary>Names of services.</summary>
    public NodeNames Names { get; } = new(seed);

    /// <summary>Writes it.</summary>
    public void Save(PooledBufferWriter output)
    {
        series.Save(output);
        output.WriteUnsigned((ulong)Waiting.Count);
        foreach (var edge in Waiting.All())
        {
            output.WriteFixed64(edge.Key.TraceHigh);
            output.WriteFixed64(edge.Key.TraceLow);
            output.WriteFixed64(edge.Key.SpanId);
            output.WriteSigned(edge.DeadlineMs);
            foreach (var name in (ReadOnlySpan<int>)[edge.Client, edge.Server, edge.Peer]) WriteName(output, name);
            output.WriteByte((byte)edge.Type);
            output.WriteByte(edge.Failed ? (byte)1 : (byte)0);
            output.WriteDouble(edge.ClientSeconds);
            output.WriteDouble(edge.ServerSeconds);
            output.WriteSigned(edge.ClientEndUnixNanos);
            output.WriteSigned(edge.ServerStartUnixNanos);
            output.WriteDouble(edge.Multiplier);
            output.WriteLengthPrefixed(edge.ClientDimensions);
            output.WriteLengthPrefixed(edge.ServerDimensions);
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public void Load(ref VarintReader reader)
    {
        series.Load(ref reader);
        for (var edges = reader.ReadCount(MaxSaved); edges > 0 && !reader.Failed; edges--)
        {
            var edge = Edge.New(new EdgeKey(reader.ReadFixed64(), reader.ReadFixed64(), reader.ReadFixed64()), reader.ReadSigned());
            edge.Client = ReadName(ref reader);
            edge.Server = ReadName(ref reader);
            edge.Peer = ReadName(ref reader);
            edge.Type = (ConnectionType)reader.ReadByte();
            edge.Failed = reader.ReadByte() == 1;
            edge.ClientSeconds = reader.ReadDouble();
            edge.ServerSeconds = reader.ReadDouble();
            edge.ClientEndUnixNanos = reader.ReadSigned();
            edge.ServerStartUnixNanos = reader.ReadSigned();
            edge.Multiplier = reader.ReadDouble();
            edge.ClientDimensions = OrNull(reader.ReadLengthPrefixed());
            edge.ServerDimensions = OrNull(reader.ReadLengthPrefixed());
            if (!reader.Failed) Waiting.Add(edge);
        }
    }

    private static byte[]? OrNull(ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? null : bytes.ToArray();

    private void WriteName(PooledBufferWriter output, int name)
    {
        output.WriteByte(name < 0 ? (byte)0 : (byte)1);
        if (name >= 0) output.WriteLengthPrefixed(Names[name]);
    }

    private int ReadName(ref VarintReader reader) => reader.ReadByte() == 0 ? -1 : Names.NumberOf(reader.ReadLengthPrefixed());
}
