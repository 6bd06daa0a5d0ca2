using System.Text;
using Triptych.Derive.Attributes;
using Triptych.Derive.Series;
using Triptych.Model.Attributes;
using Triptych.Model.Labels;
using Triptych.Model.Traces;
using Triptych.Primitives.Binary;

namespace Triptych.Derive.ServiceGraph;

/// <summary>
/// How calls between services are found: a client's span and the server's whose parent it is are one call, wherever and in whatever order
/// they come within the wait. What is the same for all tenants. One thread at a time.
/// </summary>
internal sealed class ServiceGraphProcessor : IDisposable
{
    /// <summary>Places of counters.</summary>
    public const int Total = 0;

    /// <inheritdoc cref="Total"/>
    public const int Failed = 1;

    /// <summary>Places of histograms.</summary>
    public const int ServerSeconds = 0;

    /// <inheritdoc cref="ServerSeconds"/>
    public const int ClientSeconds = 1;

    /// <inheritdoc cref="ServerSeconds"/>
    public const int MessagingSeconds = 2;

    private const byte Server = 2;
    private const byte Client = 3;
    private const byte Producer = 4;
    private const byte Consumer = 5;
    private const byte Error = 2;
    private static readonly byte[] User = Encoding.UTF8.GetBytes("user");

    private readonly ServiceGraphOptions _options;
    private readonly long _waitMs;
    private readonly int _maxValueBytes;
    private readonly SpanFilter _filter;
    private readonly (byte[] Client, byte[] Server, int Place)[] _dimensions;
    private readonly int[] _peers;
    private readonly int[] _databases;
    private readonly int _peerService;
    private readonly int _serverAddress;
    private readonly int _peerAddress;
    private readonly int _peerPort;
    private readonly int _share;
    private readonly int _shared;
    private readonly PooledBufferWriter _text = new();
    private readonly PooledBufferWriter _key = new();
    private readonly LabelSetWriter _labels = new();

    /// <summary>Makes it; attributes that it asks for are looked for from now on.</summary>
    public ServiceGraphProcessor(ServiceGraphOptions options, DerivationOptions all, WantedAttributes wanted)
    {
        _options = options;
        _waitMs = (long)options.Wait.TotalMilliseconds;
        _maxValueBytes = all.MaxLabelValueLength;
        _filter = new SpanFilter(options.FilterPolicies, wanted);
        byte[] Label(string prefix, string name) => LabelText.NameOf(
            options.EnableClientServerPrefix ? prefix + name : name, all.MaxLabelNameLength, "client", "server", "connection_type", "virtual_node", "le");
        _dimensions = [.. options.Dimensions.Select(d => (Label("client_", d), Label("server_", d), wanted.IndexOf(d)))];
        _peers = [.. options.PeerAttributes.Select(wanted.IndexOf)];
        _databases = [.. options.DatabaseNameAttributes.Select(wanted.IndexOf)];
        _peerService = wanted.IndexOf("peer.service");
        _serverAddress = wanted.IndexOf("server.address");
        _peerAddress = wanted.IndexOf("network.peer.address");
        _peerPort = wanted.IndexOf("network.peer.port");
        _shared = wanted.IndexOf("zipkin.shared");
        _share = options.SpanMultiplierKey is { } key ? wanted.IndexOf(key) : -1;
        Layout = new SeriesLayout(2, options.EnableMessagingSystemLatencyHistogram ? 3 : 2, options.HistogramBuckets, all.Native);
    }

    /// <summary>What is counted.</summary>
    public SeriesLayout Layout { get; }

    /// <summary>The most edges that wait.</summary>
    public int MaxItems => _options.MaxItems;

