using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;

namespace Triptych.Logs.Scan;

/// <summary>
/// The rows of a slice that are left while it is being read. Columns that were read for the predicate are kept and thinned out with the
/// rows. What is held is charged.
/// </summary>
internal sealed class PickedRows(SliceRows rows, LogSource source, ScanCharge charge)
{
    private const int PieceRows = 4096;

    private readonly Dictionary<ColumnRef, Column> _columns = [];
    private int[] _picked = All(rows.Rows.Count);
    private FieldRequest? _fieldRequest;
    private BlockFields? _fields;

    /// <summary>Gives streams the scan's numbers; needed for nothing but these.</summary>
    public StreamUnion? Union { get; set; }

    /// <summary>How many rows are left.</summary>
    public int Count => _picked.Length;

    /// <summary>The rows that are left, by their places among those that the slice began with.</summary>
    public IReadOnlyList<int> Places => _picked;

    /// <summary>The times of the rows that are left.</summary>
    public async ValueTask<long[]> TimesAsync(CancellationToken cancellationToken) =>
        ((Int64Column)await ColumnAsync(LogColumns.TimeUnixNanos, cancellationToken)).Values.ToArray();

    /// <summary>Their streams, by the scan's numbers.</summary>
    public int[] Streams() => Array.ConvertAll(_picked, place => Union!.NumberOf(source, rows.Streams[place]));

    /// <summary>
    /// Drops the rows that do not satisfy a predicate. The parts of a conjunction are looked at one after another, each over what the ones
    /// before left, the cheapest first.
    /// </summary>
    public async ValueTask KeepAsync(RowPredicate predicate, PredicateEvaluator evaluator, CancellationToken cancellationToken)
    {
        if (predicate is RowPredicate.And and && !LineSearch.IsForLines(predicate))
        {
            foreach (var part in and.Parts.Where(p => !LineSearch.IsForLines(p)).OrderBy(LogPruning.Cost))
                await KeepAsync(part, evaluator, cancellationToken);
            RowPredicate[] onLines = [.. and.Parts.Where(LineSearch.IsForLines)];
            if (onLines.Length > 0) await KeepAsync(new RowPredicate.And(onLines), evaluator, cancellationToken);
            return;
        }

        if (_picked.Length == 0) return;
        cancellationToken.ThrowIfCancellationRequested();
        if (LineSearch.IsForLines(predicate) && !_columns.ContainsKey(LogColumns.Line))
        {
            var isKept = new bool[_picked.Length];
            await LineSearch.RunAsync(rows, _picked, predicate, isKept, charge, cancellationToken);
            Thin(isKept);
            return;
        }

        var selected = new bool[_picked.Length];
        ColumnRef[] columns = [.. ColumnsOf(predicate).Distinct()];
        if (columns.Length == 1 && !_columns.ContainsKey(columns[0])
            && await rows.TryDecideAsync(columns[0], predicate, _picked, evaluator, selected, cancellationToken))
        {
            Thin(selected);
            return;
        }

        foreach (var column in columns) await ColumnAsync(column, cancellationToken);
        selected.AsSpan().Fill(true);
        evaluator.Apply(predicate, column => _columns[column], selected);
        Thin(selected);
    }

    /// <summary>
    /// Finds out of which rows fields are known, and drops those of them that certainly do not satisfy the conditions on fields.
    /// </summary>
    public async ValueTask UseFieldsAsync(FieldRequest request, CancellationToken cancellationToken)
    {
        _fieldRequest = request;
        _fields = _picked.Length == 0 ? null : await rows.FieldsAsync(request, cancellationToken);
        if (_fields is null) return;
        var (numbers, streams) = (Array.ConvertAll(_picked, place => rows.Rows[place]), Array.ConvertAll(_picked, place => rows.Streams[place]));
        var isOpen = await _fields.FindAsync(numbers, streams, cancellationToken);
        var hasFields = new Int64Column();
        foreach (var has in isOpen) hasFields.Add(has ? 1 : 0);
        _columns[LogColumns.HasFields] = hasFields;
        var isKept = new bool[_picked.Length];
        isKept.AsSpan().Fill(true);
        foreach (var condition in request.Conditions)
            await _fields.DecideAsync(condition, numbers, streams, isOpen, isKept, cancellationToken);
        Thin(isKept);
        Charge();
    }

