using System.Text;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.LogQL.Planning;
using Triptych.LogQL.Stages;
using Triptych.Model.Labels;

namespace Triptych.LogQL.Functions;

/// <summary>
/// The columns that stages need of a scan's rows: of structured metadata and level only what can matter, where that is known. One instance for each scan.
/// </summary>
internal sealed class RowColumns
{
    private readonly List<ColumnRef> _projection = [LogColumns.TimeUnixNanos, LogColumns.Stream];
    private readonly byte[][] _metadataNames = [];
    private readonly BytesColumn[] _metadataValues = [];
    private readonly FieldColumn[] _fields = [];
    private readonly LabelSetWriter _labels = new();
    private readonly int _hasFieldsAt = -1;
    private readonly int _firstMetadataAt = -1;
    private readonly int _metadataAt = -1;
    private readonly int _levelAt = -1;
    private readonly int _lineAt = -1;
    private Int64Column _times = new();
    private Int64Column _streams = new();
    private Int64Column _hasFields = new();
    private BytesColumn _metadata = new();
    private SymbolColumn _levels = new();
    private BytesColumn _lines = new();
    private bool _hasMetadata;

    /// <param name="fields">The fields that are asked for; null for none.</param>
    /// <param name="wanted">The labels that can matter; null for all, and never where fields are asked for.</param>
    /// <param name="readsLine">Whether a stage reads lines.</param>
    /// <param name="symbols">The query's symbols.</param>
    public RowColumns(FieldRequest? fields, IReadOnlySet<string>? wanted, bool readsLine, SymbolTable symbols)
    {
        if (fields is not null)
        {
            Known = new KnownFields(fields.Labels, symbols);
            _hasFieldsAt = Add(LogColumns.HasFields);
            _fields = new FieldColumn[fields.Labels.Count];
            foreach (var label in fields.Labels) Add(LogColumns.Field(label));
        }

        if (wanted is null)
        {
            _metadataAt = Add(LogColumns.Metadata);
            _levelAt = Add(LogColumns.Level);
        }
        else
        {
            string[] ofMetadata = [.. wanted.Where(l => l != LabelNames.DetectedLevel && !FieldPlan.IsError(l)).Order(StringComparer.Ordinal)];
            _metadataNames = Array.ConvertAll(ofMetadata, Encoding.UTF8.GetBytes);
            _metadataValues = new BytesColumn[ofMetadata.Length];
            _firstMetadataAt = _projection.Count;
            foreach (var label in ofMetadata) Add(LogColumns.MetadataValue(label));
            if (wanted.Contains(LabelNames.DetectedLevel)) _levelAt = Add(LogColumns.Level);
        }

        if (readsLine) _lineAt = Add(LogColumns.Line);
    }

    /// <summary>What to ask the scan for.</summary>
    public IReadOnlyList<ColumnRef> Projection => _projection;

    /// <summary>The fields of rows; null where none are asked for.</summary>
    public KnownFields? Known { get; }

    /// <summary>Takes a batch.</summary>
    public void Begin(RecordBatch batch)
    {
        _times = batch.Column<Int64Column>(0);
        _streams = batch.Column<Int64Column>(1);
        if (_metadataAt >= 0) _metadata = batch.Column<BytesColumn>(_metadataAt);
        if (_levelAt >= 0) _levels = batch.Column<SymbolColumn>(_levelAt);
        if (_lineAt >= 0) _lines = batch.Column<BytesColumn>(_lineAt);
        if (Known is not null)
        {
            _hasFields = batch.Column<Int64Column>(_hasFieldsAt);
            for (var i = 0; i < _fields.Length; i++) _fields[i] = batch.Column<FieldColumn>(_hasFieldsAt + 1 + i);
            Known.Begin(_fields);
        }

        _hasMetadata = false;
        for (var i = 0; i < _metadataValues.Length; i++)
        {
            _metadataValues[i] = batch.Column<BytesColumn>(_firstMetadataAt + i);
            _hasMetadata |= !_metadataValues[i].IsAllNull;
        }
    }

    /// <summary>A row's time.</summary>
    public long TimeOf(int row) => _times[row];

    /// <summary>A row's stream.</summary>
    public int StreamOf(int row) => (int)_streams[row];

    /// <summary>A row's level, where it matters.</summary>
    public int LevelOf(int row) => _levelAt < 0 ? SymbolTable.Empty : _levels[row];

    /// <summary>A row's line, where it is read; empty where fields stand for it.</summary>
    public ReadOnlySpan<byte> LineOf(int row) => _lineAt < 0 ? default : _lines[row];

    /// <summary>A row's structured metadata as canonical labels, as far as it matters; valid until the next row is asked for.</summary>
    public ReadOnlySpan<byte> MetadataOf(int row)
    {
        if (_metadataAt >= 0) return _metadata[row];
        if (!HasMetadata(row)) return default;
        _labels.Reset();
        for (var i = 0; i < _metadataValues.Length; i++)
        {
            if (!_metadataValues[i].IsNull(row)) _labels.Add(_metadataNames[i], _metadataValues[i][row]);
        }

        if (_labels.TryFinish(out var canonical) != LabelSetError.None)
            throw new InvalidOperationException("a row's metadata is no label set");
        return canonical;
    }

    /// <summary>A row's fields; null where the line is to be parsed.</summary>
    public KnownFields? KnownOf(int row)
    {
        if (Known is null || _hasFields[row] == 0) return null;
        Known.Row = row;
        return Known;
    }

    /// <summary>Whether fields stand for the row's line, and no metadata can matter.</summary>
    public bool HasFieldsAlone(int row) => KnownOf(row) is not null && !HasMetadata(row);

    private bool HasMetadata(int row)
    {
        if (!_hasMetadata) return false;
        foreach (var values in _metadataValues)
        {
            if (!values.IsNull(row)) return true;
        }

        return false;
    }

    private int Add(ColumnRef column)
    {
        _projection.Add(column);
        return _projection.Count - 1;
    }
}