    /// <summary>Counts a span, or keeps what it says of a call until the other side comes.</summary>
    public void Add(in SpanFacts span, ServiceGraphState into, long receivedMs)
    {
        var kind = span.Entry.Kind;
        if (kind is < Server or > Consumer || span.Resource.Service.Length == 0 || !_filter.Passes(span)) return;
        var type = kind is Producer or Consumer ? ConnectionType.Messaging : ConnectionType.Call;
        var isClient = kind is Client or Producer;

        // Zipkin's servers may go by their client's id instead of one of their own.
        var isShared = !isClient && span.Found[_shared].IsFound;
        if (!isClient && !isShared && !((ReadOnlySpan<byte>)span.Entry.ParentSpanId).ContainsAnyExcept((byte)0))
        {
            AddRoot(span, into, type, receivedMs);
            return;
        }

        ref readonly var clientSpan = ref isClient || isShared ? ref span.Entry.SpanId : ref span.Entry.ParentSpanId;
        var key = EdgeKey.Of(span.Entry.TraceId, clientSpan);
        var place = into.Waiting.FindOrAdd(key, receivedMs + _waitMs);
        if (place < 0) return;
        ref var edge = ref into.Waiting[place];
        if (isClient) SetClient(ref edge, span, into, type);
        else SetServer(ref edge, span, into, type);
        if (edge.Client < 0 || edge.Server < 0) return;
        Count(edge, into, virtualNode: null, receivedMs);
        into.Waiting.Remove(place);
    }

