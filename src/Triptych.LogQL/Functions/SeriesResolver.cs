using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.LogQL.Stages;
using Triptych.Model.Labels;
using Triptych.Query.Operators;

namespace Triptych.LogQL.Functions;

/// <summary>
/// Tells which series a row counts for where no stage is left to run: by no label at all, by a few named ones, or by all labels. Each
/// asks the
/// scan only for the columns that it needs. One instance per scan.
/// </summary>
internal abstract class SeriesResolver
{
    /// <summary>The series met so far.</summary>
    public LabelSetIndex Series { get; } = new();

    /// <summary>The columns that <see cref="Begin"/> expects, in this order.</summary>
    public abstract IReadOnlyList<ColumnRef> Projection { get; }

    public static SeriesResolver For(LabelSelection selection, SymbolTable symbols)
    {
        if (!selection.IsBy) return new ByAllLabels(selection, symbols);
        return selection.Names.Count == 0 ? new ByNothing() : new ByNames(selection.Names, symbols);
    }

    /// <summary>Takes a batch whose columns from <paramref name="firstColumn"/> on are those of the projection.</summary>
    public abstract void Begin(RecordBatch batch, int firstColumn, StreamDictionary streams);

    /// <summary>The number of the row's series in <see cref="Series"/>.</summary>
    public abstract int Resolve(int row);

    private sealed class ByNothing : SeriesResolver
    {
        public override IReadOnlyList<ColumnRef> Projection => [];

        public override void Begin(RecordBatch batch, int firstColumn, StreamDictionary streams) => Series.GetOrAdd([], out _);

        public override int Resolve(int row) => 0;
    }

    private sealed class ByNames : SeriesResolver
    {
        private readonly SymbolTable _symbols;
        private readonly int[] _names;
        private readonly ColumnRef[] _projection;
        private readonly List<int> _seriesOfStream = [];
        private readonly LabelId[] _scratch;
        private readonly Column[] _metadata;
        private StreamDictionary _streams = new();
        private Int64Column _streamOf = new();

        public ByNames(IReadOnlyList<string> names, SymbolTable symbols)
        {
            _symbols = symbols;
            _names = [.. names.Select(symbols.Intern).Distinct().Order()];
            _scratch = new LabelId[_names.Length];
            _metadata = new Column[_names.Length];
            _projection = [LogColumns.Stream, .. _names.Select(name => ColumnOf(symbols.GetString(name)))];
        }

        public override IReadOnlyList<ColumnRef> Projection => _projection;

        public override void Begin(RecordBatch batch, int firstColumn, StreamDictionary streams)
        {
            _streams = streams;
            _streamOf = batch.Column<Int64Column>(firstColumn);
            for (var i = 0; i < _metadata.Length; i++) _metadata[i] = batch.Columns[firstColumn + 1 + i];
        }

        public override int Resolve(int row)
        {
            var stream = (int)_streamOf[row];
            foreach (var column in _metadata)
            {
                if (!column.IsNull(row)) return Find(stream, row);
            }

            while (_seriesOfStream.Count <= stream) _seriesOfStream.Add(-1);
            if (_seriesOfStream[stream] < 0) _seriesOfStream[stream] = Find(stream, row);
            return _seriesOfStream[stream];
        }

        private static ColumnRef ColumnOf(string name) =>
            name == LabelNames.DetectedLevel ? LogColumns.Level : LogColumns.MetadataValue(name);

        private int Find(int stream, int row)
        {
            var count = 0;
            for (var i = 0; i < _names.Length; i++)
            {
                var value = ValueOf(_metadata[i], row);
                if (value == SymbolTable.Empty) value = LabelEditing.Find(_streams.LabelsOf(stream), _names[i]);
                if (value != SymbolTable.Empty) _scratch[count++] = new LabelId(_names[i], value);
            }

            return Series.GetOrAdd(_scratch.AsSpan(0, count), out _);
        }

        private int ValueOf(Column column, int row) => column switch
        {
            SymbolColumn symbols => symbols[row],
            BytesColumn bytes => _symbols.Intern(bytes[row]),
            _ => throw new InvalidOperationException($"a metadata value came as {column.GetType().Name}"),
        };
    }

    private sealed class ByAllLabels(LabelSelection selection, SymbolTable symbols) : SeriesResolver
    {
        private readonly RowLabels _labels = new(symbols);
        private readonly Dictionary<long, int> _seriesOfStreamAndLevel = [];
        private LabelId[] _scratch = new LabelId[32];
        private StreamDictionary _streams = new();
        private Int64Column _streamOf = new();
        private BytesColumn _metadata = new();
        private SymbolColumn _levels = new();

        public override IReadOnlyList<ColumnRef> Projection => [LogColumns.Stream, LogColumns.Metadata, LogColumns.Level];

        public override void Begin(RecordBatch batch, int firstColumn, StreamDictionary streams)
        {
            _streams = streams;
            _streamOf = batch.Column<Int64Column>(firstColumn);
            _metadata = batch.Column<BytesColumn>(firstColumn + 1);
            _levels = batch.Column<SymbolColumn>(firstColumn + 2);
        }

        public override int Resolve(int row)
        {
            var stream = (int)_streamOf[row];
            if (!_metadata[row].IsEmpty) return Find(stream, row);
            var key = ((long)stream << 32) | (uint)_levels[row];
            if (_seriesOfStreamAndLevel.TryGetValue(key, out var series)) return series;
            series = Find(stream, row);
            _seriesOfStreamAndLevel.Add(key, series);
            return series;
        }

        private int Find(int stream, int row)
        {
            _labels.Reset(_streams.LabelsOf(stream), _metadata[row], _levels[row]);

            // Two steps: many labels are put into a larger array.
            var count = _labels.Select(selection, ref _scratch);
            return Series.GetOrAdd(_scratch.AsSpan(0, count), out _);
        }
    }
}
