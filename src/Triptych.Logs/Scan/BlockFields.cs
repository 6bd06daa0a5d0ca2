using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Logs.Block;
using Triptych.Logs.Fields;
using Triptych.Model.Labels;

namespace Triptych.Logs.Scan;

/// <summary>
/// The fields of a row group's rows, as a request asks for them. Which rows have them hangs on the stream too: a label that the stream has is none of
/// the parser's findings. Rows are given by their number in the row group, ascending. One thread at a time.
/// </summary>
internal sealed class BlockFields
{
    private readonly ParquetFile _file;
    private readonly RowGroupReader _group;
    private readonly FieldRequest _request;
    private readonly LogSource _source;
    private readonly ReadCount _read;
    private readonly FieldSpec?[] _columns;
    private readonly bool[] _isKnown;
    private readonly bool[] _mayBeMetadata;

    private BlockFields(ParquetFile file, RowGroupReader group, FieldRequest request, LogSource source, ReadCount read)
    {
        _file = file;
        _group = group;
        _request = request;
        _source = source;
        _read = read;
        _columns = new FieldSpec?[request.Labels.Count];
        _isKnown = new bool[request.Labels.Count];
        _mayBeMetadata = new bool[request.Labels.Count];
    }

    /// <summary>Finds out what the row group has; null where it tells no row exactly.</summary>
    public static async ValueTask<BlockFields?> OpenAsync(
        ParquetFile file, RowGroupFacts facts, RowGroupReader group, FieldRequest request, LogSource source, ReadCount read,
        CancellationToken cancellationToken)
    {
        if (await facts.FieldsAsync(read, cancellationToken) is not { } known) return null;
        var fields = new BlockFields(file, group, request, source, read);
        for (var i = 0; i < request.Labels.Count; i++)
        {
            var label = request.Labels[i];
            fields._isKnown[i] = known.TryFind(request.Format, label, out fields._columns[i]);
            fields._mayBeMetadata[i] = label is LabelNames.TraceId or LabelNames.SpanId or LabelNames.DetectedLevel
                || await facts.MayHaveKeyAsync(label, read, cancellationToken);
        }

        return fields;
    }

    /// <summary>By row, whether all labels that its stream lacks are known.</summary>
    public async ValueTask<bool[]> FindAsync(IReadOnlyList<int> rows, IReadOnlyList<int> streams, CancellationToken cancellationToken)
    {
        var found = new bool[rows.Count];
        using var parsed = await ReadAsync(LogBlockSchema.Parsed, RangesOf(rows), ColumnForm.Values, cancellationToken);
        var formats = parsed.Int32s;
        var (stream, isAnswered) = (-1, false);
        for (var i = 0; i < found.Length; i++)
        {
            if (streams[i] != stream)
            {
                stream = streams[i];
                isAnswered = true;
                for (var label = 0; label < _isKnown.Length; label++) isAnswered &= _isKnown[label] || _source.HasLabel(stream, label);
            }

            found[i] = isAnswered && formats[i] == (int)_request.Format;
        }

        return found;
    }

    /// <summary>Says of each row that has fields whether a condition rules it out; <paramref name="isOpen"/> marks those that are still asked about.</summary>
    public async ValueTask DecideAsync(
        FieldCondition condition, IReadOnlyList<int> rows, IReadOnlyList<int> streams, bool[] isOpen, bool[] isKept, CancellationToken cancellationToken)
    {
        var label = LabelIndexOf(condition.Label);
        var asked = Enumerable.Range(0, rows.Count).Where(i => isOpen[i]).ToArray();
        if (asked.Length == 0) return;
        var ofNothing = _mayBeMetadata[label] ? FieldVerdict.Undecided : condition.OfNothing;
        using var values = _columns[label] is { } spec
            ? await ReadAsync(
                spec.Column, RangesOf(Array.ConvertAll(asked, i => rows[i])), spec.IsText ? ColumnForm.Codes : ColumnForm.Values, cancellationToken)
            : null;
        Decide(condition, _columns[label], values, asked, i => _source.HasLabel(streams[i], label), ofNothing, isOpen, isKept);
    }

    /// <summary>Whether reading a label's column gives out symbols, which one thread at a time may do.</summary>
    public bool GivesSymbols(string label) => _columns[LabelIndexOf(label)] is { IsText: true };

