using Triptych.Columnar.Rows;
using Triptych.Model.Attributes;
using Triptych.Model.Traces;
using Triptych.Primitives.Memory;
using Triptych.Query.Budgets;
using Triptych.TraceQL.Planning;

namespace Triptych.TraceQL.Functions;

/// <summary>
/// The tallies of all attributes that spans of a comparison have: intrinsics of few values, and every attribute of span, resource, scope, events and
/// links. Times, durations and ids are left out: they differ in each span.
/// </summary>
internal sealed class CompareTallies(QueryContext context) : IDisposable
{
    /// <summary>The most attributes that are told apart.</summary>
    public const int MaxAttributes = 10_000;

    private static readonly ColumnRef[] Columns =
    [
        SpanColumns.Name, SpanColumns.StatusCode, SpanColumns.Kind, SpanColumns.StatusMessage, SpanColumns.ScopeName, SpanColumns.ScopeVersion,
        SpanColumns.SpanAttributes, SpanColumns.ResourceAttributes, SpanColumns.ScopeAttributes, SpanColumns.Events, SpanColumns.Links,
    ];

    private readonly Dictionary<string, AttributeTally> _intrinsics = new(StringComparer.Ordinal);
    private readonly Dictionary<FieldTarget, AttributeTally> _attributes = [];
    private readonly int[] _places = new int[Columns.Length];
    private readonly List<AttributeTally> _touched = [];

    /// <summary>A scope's name with the symbol of a key in it.</summary>
    private readonly record struct FieldTarget(string Scope, int Key);

    /// <summary>All tallies by name.</summary>
    public IEnumerable<AttributeTally> All => _intrinsics.Values.Concat(_attributes.Values).OrderBy(tally => tally.Name, StringComparer.Ordinal);

    /// <summary>The tallies that the last span counted in.</summary>
    public IReadOnlyList<AttributeTally> Touched => _touched;

    public void AddProjection(List<ColumnRef> projection)
    {
        for (var i = 0; i < Columns.Length; i++)
        {
            _places[i] = projection.IndexOf(Columns[i]);
            if (_places[i] < 0)
            {
                _places[i] = projection.Count;
                projection.Add(Columns[i]);
            }
        }
    }

    /// <summary>Counts all that a span has; the root's name and service are symbols, 0 where the root is not known.</summary>
    public void Add(RecordBatch batch, int row, bool isSelection, int step, int rootName, int rootService)
    {
        _touched.Clear();
        var target = (isSelection, step);
        Intrinsic("name", FieldValue.OfSymbol(Symbols(batch, 0)[row]), target);
        Intrinsic("status", new FieldValue(ValueKind.Status, batch.Column<Int64Column>(_places[1])[row]), target);
        Intrinsic("kind", new FieldValue(ValueKind.Kind, batch.Column<Int64Column>(_places[2])[row]), target);
        Text("statusMessage", context.Symbols.Intern(Bytes(batch, 3, row)), target);
        Text("instrumentation:name", Symbols(batch, 4)[row], target);
        Text("instrumentation:version", Symbols(batch, 5)[row], target);
        Text("rootName", rootName, target);
        Text("rootServiceName", rootService, target);
        Set("span", Bytes(batch, 6, row), target);
        Set("resource", Bytes(batch, 7, row), target);
        Set("instrumentation", Bytes(batch, 8, row), target);
        var events = new SpanEventReader(Bytes(batch, 9, row));
        while (events.TryRead())
        {
            Text("event:name", context.Symbols.Intern(events.Name), target);
            Set("event", events.Attributes, target);
        }

        var links = new SpanLinkReader(Bytes(batch, 10, row));
        while (links.TryRead())
        {
            Set("link", links.Attributes, target);
        }
    }

    public void Dispose() => context.Release(All.Sum(tally => tally.ChargedBytes));

    private void Set(string scope, ReadOnlySpan<byte> set, (bool IsSelection, int Step) target)
    {
        var attributes = new AttributeReader(set);
        while (attributes.TryRead())
        {
            if (ValueOf(attributes) is not { Kind: not ValueKind.Nil } value)
            {
                continue;
            }

            var key = new FieldTarget(scope, context.Symbols.Intern(attributes.Key));
            if (!_attributes.TryGetValue(key, out var tally))
            {
                if (_attributes.Count == MaxAttributes)
                {
                    throw new QueryLimitException($"compare() would tell more than {MaxAttributes} attributes apart");
                }

                tally = new AttributeTally($"{scope}.{context.Symbols.GetString(key.Key)}", context);
                _attributes.Add(key, tally);
            }

            Count(tally, value, target);
        }
    }

    /// <summary>Lists count as their text; maps and bytes are not compared.</summary>
    private FieldValue ValueOf(scoped in AttributeReader attribute) => attribute.Kind switch
    {
        AttributeKind.Int => FieldValue.OfInteger(attribute.Bits),
        AttributeKind.Double => new FieldValue(ValueKind.Float, attribute.Bits),
        AttributeKind.Bool => FieldValue.OfBoolean(attribute.Bits != 0),
        AttributeKind.String or AttributeKind.Array => FieldValue.OfSymbol(context.Symbols.Intern(attribute.Bytes)),
        _ => FieldValue.Nil,
    };

    private void Text(string name, int symbol, (bool IsSelection, int Step) target)
    {
        if (symbol != 0)
        {
            Intrinsic(name, FieldValue.OfSymbol(symbol), target);
        }
    }

    private void Intrinsic(string name, FieldValue value, (bool IsSelection, int Step) target)
    {
        if (!_intrinsics.TryGetValue(name, out var tally))
        {
            tally = new AttributeTally(name, context);
            _intrinsics.Add(name, tally);
        }

        Count(tally, value, target);
    }

    private void Count(AttributeTally tally, FieldValue value, (bool IsSelection, int Step) target)
    {
        tally.Add(target.IsSelection, value, target.Step);
        _touched.Add(tally);
    }

    private ReadOnlySpan<int> Symbols(RecordBatch batch, int column) => batch.Column<SymbolColumn>(_places[column]).Symbols;

    private ReadOnlySpan<byte> Bytes(RecordBatch batch, int column, int row) => batch.Column<BytesColumn>(_places[column])[row];
}