    /// <summary>Whether a predicate looks at columns of bytes and numbers alone, so that any thread may evaluate it.</summary>
    public static bool NeedsNoSymbols(RowPredicate predicate) => ColumnsOf(predicate).All(c => c.Name is "line" or "metadata" or "time" or "line_length");

    /// <summary>Whether a column can be read by a thread that must not make symbols.</summary>
    public bool NeedsSymbols(ColumnRef column) => column == LogColumns.Level || column == LogColumns.Stream
        || (column is { Name: "field", Key: { } label } && _fields?.GivesSymbols(label) == true);

    /// <summary>
    /// Keeps the first rows in the given order, and all that are at the time of the last of them: which of those come first is the merge's
    /// affair.
    /// </summary>
    public async ValueTask KeepFirstAsync(int count, RowOrder order, CancellationToken cancellationToken)
    {
        var times = await TimesAsync(cancellationToken);
        var sorted = (long[])times.Clone();
        Array.Sort(sorted);
        var isDescending = order == RowOrder.TimeDescending;
        var last = isDescending ? sorted[^count] : sorted[count - 1];
        Thin(Array.ConvertAll(times, time => isDescending ? time >= last : time <= last));
    }

    /// <summary>Drops rows by their numbers in the slice.</summary>
    public void Leave(HashSet<int> numbers) => Thin(Array.ConvertAll(_picked, place => !numbers.Contains(rows.Rows[place])));

    /// <summary>Counts the rows that are left by stream and stretch; null where a column has values that could keep them apart.</summary>
    public async ValueTask<FoldedRows?> FoldAsync(RowScanRequest request, CancellationToken cancellationToken)
    {
        if (request.Fold is not { } fold) return null;
        foreach (var column in request.Projection)
        {
            if (column == LogColumns.TimeUnixNanos || column == LogColumns.Stream || column == LogColumns.RecordCount) continue;
            if (column == LogColumns.LineLengthBytes) continue;
            if (column is not { Name: "metadata", Key: not null }) return null;
            if (await ColumnAsync(column, cancellationToken) is not BytesColumn { IsAllNull: true }) return null;
        }

        var times = await TimesAsync(cancellationToken);
        var measures = request.Projection.Contains(LogColumns.LineLengthBytes);
        var lengths = measures ? (Int64Column)await ColumnAsync(LogColumns.LineLengthBytes, cancellationToken) : null;
        var folded = new FoldedRows(fold);
        for (var i = 0; i < times.Length; i++) folded.Add(rows.Streams[_picked[i]], times[i], 1, lengths?[i] ?? 0);
        return folded;
    }

    /// <summary>A column of the rows that are left.</summary>
    public async ValueTask<Column> ColumnAsync(ColumnRef column, CancellationToken cancellationToken)
    {
        if (_columns.TryGetValue(column, out var known)) return known;
        var read = column == LogColumns.RecordCount ? Ones()
            : column == LogColumns.Stream ? StreamColumn()
            : column == LogColumns.HasFields ? Zeros()
            : column is { Name: "field", Key: { } label } ? await FieldAsync(label, cancellationToken)
            : await rows.ReadAsync(column, _picked, cancellationToken);
        _columns[column] = read;
        Charge();
        return read;
    }

