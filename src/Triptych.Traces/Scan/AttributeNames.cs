using System.Text;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Model.Attributes;
using Triptych.Model.Traces;
using Triptych.Primitives.Memory;

namespace Triptych.Traces.Scan;

/// <summary>Collects the distinct attribute names of a scope out of batches that project <see cref="ColumnOf"/>; what it holds is charged until it is disposed.</summary>
internal sealed class AttributeNames(AttributeScope scope, MemoryBudget? budget) : IDisposable
{
    // An array and a slot of a set; a name becomes a string of twice its bytes at the end.
    private const int EntryBytes = 64;
    private readonly ScanCharge _charge = new(budget);
    private long _bytes;
    private readonly HashSet<ReadOnlyMemory<byte>> _names = new(BytesComparer.Instance);
    private readonly HashSet<ReadOnlyMemory<byte>> _sets = new(BytesComparer.Instance);

    /// <summary>The column that has the names of a scope.</summary>
    public static ColumnRef ColumnOf(AttributeScope scope) => scope switch
    {
        AttributeScope.Span => SpanColumns.SpanAttributes,
        AttributeScope.Resource => SpanColumns.ResourceAttributes,
        AttributeScope.Instrumentation => SpanColumns.ScopeAttributes,
        AttributeScope.Event => SpanColumns.Events,
        _ => SpanColumns.Links,
    };

    /// <summary>Adds the names of a batch.</summary>
    public void Add(RecordBatch batch)
    {
        var column = batch.Column<BytesColumn>(0);
        for (var row = 0; row < batch.RowCount; row++) AddRow(column[row]);
        _charge.Set(_bytes);
    }

    /// <summary>The names, sorted by their bytes.</summary>
    public IReadOnlyList<string> ToList()
    {
        var sorted = _names.ToArray();
        Array.Sort(sorted, static (a, b) => a.Span.SequenceCompareTo(b.Span));
        return [.. sorted.Select(name => Encoding.UTF8.GetString(name.Span))];
    }

    /// <inheritdoc/>
    public void Dispose() => _charge.Dispose();

    private void AddRow(ReadOnlySpan<byte> value)
    {
        switch (scope)
        {
            case AttributeScope.Event:
                var events = new SpanEventReader(value);
                while (events.TryRead()) AddSet(events.Attributes);
                break;
            case AttributeScope.Link:
                var links = new SpanLinkReader(value);
                while (links.TryRead()) AddSet(links.Attributes);
                break;
            case AttributeScope.Resource or AttributeScope.Instrumentation:
                // Few differ: a set that was seen needs no walk.
                if (!_sets.GetAlternateLookup<ReadOnlySpan<byte>>().Add(value)) break;
                _bytes += EntryBytes + value.Length;
                AddSet(value);
                break;
            default:
                AddSet(value);
                break;
        }
    }

    private void AddSet(ReadOnlySpan<byte> set)
    {
        var names = _names.GetAlternateLookup<ReadOnlySpan<byte>>();
        var attributes = new AttributeReader(set);
        while (attributes.TryRead())
        {
            if (names.Add(attributes.Key)) _bytes += EntryBytes + (attributes.Key.Length * 3L);
        }
    }
}
