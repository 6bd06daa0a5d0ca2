using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Query.Budgets;

namespace Triptych.TraceQL.Planning;

/// <summary>Reads one trace whole: all fragments, all columns, each span once.</summary>
internal sealed class TraceReader(ISpanSource source, QueryContext context)
{
    private const int BytesPerSpan = 256;

    private static readonly ColumnRef[] Projection =
    [
        SpanColumns.SpanId, SpanColumns.ParentSpanId, SpanColumns.Name, SpanColumns.Kind, SpanColumns.StartUnixNanos,
        SpanColumns.DurationNanos, SpanColumns.StatusCode, SpanColumns.StatusMessage, SpanColumns.TraceState, SpanColumns.Flags,
        SpanColumns.ScopeName, SpanColumns.ScopeVersion, SpanColumns.SpanAttributes, SpanColumns.ResourceAttributes,
        SpanColumns.ScopeAttributes, SpanColumns.Events, SpanColumns.Links,
    ];

    private readonly Dictionary<ReadOnlyMemory<byte>, ResourceGroup> _resources = new(BytesComparer.Instance);
    private readonly HashSet<(ulong SpanId, long Kind)> _seen = [];
    private long _charged;

    private sealed record ResourceGroup(byte[] Attributes)
    {
        public List<TraceScope> Scopes { get; } = [];
    }

    /// <summary>Ids as paths write them: up to 32 hex digits, zeros on the left left out.</summary>
    public static bool TryParseId(string text, out UInt128 traceId)
    {
        traceId = default;
        return text.Length is > 0 and <= 32 && UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out traceId);
    }

    /// <summary>
    /// The trace; null where it is not stored. The range tells where to look, and is no knife: spans that start up to
    /// <see cref="TraceLoader.ReachNanos"/> before or after it are of the trace too.
    /// </summary>
    public async ValueTask<TraceDetail?> ReadAsync(UInt128 traceId, long startUnixNanos, long endUnixNanos)
    {
        var id = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(id, traceId);
        try
        {
            await using var scan = await source.OpenAsync(
                new RowScanRequest
                {
                    Tenant = context.Tenant,
                    MinTimeUnixNanos = TraceLoader.Before(startUnixNanos, TraceLoader.ReachNanos),
                    MaxTimeUnixNanos = TraceLoader.After(endUnixNanos, TraceLoader.ReachNanos),
                    Symbols = context.Symbols,
                    Budget = context.Memory,
                    Projection = Projection,
                    Predicate = new RowPredicate.IdIn(SpanColumns.TraceId, new(BytesComparer.Instance) { id }),
                },
                context.CancellationToken);
            using var followed = context.Follow(scan.Statistics);
            while (await scan.NextAsync(context.CancellationToken) is { } batch)
            {
                for (var row = 0; row < batch.RowCount; row++)
                {
                    Add(batch, row);
                }
            }

            new ScanCost(scan.Statistics).AddTo(context);
            return _seen.Count == 0 ? null : Assemble(id);
        }
        finally
        {
            context.Release(_charged);
        }
    }

    private void Add(RecordBatch batch, int row)
    {
        var spanId = batch.Column<FixedBytesColumn>(0)[row];
        var kind = batch.Column<Int64Column>(3)[row];
        if (!_seen.Add((BinaryPrimitives.ReadUInt64BigEndian(spanId), kind)))
        {
            return;
        }

        var parentId = batch.Column<FixedBytesColumn>(1)[row];
        var span = new TraceSpan
        {
            SpanId = spanId.ToArray(),
            ParentSpanId = parentId.ContainsAnyExcept((byte)0) ? parentId.ToArray() : [],
            Name = Symbol(batch, 2, row),
            Kind = (int)kind,
            StartUnixNanos = batch.Column<Int64Column>(4)[row],
            DurationNanos = batch.Column<Int64Column>(5)[row],
            StatusCode = (int)batch.Column<Int64Column>(6)[row],
            StatusMessage = Encoding.UTF8.GetString(Bytes(batch, 7, row)),
            TraceState = Encoding.UTF8.GetString(Bytes(batch, 8, row)),
            Flags = (uint)batch.Column<Int64Column>(9)[row],
            Attributes = Bytes(batch, 12, row).ToArray(),
            Events = Bytes(batch, 15, row).ToArray(),
            Links = Bytes(batch, 16, row).ToArray(),
        };
        Charge(BytesPerSpan + span.Attributes.Length + span.Events.Length + span.Links.Length);
        ScopeOf(batch, row).Add(span);
    }

    private List<TraceSpan> ScopeOf(RecordBatch batch, int row)
    {
        var attributes = Bytes(batch, 13, row);
        var lookup = _resources.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!lookup.TryGetValue(attributes, out var resource))
        {
            Charge(BytesPerSpan + attributes.Length);
            resource = new ResourceGroup(attributes.ToArray());
            _resources.Add(resource.Attributes, resource);
        }

        var name = Symbol(batch, 10, row);
        var version = Symbol(batch, 11, row);
        var scopeAttributes = Bytes(batch, 14, row);
        foreach (var scope in resource.Scopes)
        {
            if (scope.Name == name && scope.Version == version && scopeAttributes.SequenceEqual(scope.Attributes))
            {
                return (List<TraceSpan>)scope.Spans;
            }
        }

        Charge(BytesPerSpan + scopeAttributes.Length);
        var spans = new List<TraceSpan>();
        resource.Scopes.Add(new TraceScope(name, version, scopeAttributes.ToArray(), spans));
        return spans;
    }

    private TraceDetail Assemble(byte[] id)
    {
        foreach (var scope in _resources.Values.SelectMany(resource => resource.Scopes))
        {
            ((List<TraceSpan>)scope.Spans).Sort((a, b) => a.StartUnixNanos.CompareTo(b.StartUnixNanos));
        }

        return new TraceDetail(id, [.. _resources.Values.Select(group => new TraceResource(group.Attributes, group.Scopes))], _seen.Count);
    }

    private void Charge(long bytes)
    {
        _charged += bytes;
        context.Charge(bytes);
    }

    private string Symbol(RecordBatch batch, int column, int row) => context.Symbols.GetString(batch.Column<SymbolColumn>(column)[row]);

    private static ReadOnlySpan<byte> Bytes(RecordBatch batch, int column, int row) => batch.Column<BytesColumn>(column)[row];
}
