using System.Text;
using Triptych.Columnar;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Model.Labels;

namespace Triptych.LogQL.Tests.Sources;

/// <summary>A logs store of rows in memory that keeps the scan contract and remembers what it was asked for.</summary>
internal sealed class MemoryLogSource : ILogSource
{
    private readonly List<Record> _records = [];
    private readonly Dictionary<string, List<KeyValuePair<string, string>>> _streams = [];

    public List<RowScanRequest> Requests { get; } = [];

    /// <summary>Fails each scan after this many batches.</summary>
    public int FailAfterBatches { get; init; } = int.MaxValue;

    public MemoryLogSource Add(string stream, long timeUnixNanos, string line, string level = "unknown", string metadata = "")
    {
        if (!_streams.ContainsKey(stream)) _streams[stream] = Pairs(stream);
        _records.Add(new Record(stream, timeUnixNanos, Encoding.UTF8.GetBytes(line), level, LabelSet.Encode(Pairs(metadata))));
        return this;
    }

    /// <summary>Adds a record with its labels as LogQL writes them: the stream in braces, the metadata without.</summary>
    public void AddWritten(string stream, int second, string level, string metadata, string line)
    {
        if (!_streams.ContainsKey(stream)) _streams[stream] = Quoted(stream);
        _records.Add(new Record(stream, second * 1_000_000_000L, Encoding.UTF8.GetBytes(line), level, LabelSet.Encode(Quoted("{" + metadata + "}"))));
    }

    public ValueTask<IRowScan> OpenAsync(RowScanRequest request, CancellationToken cancellationToken)
    {
        Requests.Add(request);
        var rows = _records
            .Where(r => r.Time >= request.MinTimeUnixNanos && r.Time < request.MaxTimeUnixNanos)
            .Where(r => request.Matchers.All(m => m.Matches(ValueOf(r.Stream, m.Name))));
        rows = request.Order switch
        {
            RowOrder.TimeAscending => rows.OrderBy(r => r.Time),
            RowOrder.TimeDescending => rows.OrderByDescending(r => r.Time),
            _ => rows,
        };
        return ValueTask.FromResult<IRowScan>(new Scan(this, request, [.. rows]));
    }

    public ValueTask<IReadOnlyList<byte[]>> StreamsAsync(StreamLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken)
    {
        var found = _records
            .Where(r => r.Time >= lookup.MinTimeUnixNanos && r.Time < lookup.MaxTimeUnixNanos)
            .Where(r => lookup.Selectors.Count == 0 || lookup.Selectors.Any(s => s.All(m => m.Matches(ValueOf(r.Stream, m.Name)))))
            .Select(r => r.Stream).Distinct().Select(s => LabelSet.Encode(_streams[s]));
        return ValueTask.FromResult<IReadOnlyList<byte[]>>([.. found]);
    }

    /// <summary>What is answered to who asks for patterns.</summary>
    public List<LogPattern> Patterns { get; } = [];

    /// <summary>The look-ups of patterns.</summary>
    public List<PatternLookup> PatternLookups { get; } = [];

    public ValueTask<IReadOnlyList<LogPattern>> PatternsAsync(PatternLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken)
    {
        PatternLookups.Add(lookup);
        return ValueTask.FromResult<IReadOnlyList<LogPattern>>(Patterns);
    }

    private static List<KeyValuePair<string, string>> Pairs(string text) =>
        [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=')).Select(p => KeyValuePair.Create(p[0], p[1]))];

    private static List<KeyValuePair<string, string>> Quoted(string labels) => labels == "{}"
        ? []
        : [.. LogQL.Syntax.LogQLParser.ParseSelector(labels).Value!.Matchers.Select(m => KeyValuePair.Create(m.Label, m.Value))];

    private string ValueOf(string stream, string name) => _streams[stream].Find(p => p.Key == name).Value ?? "";

    private sealed record Record(string Stream, long Time, byte[] Line, string Level, byte[] Metadata);

    private sealed class Scan(MemoryLogSource source, RowScanRequest request, List<Record> rows) : IRowScan
    {
        private readonly Dictionary<string, int> _numbers = [];
        private readonly PredicateEvaluator _evaluator = new(request.Symbols);
        private int _next;
        private long _returned;
        private int _batches;

        public StreamDictionary Streams { get; } = new();

        public ScanStatistics Statistics { get; } = new();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        public ValueTask<RecordBatch?> NextAsync(CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            while (_next < rows.Count && _returned < request.Limit)
            {
                if (_batches++ >= source.FailAfterBatches) throw new IOException("disk gone");
                // Small batches, so that tests cross their borders.
                var slice = rows.GetRange(_next, Math.Min(3, rows.Count - _next));
                _next += slice.Count;
                Statistics.RowsRead += slice.Count;
                var selected = new bool[slice.Count];
                Array.Fill(selected, true);
                if (request.Predicate is { } predicate) _evaluator.Apply(predicate, column => Build(column, slice), selected);
                var kept = slice.Where((_, i) => selected[i]).Take((int)Math.Min(int.MaxValue, request.Limit - _returned)).ToList();
                if (kept.Count == 0) continue;
                _returned += kept.Count;
                return ValueTask.FromResult<RecordBatch?>(new RecordBatch([.. request.Projection.Select(c => Build(c, kept))]) { RowCount = kept.Count });
            }

            return ValueTask.FromResult<RecordBatch?>(null);
        }

        private Column Build(ColumnRef column, List<Record> records)
        {
            if (column == LogColumns.TimeUnixNanos) return Integers(records, r => r.Time);
            if (column == LogColumns.Stream) return Integers(records, NumberOf);
            if (column == LogColumns.RecordCount) return Integers(records, _ => 1);
            if (column == LogColumns.HasFields) return Integers(records, _ => 0);
            if (column.Name == LogColumns.Field("").Name)
            {
                var fields = new FieldColumn();
                fields.AddRange(records.Count).Clear();
                return fields;
            }

            if (column == LogColumns.LineLengthBytes) return Integers(records, r => r.Line.Length);
            if (column == LogColumns.Level)
            {
                var levels = new SymbolColumn();
                foreach (var record in records) levels.Add(request.Symbols.Intern(record.Level));
                return levels;
            }

            var bytes = new BytesColumn();
            foreach (var record in records)
            {
                if (column == LogColumns.Line) bytes.Add(record.Line);
                else if (column == LogColumns.Metadata) bytes.Add(record.Metadata);
                else if (LabelSet.Decode(record.Metadata).FirstOrDefault(p => p.Key == column.Key).Value is { } value) bytes.Add(Encoding.UTF8.GetBytes(value));
                else bytes.AddNull();
            }

            return bytes;
        }

        private static Int64Column Integers(List<Record> records, Func<Record, long> valueOf)
        {
            var column = new Int64Column();
            foreach (var record in records) column.Add(valueOf(record));
            return column;
        }

        private long NumberOf(Record record)
        {
            if (_numbers.TryGetValue(record.Stream, out var number)) return number;
            LabelId[] labels = [];
            var count = request.Symbols.InternLabels(LabelSet.Encode(source._streams[record.Stream]), ref labels);
            return _numbers[record.Stream] = Streams.Add(labels[..count]);
        }
    }
}
