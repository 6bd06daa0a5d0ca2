using System.Text;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Model.Attributes;
using Triptych.Model.Traces;
using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Planning;

/// <summary>
/// Reads one field out of the column of a scan that carries it. Texts become symbols; several values become lists, which are
/// put into the list store that the caller gives (<see cref="SpanTable.Lists"/>) and live as long as that.
/// </summary>
internal sealed class FieldReader
{
    private readonly Intrinsic? _intrinsic;
    private readonly byte[] _key;
    private readonly SymbolTable _symbols;
    private readonly List<FieldValue[]> _lists;
    private readonly List<FieldValue> _elements = [];

    private FieldReader(FieldReference reference, ColumnRef column, SymbolTable symbols, List<FieldValue[]> lists)
    {
        Column = column;
        _symbols = symbols;
        _lists = lists;
        _intrinsic = (reference as IntrinsicReference)?.Intrinsic;
        _key = Encoding.UTF8.GetBytes((reference as AttributeReference)?.Name ?? "");
    }

    /// <summary>What the scan has to project.</summary>
    public ColumnRef Column { get; }

    /// <summary>A reader, or null where the field is known only for a whole trace.</summary>
    public static FieldReader? For(FieldReference reference, SymbolTable symbols, List<FieldValue[]> lists) =>
        ColumnOf(reference) is { } column ? new FieldReader(reference, column, symbols, lists) : null;

    /// <summary>The column that a field is read from; null for fields of the whole trace.</summary>
    public static ColumnRef? ColumnOf(FieldReference reference)
    {
        if (FieldCatalog.IsServiceName(reference))
        {
            return SpanColumns.ServiceName;
        }

        if (reference is AttributeReference attribute)
        {
            return attribute.Scope switch
            {
                FieldScope.Event => SpanColumns.Events,
                FieldScope.Link => SpanColumns.Links,
                _ => FieldCatalog.AttributeColumn(attribute),
            };
        }

        return ((IntrinsicReference)reference).Intrinsic switch
        {
            Intrinsic.Duration => SpanColumns.DurationNanos,
            Intrinsic.Name => SpanColumns.Name,
            Intrinsic.Status => SpanColumns.StatusCode,
            Intrinsic.StatusMessage => SpanColumns.StatusMessage,
            Intrinsic.Kind => SpanColumns.Kind,
            Intrinsic.SpanId => SpanColumns.SpanId,
            Intrinsic.ParentId => SpanColumns.ParentSpanId,
            Intrinsic.TraceId => SpanColumns.TraceId,
            Intrinsic.InstrumentationName => SpanColumns.ScopeName,
            Intrinsic.InstrumentationVersion => SpanColumns.ScopeVersion,
            Intrinsic.EventName or Intrinsic.EventTimeSinceStart => SpanColumns.Events,
            Intrinsic.LinkTraceId or Intrinsic.LinkSpanId => SpanColumns.Links,
            _ => null,
        };
    }

    /// <summary>The field's value in a row; the span's start is needed for times of events.</summary>
    public FieldValue Read(Column column, int row, long spanStartUnixNanos) => column switch
    {
        SymbolColumn texts => FieldValue.OfSymbol(texts[row]),
        Int64Column integers => Integer(integers[row]),
        AttributeColumn attributes => Attribute(attributes.KindOf(row), attributes.BitsOf(row), attributes.BytesOf(row)),
        FixedBytesColumn ids => _intrinsic == Intrinsic.ParentId && !ids[row].ContainsAnyExcept((byte)0)
            ? FieldValue.OfSymbol(SymbolTable.Empty)
            : Hex(ids[row]),
        BytesColumn bytes when Column == SpanColumns.Events => Events(bytes[row], spanStartUnixNanos),
        BytesColumn bytes when Column == SpanColumns.Links => Links(bytes[row]),
        BytesColumn bytes => FieldValue.OfSymbol(_symbols.Intern(bytes[row])),
        _ => throw new InvalidOperationException($"{Column} arrived as {column.GetType().Name}"),
    };

    private FieldValue Integer(long value) => _intrinsic switch
    {
        Intrinsic.Duration => FieldValue.OfDuration(value),
        Intrinsic.Status => new FieldValue(ValueKind.Status, value),
        _ => new FieldValue(ValueKind.Kind, value),
    };

    private FieldValue Hex(ReadOnlySpan<byte> id)
    {
        Span<byte> hex = stackalloc byte[32];
        Convert.TryToHexStringLower(id, hex, out var length);
        return FieldValue.OfSymbol(_symbols.Intern(hex[..length]));
    }

    /// <summary>A typed attribute. Lists become their elements; maps and bytes are there but compare with nothing: a list without elements.</summary>
    private FieldValue Attribute(AttributeKind kind, long bits, ReadOnlySpan<byte> bytes)
    {
        switch (kind)
        {
            case AttributeKind.None:
                return FieldValue.Nil;
            case AttributeKind.Int:
                return FieldValue.OfInteger(bits);
            case AttributeKind.Double:
                return FieldValue.OfFloat(BitConverter.Int64BitsToDouble(bits));
            case AttributeKind.Bool:
                return FieldValue.OfBoolean(bits != 0);
            case AttributeKind.String:
                return FieldValue.OfSymbol(_symbols.Intern(bytes));
            case AttributeKind.Array:
                var values = new List<FieldValue>();
                var elements = new ListReader(bytes);
                while (elements.TryRead())
                {
                    values.Add(Attribute(elements.Kind, elements.Bits, elements.Bytes));
                }

                return List([.. values]);
            default:
                return List([]);
        }
    }

    private FieldValue List(FieldValue[] values)
    {
        _lists.Add(values);
        return new FieldValue(ValueKind.List, _lists.Count - 1);
    }

    private FieldValue Events(ReadOnlySpan<byte> bytes, long spanStartUnixNanos)
    {
        _elements.Clear();
        var events = new SpanEventReader(bytes);
        while (events.TryRead())
        {
            switch (_intrinsic)
            {
                case Intrinsic.EventName:
                    _elements.Add(FieldValue.OfSymbol(_symbols.Intern(events.Name)));
                    break;
                case Intrinsic.EventTimeSinceStart:
                    _elements.Add(FieldValue.OfDuration(events.TimeUnixNanos - spanStartUnixNanos));
                    break;
                default:
                    AddAttribute(events.Attributes);
                    break;
            }
        }

        return _elements.Count == 0 ? FieldValue.Nil : List([.. _elements]);
    }

    private FieldValue Links(ReadOnlySpan<byte> bytes)
    {
        _elements.Clear();
        var links = new SpanLinkReader(bytes);
        while (links.TryRead())
        {
            switch (_intrinsic)
            {
                case Intrinsic.LinkTraceId:
                    _elements.Add(Hex(links.TraceId));
                    break;
                case Intrinsic.LinkSpanId:
                    _elements.Add(Hex(links.SpanId));
                    break;
                default:
                    AddAttribute(links.Attributes);
                    break;
            }
        }

        return _elements.Count == 0 ? FieldValue.Nil : List([.. _elements]);
    }

    private void AddAttribute(ReadOnlySpan<byte> set)
    {
        if (!AttributeReader.TryFind(set, _key, out var found))
        {
            return;
        }

        var value = Attribute(found.Kind, found.Bits, found.Bytes);
        if (value.Kind == ValueKind.List)
        {
            _elements.AddRange(_lists[(int)value.Bits]);
        }
        else
        {
            _elements.Add(value);
        }
    }
}
