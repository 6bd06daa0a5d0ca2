using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Logs.Block;
using Triptych.Logs.Head;
using Triptych.Model;
using Triptych.Model.Labels;
using Triptych.Primitives.Memory;

namespace Triptych.Logs.Scan;

/// <summary>A head generation as a source: rows as they were when the scan began, in order of arrival.</summary>
internal sealed class HeadSource(int number, LogHead head, TenantId tenant) : LogSource(number)
{
    private TenantLogs? _logs;

    /// <inheritdoc/>
    public override IReadOnlyList<LogSlice> Open(RowScanRequest request)
    {
        var slices = new List<LogSlice>();
        lock (head.Gate)
        {
            _logs = head.Find(tenant);
            if (_logs is null || !Want(_logs.Streams, request.Matchers)) return slices;
            for (var i = 0; i < _logs.SliceTimes.Count; i++)
            {
                var (min, max) = _logs.SliceTimes[i];
                if (min >= request.MaxTimeUnixNanos || max < request.MinTimeUnixNanos) continue;
                var first = i * TenantLogs.SliceRows;
                slices.Add(new HeadSlice(this, head, _logs, i, Math.Min(TenantLogs.SliceRows, _logs.Rows.Length - first), min, max));
            }
        }

        return slices;
    }

    /// <inheritdoc/>
    public override (byte[] Key, LabelId[] Labels) StreamOf(int stream, SymbolTable symbols)
    {
        lock (head.Gate) return Translate(_logs!.Streams, stream, symbols);
    }
}

/// <summary>Some rows of a head, one after another in order of arrival.</summary>
internal sealed class HeadSlice(HeadSource source, LogHead head, TenantLogs logs, int place, int count, long minTime, long maxTime)
    : LogSlice(source, place, minTime, maxTime)
{
    /// <inheritdoc/>
    public override ValueTask<SliceRows> LoadAsync(RowScanRequest request, MemoryBudget budget, CancellationToken cancellationToken)
    {
        var copy = new NativeList<LogRow>(budget, count);
        lock (head.Gate) copy.AddRange(logs.Rows.Slice(Place * TenantLogs.SliceRows, count));
        var rows = new HeadSliceRows(Source, copy, logs.Text, request.MinTimeUnixNanos, request.MaxTimeUnixNanos, request.Symbols, budget);
        return ValueTask.FromResult<SliceRows>(rows);
    }
}

/// <summary>Rows of a head slice; the text is read where it lies.</summary>
internal sealed class HeadSliceRows : SliceRows
{
    private readonly NativeList<LogRow> _rows;
    private readonly SlabArena _text;
    private readonly MemoryBudget _budget;

    /// <summary>Picks the rows out of a copy, which it owns from then on.</summary>
    public HeadSliceRows(
        LogSource source, NativeList<LogRow> rows, SlabArena text, long minTime, long maxTimeExclusive, SymbolTable symbols, MemoryBudget budget)
    {
        _rows = rows;
        _text = text;
        Symbols = symbols;
        _budget = budget;
        for (var i = 0; i < rows.Count; i++)
        {
            ref readonly var row = ref rows[i];
            var isInRange = row.TimeUnixNanos >= minTime && row.TimeUnixNanos < maxTimeExclusive;
            if (isInRange && source.IsWanted(row.Stream)) Add(i, row.Stream);
        }
    }

    /// <inheritdoc/>
    public override ValueTask<Column> ReadAsync(ColumnRef column, int[] picked, CancellationToken cancellationToken)
    {
        if (column == LogColumns.TimeUnixNanos) return new(Times(picked));
        if (column == LogColumns.Line) return new(Bytes(picked, (in LogRow row) => row.Line));
        if (column == LogColumns.Metadata) return new(Bytes(picked, (in LogRow row) => row.Metadata));
        if (column == LogColumns.Level) return new(Levels(picked));
        if (column == LogColumns.LineLengthBytes) return new(Lengths(picked));
        return column is { Name: "metadata", Key: { } key } ? new(Values(picked, key)) : throw Unknown(column);
    }

    /// <inheritdoc/>
    public override ValueTask ReadLinesAsync(ReadOnlyMemory<int> picked, BytesColumn into, CancellationToken cancellationToken)
    {
        foreach (var place in picked.Span) into.Add(_text.Read(_rows[Rows[place]].Line));
        Read.Add(into.Data.Length);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override bool TryRuleOut(ReadOnlySpan<int> picked, IReadOnlyList<ReadOnlyMemory<byte>> needles, Span<bool> isKept)
    {
        var bytes = 0L;
        for (var i = 0; i < picked.Length; i++)
        {
            var line = _text.Read(_rows[Rows[picked[i]]].Line);
            for (var n = 0; n < needles.Count && isKept[i]; n++) isKept[i] = line.IndexOf(needles[n].Span) >= 0;

            // What is kept is counted where it is read.
            if (!isKept[i]) bytes += line.Length;
        }

        Read.Add(bytes);
        return true;
    }

    /// <inheritdoc/>
    public override void Dispose() => _rows.Dispose();

    private delegate ArenaRef TextOf(in LogRow row);

    private BytesColumn Bytes(int[] picked, TextOf textOf)
    {
        var column = new BytesColumn(_budget);
        var bytes = 0;
        foreach (var place in picked) bytes = checked(bytes + textOf(_rows[Rows[place]]).Length);
        column.Reserve(picked.Length, bytes);
        foreach (var place in picked) column.Add(_text.Read(textOf(_rows[Rows[place]])));
        Read.Add(column.Data.Length);
        return column;
    }

    private Int64Column Times(int[] picked)
    {
        var column = new Int64Column();
        var times = column.AddRange(picked.Length);
        for (var i = 0; i < times.Length; i++) times[i] = _rows[Rows[picked[i]]].TimeUnixNanos;
        return column;
    }

    private SymbolColumn Levels(int[] picked)
    {
        Span<int> symbols = stackalloc int[8];
        var column = new SymbolColumn();
        foreach (var place in picked)
        {
            var level = (int)_rows[Rows[place]].Level & 7;
            if (symbols[level] == 0) symbols[level] = Symbols.Intern(LevelNames.NameOf((Model.Logs.LogLevel)level));
            column.Add(symbols[level]);
        }

        return column;
    }

    private Int64Column Lengths(int[] picked)
    {
        var column = new Int64Column();
        foreach (var place in picked) column.Add(_rows[Rows[place]].Line.Length);
        return column;
    }

    private BytesColumn Values(int[] picked, string key)
    {
        var name = System.Text.Encoding.UTF8.GetBytes(key);
        var column = new BytesColumn(_budget);
        try
        {
            foreach (var place in picked)
            {
                var metadata = _rows[Rows[place]].Metadata;
                if (metadata.Length == 0)
                {
                    column.AddNull();
                    continue;
                }

                var reader = new LabelSetReader(_text.Read(metadata));
                var found = false;
                while (!found && reader.TryRead(out var label, out var value))
                {
                    if (!label.SequenceEqual(name)) continue;
                    column.Add(value);
                    found = true;
                }

                if (!found) column.AddNull();
            }
        }
        catch
        {
            column.Release();
            throw;
        }

        return column;
    }
}
