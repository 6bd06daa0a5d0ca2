using System.Buffers.Binary;
using Triptych.Model.Traces;

namespace Triptych.Derive.ServiceGraph;

/// <summary>What lies between client and server.</summary>
internal enum ConnectionType : byte
{
    /// <summary>A call.</summary>
    Call = 0,

    /// <summary>A message.</summary>
    Messaging = 1,

    /// <summary>A database is called.</summary>
    Database = 2,

    /// <summary>One of the two sent no span.</summary>
    VirtualNode = 3,
}

/// <summary>What a call is known by: its trace and the span id of the client's side.</summary>
internal readonly record struct EdgeKey(ulong TraceHigh, ulong TraceLow, ulong SpanId)
{
    /// <summary>The key of a client's span, or of the parent of a server's.</summary>
    public static EdgeKey Of(ReadOnlySpan<byte> traceId, ReadOnlySpan<byte> spanId) => new(
        BinaryPrimitives.ReadUInt64BigEndian(traceId), BinaryPrimitives.ReadUInt64BigEndian(traceId[8..]), BinaryPrimitives.ReadUInt64BigEndian(spanId));

    /// <summary>The trace.</summary>
    public TraceId TraceId
    {
        get
        {
            var id = default(TraceId);
            BinaryPrimitives.WriteUInt64BigEndian(id, TraceHigh);
            BinaryPrimitives.WriteUInt64BigEndian(((Span<byte>)id)[8..], TraceLow);
            return id;
        }
    }

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(TraceLow, SpanId);
}

/// <summary>A call of which one side, or both, are known. Names are numbers in <see cref="NodeNames"/>; -1 for none.</summary>
internal struct Edge
{
    /// <summary>What it is known by.</summary>
    public EdgeKey Key;

    /// <summary>Until when it waits, Unix milliseconds.</summary>
    public long DeadlineMs;

    /// <summary>Who calls.</summary>
    public int Client;

    /// <summary>Who is called.</summary>
    public int Server;

    /// <summary>Whom the client says that it calls.</summary>
    public int Peer;

    /// <summary>What lies between them.</summary>
    public ConnectionType Type;

    /// <summary>Whether either side says that it failed.</summary>
    public bool Failed;

    /// <summary>How long the client took, in seconds.</summary>
    public double ClientSeconds;

    /// <summary>How long the server took, in seconds.</summary>
    public double ServerSeconds;

    /// <summary>When the client was done, Unix nanoseconds.</summary>
    public long ClientEndUnixNanos;

    /// <summary>When the server began, Unix nanoseconds.</summary>
    public long ServerStartUnixNanos;

    /// <summary>For how many calls it stands.</summary>
    public double Multiplier;

    /// <summary>Labels of the configured dimensions, canonical; null for none.</summary>
    public byte[]? ClientDimensions;

    /// <inheritdoc cref="ClientDimensions"/>
    public byte[]? ServerDimensions;

    /// <summary>An edge of which nothing is known.</summary>
    public static Edge New(EdgeKey key, long deadlineMs) => new() { Key = key, DeadlineMs = deadlineMs, Client = -1, Server = -1, Peer = -1, Multiplier = 1 };
}