    /// <summary>The lines of the rows that are left; of those whose fields are known they are empty.</summary>
    public async ValueTask<Column> UnknownLinesAsync(CancellationToken cancellationToken)
    {
        if (_fields is null || _columns.ContainsKey(LogColumns.Line)) return await ColumnAsync(LogColumns.Line, cancellationToken);
        var hasFields = (Int64Column)_columns[LogColumns.HasFields];
        if (!hasFields.Values.Contains(1)) return await ColumnAsync(LogColumns.Line, cancellationToken);
        var column = new BytesColumn(charge.Budget);
        var piece = new BytesColumn(charge.Budget);
        try
        {
            for (var start = 0; start < _picked.Length; start += PieceRows)
            {
                var end = Math.Min(_picked.Length, start + PieceRows);
                piece.Clear();
                var unknown = Enumerable.Range(start, end - start).Where(i => hasFields[i] == 0).Select(i => _picked[i]).ToArray();
                if (unknown.Length > 0) await rows.ReadLinesAsync(unknown, piece, cancellationToken);
                for (int i = start, next = 0; i < end; i++) column.Add(hasFields[i] == 0 ? piece[next++] : []);
            }
        }
        catch
        {
            column.Release();
            throw;
        }
        finally
        {
            piece.Release();
        }

        _columns[LogColumns.Line] = column;
        Charge();
        return column;
    }

    /// <summary>Charges what is held now.</summary>
    public void Charge()
    {
        var sizeBytes = rows.SizeBytes + (_picked.Length * 4L);
        foreach (var column in _columns.Values) sizeBytes += column.SizeBytes;
        charge.Set(sizeBytes);
    }

    /// <summary>Hands on the columns that are kept, and gives back the memory of all others.</summary>
    public void HandOn(IReadOnlySet<Column> kept)
    {
        foreach (var column in _columns.Values.Where(column => !kept.Contains(column))) column.Release();
        _columns.Clear();
    }

    private static int[] All(int count)
    {
        var all = new int[count];
        for (var i = 0; i < count; i++) all[i] = i;
        return all;
    }

    private static IEnumerable<ColumnRef> ColumnsOf(RowPredicate predicate) => predicate switch
    {
        RowPredicate.And and => and.Parts.SelectMany(ColumnsOf),
        RowPredicate.Or or => or.Parts.SelectMany(ColumnsOf),
        RowPredicate.Not not => ColumnsOf(not.Part),
        RowPredicate.Compare compare => [compare.Column],
        RowPredicate.Exists exists => [exists.Column],
        RowPredicate.Contains contains => [contains.Column],
        RowPredicate.Matches matches => [matches.Column],
        RowPredicate.IdIn idIn => [idIn.Column],
        RowPredicate.MayHold mayHold => [mayHold.Column],
        _ => throw new ArgumentException($"unknown predicate {predicate.GetType().Name}", nameof(predicate)),
    };

    private void Thin(bool[] selected)
    {
        var kept = new List<int>(selected.AsSpan().Count(true));
        for (var i = 0; i < selected.Length; i++)
        {
            if (selected[i]) kept.Add(i);
        }

        if (kept.Count == selected.Length) return;
        var places = kept.ToArray();
        _picked = Array.ConvertAll(places, i => _picked[i]);
        foreach (var column in _columns.Keys.ToList()) _columns[column] = Gathered(_columns[column], places);
        Charge();
    }

    private Column Gathered(Column column, int[] places)
    {
        var gathered = ColumnCopy.Gather(column, places, charge.Budget);
        column.Release();
        return gathered;
    }

    private Int64Column Ones()
    {
        var column = new Int64Column();
        column.AddRange(_picked.Length).Fill(1);
        return column;
    }

    private async ValueTask<FieldColumn> FieldAsync(string label, CancellationToken cancellationToken)
    {
        if (_fieldRequest is null) throw new ArgumentException("the request asks for no fields", nameof(label));
        if (_fields is not null)
        {
            return await _fields.ColumnAsync(
                label, Array.ConvertAll(_picked, place => rows.Rows[place]), Array.ConvertAll(_picked, place => rows.Streams[place]),
                (Int64Column)_columns[LogColumns.HasFields], rows.Symbols, cancellationToken);
        }

        var nothing = new FieldColumn();
        nothing.AddRange(_picked.Length).Clear();
        return nothing;
    }

    private Int64Column Zeros()
    {
        var column = new Int64Column();
        column.AddRange(_picked.Length).Clear();
        return column;
    }

    private Int64Column StreamColumn()
    {
        var column = new Int64Column();
        foreach (var place in _picked) column.Add(Union!.NumberOf(source, rows.Streams[place]));
        return column;
    }
}
