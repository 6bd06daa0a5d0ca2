using System.Text;
using Triptych.Columnar;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Model;
using Triptych.Model.Attributes;

namespace Triptych.TraceQL.Tests.Planning;

/// <summary>A span source over a list. It honours the scan contract to the letter and records what it was asked.</summary>
internal sealed class InMemorySpanSource(IReadOnlyList<TestSpan> spans, int batchRows = 7) : ISpanSource
{
    public List<RowScanRequest> Requests { get; } = [];

    /// <summary>Rows handed out over all scans.</summary>
    public long RowsReturned { get; private set; }

    public ValueTask<IRowScan> OpenAsync(RowScanRequest request, CancellationToken cancellationToken)
    {
        Requests.Add(request);
        var inRange = spans.Where(span => span.StartUnixNanos >= request.MinTimeUnixNanos && span.StartUnixNanos < request.MaxTimeUnixNanos);
        var ordered = request.Order switch
        {
            RowOrder.TimeAscending => inRange.OrderBy(span => span.StartUnixNanos),
            RowOrder.TimeDescending => inRange.OrderByDescending(span => span.StartUnixNanos),
            _ => inRange,
        };
        return ValueTask.FromResult<IRowScan>(new Scan(this, [.. ordered], request, batchRows));
    }

    public ValueTask<IReadOnlyList<string>> AttributeNamesAsync(AttributeLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken)
    {
        var inRange = spans.Where(span => span.StartUnixNanos >= lookup.MinUnixNanos && span.StartUnixNanos < lookup.MaxUnixNanos);
        IEnumerable<string> names = lookup.Scope switch
        {
            AttributeScope.Span => inRange.SelectMany(span => span.Attributes.Keys),
            AttributeScope.Resource => inRange.SelectMany(span => span.Resource.Keys.Append("service.name")),
            AttributeScope.Event => inRange.SelectMany(span => span.Events).SelectMany(e => e.Attributes.Keys),
            AttributeScope.Link => inRange.Where(span => span.Links.Count > 0).SelectMany(span => span.LinkAttributes.Keys),
            AttributeScope.Instrumentation => inRange.SelectMany(span => span.ScopeAttributes.Keys),
            _ => [],
        };
        return ValueTask.FromResult<IReadOnlyList<string>>([.. names.Distinct().Order(StringComparer.Ordinal)]);
    }

    private static Column ColumnOf(IReadOnlyList<TestSpan> rows, ColumnRef reference, SymbolTable symbols)
    {
        Column column = reference.Key is not null ? new AttributeColumn() : reference.Name switch
        {
            "trace_id" => new FixedBytesColumn(16),
            "span_id" or "parent_span_id" => new FixedBytesColumn(8),
            "name" or "service_name" or "scope_name" or "scope_version" => new SymbolColumn(),
            "kind" or "start" or "duration" or "status_code" or "flags" => new Int64Column(),
            _ => new BytesColumn(),
        };
        foreach (var span in rows)
        {
            switch (column)
            {
                case FixedBytesColumn ids:
                    ids.Add(reference.Name switch
                    {
                        "trace_id" => TestSpan.TraceIdOf(span.Trace),
                        "span_id" => TestSpan.SpanIdOf(span.Id),
                        _ => TestSpan.SpanIdOf(span.Parent),
                    });
                    break;
                case SymbolColumn texts:
                    texts.Add(symbols.Intern(reference.Name switch
                    {
                        "name" => span.Name,
                        "service_name" => span.Service,
                        "scope_name" => span.ScopeName,
                        "scope_version" => span.ScopeVersion,
                        _ => "",
                    }));
                    break;
                case Int64Column integers:
                    integers.Add(reference.Name switch
                    {
                        "kind" => span.Kind,
                        "start" => span.StartUnixNanos,
                        "duration" => span.DurationMs * TestSpan.Millisecond,
                        "status_code" => span.Status,
                        _ => 0,
                    });
                    break;
                case AttributeColumn attributes:
                    AddAttribute(attributes, span, reference);
                    break;
                case BytesColumn bytes:
                    AddBytes(bytes, span, reference.Name);
                    break;
            }
        }

        return column;
    }

    private static void AddBytes(BytesColumn bytes, TestSpan span, string name)
    {
        if (name == "status_message" && span.StatusMessage is null)
        {
            bytes.AddNull();
            return;
        }

        bytes.Add(name switch
        {
            "status_message" => Encoding.UTF8.GetBytes(span.StatusMessage!),
            "span_attributes" => TestSpan.Encode(span.Attributes),
            "resource_attributes" => span.ResourceSet,
            "events" => span.EventBytes(),
            "links" => span.LinkBytes(),
            "scope_attributes" => TestSpan.Encode(span.ScopeAttributes),
            "trace_state" => [],
            _ => throw new ArgumentException($"no column {name}", nameof(name)),
        });
    }

    private static void AddAttribute(AttributeColumn column, TestSpan span, ColumnRef reference)
    {
        var key = Encoding.UTF8.GetBytes(reference.Key!);
        byte[] onSpan = TestSpan.Encode(span.Attributes);
        byte[][] sets = reference.Name switch
        {
            "span_attributes" => [onSpan],
            "resource_attributes" => [span.ResourceSet],
            "any_attributes" => [onSpan, span.ResourceSet],
            "scope_attributes" => [TestSpan.Encode(span.ScopeAttributes)],
            _ => [],
        };
        foreach (var set in sets)
        {
            if (AttributeReader.TryFind(set, key, out var found))
            {
                column.Add(found.Kind, found.Bits, found.Bytes);
                return;
            }
        }

        column.AddNull();
    }

    private sealed class Scan(InMemorySpanSource source, List<TestSpan> rows, RowScanRequest request, int batchRows) : IRowScan
    {
        private readonly PredicateEvaluator _evaluator = new(request.Symbols);
        private int _next;

        public StreamDictionary Streams { get; } = new();

        public ScanStatistics Statistics { get; } = new();

        public ValueTask<RecordBatch?> NextAsync(CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            while (_next < rows.Count)
            {
                var chunk = rows.GetRange(_next, Math.Min(batchRows, rows.Count - _next));
                _next += chunk.Count;
                Statistics.RowsRead += chunk.Count;
                var selected = new bool[chunk.Count];
                Array.Fill(selected, true);
                if (request.Predicate is not null)
                {
                    _evaluator.Apply(request.Predicate, column => ColumnOf(chunk, column, request.Symbols), selected);
                }

                List<TestSpan> kept = [.. chunk.Where((_, i) => selected[i])];
                if (kept.Count > 0)
                {
                    source.RowsReturned += kept.Count;
                    return ValueTask.FromResult<RecordBatch?>(
                        new RecordBatch([.. request.Projection.Select(column => ColumnOf(kept, column, request.Symbols))]) { RowCount = kept.Count });
                }
            }

            return ValueTask.FromResult<RecordBatch?>(null);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
