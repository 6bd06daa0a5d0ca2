using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Logs.Block;
using Triptych.Model.Labels;
using Triptych.Primitives.Memory;

namespace Triptych.Logs.Scan;

/// <summary>Rows of a row group; columns are read from the file for the rows asked for.</summary>
internal sealed class BlockSliceRows : SliceRows
{
    private readonly ParquetFile _file;
    private readonly RowGroupFacts? _facts;
    private readonly RowGroupReader _group;
    private readonly MemoryBudget _budget;

    /// <summary>Takes rows that have been picked already, ascending.</summary>
    public BlockSliceRows(
        ParquetFile file, RowGroupFacts? facts, RowGroupReader group, IReadOnlyList<(int Row, int Stream)> rows, SymbolTable symbols,
        MemoryBudget budget)
    {
        _file = file;
        _facts = facts;
        _group = group.ChargedTo(budget);
        Symbols = symbols;
        _budget = budget;
        foreach (var (row, stream) in rows) Add(row, stream);
    }

    /// <summary>Where the rows' streams belong; known where fields are asked for.</summary>
    public LogSource? Source { get; init; }

    /// <summary>Where the metadata is, if facts about the row group do not tell.</summary>
    public MetadataFacts? Metadata { get; init; }

    /// <summary>Picks the candidates that are of wanted streams.</summary>
    public void Pick(LogSource source, RowRange[] candidates, StreamRuns runs)
    {
        foreach (var range in candidates)
        {
            for (var run = runs.RunOf((int)range.Start); run < runs.Count && runs.StartOf(run) < range.End; run++)
            {
                if (!source.IsWanted(runs.StreamOf(run))) continue;
                AddRange(Math.Max((int)range.Start, runs.StartOf(run)), Math.Min((int)range.End, runs.EndOf(run)), runs.StreamOf(run));
            }
        }
    }

    /// <summary>Drops what is not in the time range.</summary>
    public async ValueTask KeepInRangeAsync(long minTime, long maxTimeExclusive, CancellationToken cancellationToken)
    {
        if (Rows.Count == 0) return;
        using var decoded = await DecodeAsync(_file.Schema.Column(LogBlockSchema.Time), RangesOf(), ColumnForm.Values, cancellationToken);
        Keep(place => decoded.Int64s[place] >= minTime && decoded.Int64s[place] < maxTimeExclusive);
    }

    /// <inheritdoc/>
    public override async ValueTask<Column> ReadAsync(ColumnRef column, int[] picked, CancellationToken cancellationToken)
    {
        if (column is { Name: "metadata", Key: { } absent and not (LabelNames.TraceId or LabelNames.SpanId) } && _facts is not null
            && !await _facts.MayHaveKeyAsync(absent, Read, cancellationToken))
        {
            var nulls = new BytesColumn();
            nulls.AddNulls(picked.Length);
            return nulls;
        }

        var ranges = RangesOf(picked);
        if (column == LogColumns.TimeUnixNanos) return await TimesAsync(ranges, cancellationToken);
        if (column == LogColumns.Line) return await TextAsync(LogBlockSchema.Line, ranges, cancellationToken);
        if (column == LogColumns.Level) return await LevelsAsync(ranges, cancellationToken);
        if (column == LogColumns.LineLengthBytes) return await LengthsAsync(ranges, cancellationToken);
        if (column is not { Name: "metadata" }) throw Unknown(column);
        var metadata = await MetadataAsync(cancellationToken);
        return column.Key is { } key ? await metadata.ValuesAsync(key, ranges, cancellationToken) : await metadata.AllAsync(ranges, cancellationToken);
    }

    /// <inheritdoc/>
    public override async ValueTask<bool> TryDecideAsync(
        ColumnRef column, RowPredicate predicate, int[] picked, PredicateEvaluator evaluator, bool[] isKept, CancellationToken cancellationToken)
    {
        if (column is not { Name: "metadata", Key: { } key }) return false;
        var metadata = await MetadataAsync(cancellationToken);
        return await metadata.TryDecideAsync(key, predicate, RangesOf(picked), evaluator, isKept, cancellationToken);
    }

    /// <inheritdoc/>
    public override async ValueTask ReadLinesAsync(ReadOnlyMemory<int> picked, BytesColumn into, CancellationToken cancellationToken)
    {
        using var decoded = await DecodeAsync(_file.Schema.Column(LogBlockSchema.Line), RangesOf(picked.Span), cancellationToken);
        MoveTo(into, decoded);
    }

    /// <inheritdoc/>
    public override ValueTask<BlockFields?> FieldsAsync(FieldRequest request, CancellationToken cancellationToken) => Source is null || _facts is null
        ? ValueTask.FromResult<BlockFields?>(null)
        : BlockFields.OpenAsync(_file, _facts, _group, request, Source, Read, cancellationToken);