    /// <summary>Counts the calls whose other side did not come: the one that was called names itself by an attribute, or nobody knows it.</summary>
    public void Expire(ServiceGraphState state, long nowMs)
    {
        while (state.Waiting.TryTakeExpired(nowMs, out var edge))
        {
            if (edge.Client < 0 || edge.Peer < 0) continue;
            edge.Server = edge.Peer;
            edge.ServerSeconds = edge.ClientSeconds;
            edge.Type = ConnectionType.VirtualNode;

            // The time that follows from what came, not the one at which somebody looked: it is the same after a replay.
            Count(edge, state, "server"u8, edge.DeadlineMs);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _filter.Dispose();
        _text.Dispose();
        _key.Dispose();
    }

    // Nobody who sends spans called it, so there is nothing to wait for.
    private void AddRoot(in SpanFacts span, ServiceGraphState into, ConnectionType type, long receivedMs)
    {
        var edge = Edge.New(EdgeKey.Of(span.Entry.TraceId, span.Entry.ParentSpanId), 0);
        SetServer(ref edge, span, into, type);
        edge.Client = into.Names.NumberOf(User);
        edge.ClientSeconds = edge.ServerSeconds;
        edge.Type = ConnectionType.VirtualNode;
        Count(edge, into, "client"u8, receivedMs);
    }

    private void SetClient(ref Edge edge, in SpanFacts span, ServiceGraphState into, ConnectionType type)
    {
        edge.Client = into.Names.NumberOf(span.Batch.Read(span.Resource.Service));
        edge.ClientSeconds = span.Seconds;
        edge.ClientEndUnixNanos = span.Entry.StartUnixNanos + span.Entry.DurationNanos;
        SetBoth(ref edge, span, type);
        edge.ClientDimensions = DimensionsOf(span, isClient: true);
        foreach (var place in _peers)
        {
            if (!span.Found[place].IsFound) continue;
            edge.Peer = NameAt(span, place, into);
            break;
        }

        foreach (var place in _databases)
        {
            if (!span.Found[place].IsFound && !span.Resource.Found[place].IsFound) continue;
            edge.Type = ConnectionType.Database;
            edge.Server = DatabaseOf(span, place, into);
            edge.ServerSeconds = edge.ClientSeconds;
            break;
        }
    }

    private void SetServer(ref Edge edge, in SpanFacts span, ServiceGraphState into, ConnectionType type)
    {
        edge.Server = into.Names.NumberOf(span.Batch.Read(span.Resource.Service));
        edge.ServerSeconds = span.Seconds;
        edge.ServerStartUnixNanos = span.Entry.StartUnixNanos;
        SetBoth(ref edge, span, type);
        edge.ServerDimensions = DimensionsOf(span, isClient: false);
    }

    private void SetBoth(ref Edge edge, in SpanFacts span, ConnectionType type)
    {
        edge.Type = type;
        edge.Failed |= span.Entry.StatusCode == Error;
        edge.Multiplier = span.Multiplier(_share, _options.EnableTracestateSpanMultiplier);
    }

    private int DatabaseOf(in SpanFacts span, int nameAt, ServiceGraphState into)
    {
        if (span.Found[_peerService].IsFound) return NameAt(span, _peerService, into);
        if (span.Found[_serverAddress].IsFound && !IsSocket(span, _serverAddress)) return NameAt(span, _serverAddress, into);
        if (!span.Found[_peerAddress].IsFound) return NameAt(span, nameAt, into);
        _text.Reset();
        span.TryAppend(_peerAddress, _text);
        if (span.Found[_peerPort].IsFound)
        {
            _text.WriteByte((byte)':');
            span.TryAppend(_peerPort, _text);
        }

        return into.Names.NumberOf(_text.WrittenSpan);
    }

    // The path of a socket on the client's own host names nobody.
    private static bool IsSocket(in SpanFacts span, int place)
    {
        var found = span.Found[place];
        return found.Kind == AttributeKind.String && found.Length > 0
            && span.Batch.Read(span.Entry.Attributes)[found.Start] is (byte)'/' or (byte)'@';
    }

    private int NameAt(in SpanFacts span, int place, ServiceGraphState into)
    {
        // Text, as it mostly is, needs no copy.
        var found = span.Found[place];
        if (found.Kind == AttributeKind.String) return into.Names.NumberOf(span.Batch.Read(span.Entry.Attributes).Slice(found.Start, found.Length));
        _text.Reset();
        span.TryAppend(place, _text);
        return into.Names.NumberOf(_text.WrittenSpan);
    }

    private byte[]? DimensionsOf(in SpanFacts span, bool isClient)
    {
        if (_dimensions.Length == 0) return null;
        _labels.Reset();
        foreach (var (client, server, place) in _dimensions)
        {
            _text.Reset();
            if (span.TryAppend(place, _text)) _labels.Add(isClient ? client : server, LabelText.Cut(_text.WrittenSpan, _maxValueBytes));
        }

        return LabelText.Finish(_labels).ToArray();
    }

    private void Count(in Edge edge, ServiceGraphState state, ReadOnlySpan<byte> virtualNode, long nowMs)
    {
        var series = state.Series;
        _key.Reset();
        _key.WriteFixed32((uint)edge.Client);
        _key.WriteFixed32((uint)edge.Server);
        _key.WriteByte((byte)edge.Type);
        _key.WriteLengthPrefixed(virtualNode);
        _key.WriteLengthPrefixed(edge.ClientDimensions);
        _key.WriteLengthPrefixed(edge.ServerDimensions);
        var key = series.HashOf(_key.WrittenSpan);
        var row = series.Find(key);
        if (row < 0) row = series.FindOrAdd(key, LabelsOf(edge, state, virtualNode), nowMs);
        series.Touch(row, nowMs);
        series.Add(row, Total, edge.Multiplier);
        if (edge.Failed) series.Add(row, Failed, edge.Multiplier);
        var traceId = edge.Key.TraceId;
        series.Observe(row, ServerSeconds, edge.ServerSeconds, edge.Multiplier, traceId);
        series.Observe(row, ClientSeconds, edge.ClientSeconds, edge.Multiplier, traceId);
        if (edge.Type != ConnectionType.Messaging || Layout.Histograms <= MessagingSeconds) return;
        var inBetween = Math.Max(0, edge.ServerStartUnixNanos - edge.ClientEndUnixNanos) / 1e9;
        series.Observe(row, MessagingSeconds, inBetween, edge.Multiplier, traceId);
    }

    private ReadOnlySpan<byte> LabelsOf(in Edge edge, ServiceGraphState state, ReadOnlySpan<byte> virtualNode)
    {
        _labels.Reset();
        _labels.Add("client"u8, LabelText.Cut(state.Names[edge.Client], _maxValueBytes));
        _labels.Add("server"u8, LabelText.Cut(state.Names[edge.Server], _maxValueBytes));
        _labels.Add("connection_type"u8, edge.Type switch
        {
            ConnectionType.Messaging => "messaging_system"u8,
            ConnectionType.Database => "database"u8,
            ConnectionType.VirtualNode => "virtual_node"u8,
            _ => default,
        });
        if (_options.EnableVirtualNodeLabel) _labels.Add("virtual_node"u8, virtualNode);

        // Without prefixes the server's word stands where both say something.
        foreach (var (client, server, _) in _dimensions)
        {
            if (TryFind(edge.ServerDimensions, server, out var value)) _labels.Add(server, value);
            if ((_options.EnableClientServerPrefix || value.IsEmpty) && TryFind(edge.ClientDimensions, client, out value)) _labels.Add(client, value);
        }

        return LabelText.Finish(_labels);
    }

    private static bool TryFind(byte[]? labels, byte[] name, out ReadOnlySpan<byte> value)
    {
        var reader = new LabelSetReader(labels);
        while (reader.TryRead(out var found, out value))
        {
            if (found.SequenceEqual(name)) return true;
        }

        value = default;
        return false;
    }
}