    /// <summary>The values of a label; nothing for rows without fields.</summary>
    public async ValueTask<FieldColumn> ColumnAsync(
        string label, IReadOnlyList<int> rows, IReadOnlyList<int> streams, Int64Column hasFields, SymbolTable symbols, CancellationToken cancellationToken)
    {
        var index = LabelIndexOf(label);
        var column = new FieldColumn();
        column.AddRange(rows.Count).Clear();
        if (_columns[index] is not { } spec) return column;
        var asked = new List<int>(rows.Count);
        for (var i = 0; i < rows.Count; i++)
        {
            if (hasFields[i] != 0 && !_source.HasLabel(streams[i], index)) asked.Add(i);
        }

        if (asked.Count == 0) return column;
        using var values = await ReadAsync(
            spec.Column, RangesOf(asked.ConvertAll(i => rows[i])), spec.IsText ? ColumnForm.Codes : ColumnForm.Values, cancellationToken);
        column.Clear();
        Fill(column.AddRange(rows.Count), spec, values, asked, symbols);
        return column;
    }

    private static void Fill(Span<LineField> into, FieldSpec spec, DecodedColumn values, List<int> asked, SymbolTable symbols)
    {
        into.Clear();
        if (!spec.IsText)
        {
            var numbers = values.Int64s;
            for (var i = 0; i < numbers.Length; i++)
            {
                if (!values.IsNull(i)) into[asked[i]] = new LineField(FieldKind.Number, spec.Decimals, spec.LeastDecimals, numbers[i]);
            }

            return;
        }

        var coded = values.IsCoded ? new int[values.Dictionary!.SlotCount] : null;
        for (var i = 0; coded is not null && i < coded.Length; i++) coded[i] = symbols.Intern(values.Dictionary!.Bytes(i));
        for (var i = 0; i < values.RowCount; i++)
        {
            if (values.IsNull(i)) continue;
            var symbol = coded is null ? symbols.Intern(values.Bytes(i)) : coded[values.Codes[i]];
            into[asked[i]] = new LineField(FieldKind.Text, 0, 0, symbol);
        }
    }

    private static void Decide(
        FieldCondition condition, FieldSpec? spec, DecodedColumn? values, int[] asked, Func<int, bool> isOfStream, FieldVerdict ofNothing, bool[] isOpen,
        bool[] isKept)
    {
        var ofCodes = values is { IsCoded: true } ? new FieldVerdict?[values.Dictionary!.SlotCount] : [];
        for (var i = 0; i < asked.Length; i++)
        {
            var row = asked[i];
            FieldVerdict verdict;
            if (isOfStream(row))
            {
                verdict = FieldVerdict.Undecided;
            }
            else if (values is null || values.IsNull(i))
            {
                verdict = ofNothing;
            }
            else if (!spec!.IsText)
            {
                verdict = condition.OfNumber(new LineField(FieldKind.Number, spec.Decimals, spec.LeastDecimals, values.Int64s[i]));
            }
            else if (values.IsCoded)
            {
                verdict = ofCodes[values.Codes[i]] ??= condition.OfText(values.Bytes(i));
            }
            else
            {
                verdict = condition.OfText(values.Bytes(i));
            }

            isOpen[row] = verdict == FieldVerdict.Holds;
            isKept[row] = verdict != FieldVerdict.Fails;
        }
    }

    private int LabelIndexOf(string label)
    {
        for (var i = 0; i < _request.Labels.Count; i++)
        {
            if (_request.Labels[i] == label) return i;
        }

        throw new ArgumentException($"the request asks for no field {label}", nameof(label));
    }

    private async ValueTask<DecodedColumn> ReadAsync(string column, RowRange[] ranges, ColumnForm form, CancellationToken cancellationToken)
    {
        var decoded = await _group.ReadColumnAsync(_file.Schema.Column(column), ranges, form, cancellationToken);
        _read.Add(decoded);
        return decoded;
    }

    private static RowRange[] RangesOf(IReadOnlyList<int> rows)
    {
        var ranges = new List<RowRange>();
        foreach (var row in rows)
        {
            if (ranges.Count > 0 && ranges[^1].End == row) ranges[^1] = ranges[^1] with { Count = ranges[^1].Count + 1 };
            else ranges.Add(new RowRange(row, 1));
        }

        return [.. ranges];
    }
}