    /// <inheritdoc/>
    public override void Dispose()
    {
    }

    private async ValueTask<BlockMetadata> MetadataAsync(CancellationToken cancellationToken) =>
        new(_file, _group, _facts is null ? Metadata : await _facts.MetadataAsync(Read, cancellationToken), _budget, Read);

    private RowRange[] RangesOf()
    {
        var ranges = new List<RowRange>();
        foreach (var row in Rows) AddTo(ranges, row);
        return [.. ranges];
    }

    private RowRange[] RangesOf(ReadOnlySpan<int> picked)
    {
        var ranges = new List<RowRange>();
        foreach (var place in picked) AddTo(ranges, Rows[place]);
        return [.. ranges];
    }

    /// <summary>Adds a row to ranges; rows come ascending.</summary>
    public static void AddTo(List<RowRange> ranges, int row)
    {
        if (ranges.Count > 0 && ranges[^1].End == row) ranges[^1] = ranges[^1] with { Count = ranges[^1].Count + 1 };
        else ranges.Add(new RowRange(row, 1));
    }

    private async ValueTask<DecodedColumn> DecodeAsync(ParquetColumn column, RowRange[] ranges, ColumnForm form, CancellationToken cancellationToken)
    {
        var decoded = await _group.ReadColumnAsync(column, ranges, form, cancellationToken);
        Read.Add(decoded);
        return decoded;
    }

    private ValueTask<DecodedColumn> DecodeAsync(ParquetColumn column, RowRange[] ranges, CancellationToken cancellationToken) =>
        DecodeAsync(column, ranges, ColumnForm.Values, cancellationToken);

    private async ValueTask<Column> TimesAsync(RowRange[] ranges, CancellationToken cancellationToken)
    {
        using var decoded = await DecodeAsync(_file.Schema.Column(LogBlockSchema.Time), ranges, cancellationToken);
        var column = new Int64Column();
        decoded.Int64s.CopyTo(column.AddRange(decoded.RowCount));
        return column;
    }

    private async ValueTask<Column> TextAsync(string name, RowRange[] ranges, CancellationToken cancellationToken)
    {
        using var decoded = await DecodeAsync(_file.Schema.Column(name), ranges, cancellationToken);
        return Filled(_budget, column => MoveTo(column, decoded));
    }

    /// <summary>Fills an empty column; bytes that lie in memory of their own, most of it used, are taken over rather than copied.</summary>
    public static void MoveTo(BytesColumn column, DecodedColumn decoded)
    {
        if (!decoded.IsCoded && decoded.Validity.IsEmpty && decoded.CanHandOnData && column.Count == 0)
        {
            column.TakeOver(decoded.DetachData()!, decoded.Ends);
            return;
        }

        column.Reserve(decoded.RowCount, decoded.IsCoded ? 0 : decoded.Data.Length);
        if (!decoded.IsCoded && decoded.Validity.IsEmpty)
        {
            column.AddRange(decoded.Data, 0, decoded.Ends);
            return;
        }

        for (var row = 0; row < decoded.RowCount; row++)
        {
            if (!decoded.Validity.IsEmpty && !decoded.Validity[row]) column.AddNull();
            else column.Add(decoded.Bytes(row));
        }
    }

    private async ValueTask<Column> LevelsAsync(RowRange[] ranges, CancellationToken cancellationToken)
    {
        var level = _file.Schema.Column(LogBlockSchema.Level);
        using var decoded = await DecodeAsync(level, ranges, ColumnForm.Codes, cancellationToken);
        var column = new SymbolColumn();
        if (!decoded.IsCoded)
        {
            for (var row = 0; row < decoded.RowCount; row++) column.Add(Symbols.Intern(decoded.Bytes(row)));
            return column;
        }

        var symbols = new int[decoded.Dictionary!.SlotCount];
        for (var i = 0; i < symbols.Length; i++) symbols[i] = Symbols.Intern(decoded.Dictionary.Bytes(i));
        foreach (var code in decoded.Codes) column.Add(symbols[code]);
        return column;
    }

    private async ValueTask<Column> LengthsAsync(RowRange[] ranges, CancellationToken cancellationToken)
    {
        using var decoded = await DecodeAsync(_file.Schema.Column(LogBlockSchema.Line), ranges, cancellationToken);
        var column = new Int64Column();
        for (var row = 0; row < decoded.RowCount; row++) column.Add(decoded.Bytes(row).Length);
        return column;
    }

    /// <summary>A column that is filled, or given back where that fails.</summary>
    public static BytesColumn Filled(MemoryBudget budget, Action<BytesColumn> fill)
    {
        var column = new BytesColumn(budget);
        try
        {
            fill(column);
            return column;
        }
        catch
        {
            column.Release();
            throw;
        }
    }
}
