using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Merging;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Parquet.Writing;
using Triptych.Logs.Block;
using Triptych.Logs.Fields;
using Triptych.Logs.Patterns;
using Triptych.Model.Logs;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Memory;
using Triptych.Storage.Compaction;

namespace Triptych.Logs.Compaction;

/// <summary>Writes one output of a merge: row groups out of steps, then the streams that they name. One thread.</summary>
internal sealed class LogMergeWriter : ISliceWriter<LogMergeRows>
{
    // Cuts fall between times, so that row groups are not quite even: this leaves room up to the most rows they may have.
    private const int EvenRows = SlicePlan.SliceRows * 31 / 32;

    private readonly ParquetWriter _writer;
    private readonly LogMergeStreams _known;
    private readonly MemoryBudget _budget;
    private readonly int[] _numbers;
    private readonly List<byte[]> _streams = [];
    private readonly GramFilterBuilder _filter = new();
    private readonly LineBytes _lineBytes = new();
    private readonly RowGroupPatterns _patterns;
    private readonly FieldLayout _layout;
    private readonly MetadataLayout _metadataLayout;
    private readonly FieldExtractor? _fields;
    private readonly MetadataColumns? _metadata;
    private int _rowGroups;

    /// <summary>Begins a file with columns of some fields and metadata.</summary>
    public LogMergeWriter(Stream output, LogMergeStreams known, BlockLayout layout, MemoryBudget budget)
    {
        _layout = layout.Fields;
        _fields = _layout.IsEmpty ? null : new FieldExtractor(_layout);
        _metadataLayout = layout.Metadata;
        _metadata = _metadataLayout.IsEmpty ? null : new MetadataColumns(_metadataLayout);
        _known = known;
        _budget = budget;
        _patterns = new RowGroupPatterns(budget);
        _numbers = new int[known.Count];
        _numbers.AsSpan().Fill(-1);
        _writer = new ParquetWriter(output, layout.Schema, layout.WriterOptions());
        _writer.AddMetadata(LogBlockSchema.FormatKey, layout.Format);
    }

    /// <summary>Smallest time of a row.</summary>
    public long MinTime { get; private set; } = long.MaxValue;

    /// <summary>Largest time of a row.</summary>
    public long MaxTime { get; private set; } = long.MinValue;

    /// <summary>Rows written.</summary>
    public long RowCount { get; private set; }

    /// <summary>Bytes written.</summary>
    public long SizeBytes => _writer.Position;

    /// <summary>Writes the rows of a step that stay, as row groups of at most <see cref="SlicePlan.SliceRows"/> rows.</summary>
    public async ValueTask WriteAsync(LogMergeRows rows, CancellationToken cancellationToken)
    {
        if (rows.Step.IsCopy)
        {
            await CopyAsync(rows, cancellationToken);
            return;
        }

        var bounds = Cut(rows);
        var from = long.MinValue;
        foreach (var bound in bounds)
        {
            using var order = new NativeList<int>(_budget);
            Take(rows, from, bound, order);
            for (var start = 0; start < order.Count; start += SlicePlan.SliceRows)
            {
                // More rows than that at one time are cut where the streams are in the middle.
                await WriteGroupAsync(rows, order, start, Math.Min(SlicePlan.SliceRows, order.Count - start), cancellationToken);
            }

            from = bound;
        }
    }

    /// <summary>Writes sections and footer.</summary>
    public void Finish()
    {
        LogBlockWriter.WriteStreams(_writer, _streams);
        _writer.Finish();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _patterns.Dispose();
        _writer.Dispose();
    }

    /// <summary>Takes a row group over as it is, but for the numbers of its streams.</summary>
    private async ValueTask CopyAsync(LogMergeRows rows, CancellationToken cancellationToken)
    {
        var (group, known) = (rows.Groups[0], rows.Inputs[0].Streams);
        using var streams = await group.ReadColumnAsync(group.Find(LogBlockSchema.Stream), cancellationToken: cancellationToken);
        using var numbers = new NativeList<int>(_budget, streams.RowCount);
        foreach (var stream in streams.Int32s)
        {
            if ((uint)stream >= (uint)known.Length) throw LogMergeRows.UnknownStream(group, stream);
            numbers.Add(NumberOf(known[stream]));
        }

        var replaced = new Dictionary<string, Action<ColumnWriter>>(StringComparer.Ordinal)
        {
            [LogBlockSchema.Stream] = column => column.WriteInt32(numbers.Span),
        };
        ReplaceFields(rows.Inputs[0].File.Schema, (int)group.RowCount, replaced);
        await _writer.CopyRowGroupAsync(rows.Inputs[0].File, rows.Step.Sources[0].RowGroup, replaced, cancellationToken);
        await CopySectionsAsync(rows, cancellationToken);
        await CopyPatternsAsync(rows, cancellationToken);
        _rowGroups++;
        MinTime = Math.Min(MinTime, rows.Step.From);
        MaxTime = Math.Max(MaxTime, rows.Step.To);
        RowCount += group.RowCount;
    }

    /// <summary>Columns of fields and metadata that the other file lacks, or has otherwise, are empty.</summary>
    private void ReplaceFields(ParquetSchema other, int rows, Dictionary<string, Action<ColumnWriter>> replaced)
    {
        if (!_layout.IsEmpty && !other.TryFind(LogBlockSchema.Parsed, out _)) replaced[LogBlockSchema.Parsed] = column => column.WriteInt32(new int[rows]);
        foreach (var field in _layout.Columns)
        {
            if (other.TryFind(field.Column, out var column) && field.IsText == (column.Type == ParquetType.ByteArray)) continue;
            if (field.IsText) replaced[field.Column] = writer => writer.WriteBytes(new int[rows], [], ColumnShape.Nullable(new bool[rows]));
            else replaced[field.Column] = writer => writer.WriteInt64(new long[rows], ColumnShape.Nullable(new bool[rows]));
        }

        foreach (var column in _metadataLayout.Columns.Where(c => !other.TryFind(c.Column, out _)))
            replaced[column.Column] = writer => writer.WriteBytes(new int[rows], [], ColumnShape.Nullable(new bool[rows]));
    }

    /// <summary>Takes over filter, lengths and where metadata is of a row group that was copied. Blocks of before November 2026 have none.</summary>
    private async ValueTask CopySectionsAsync(LogMergeRows rows, CancellationToken cancellationToken)
    {
        var (file, from, to) = (rows.Inputs[0].File, rows.Step.Sources[0].RowGroup, _rowGroups);
        foreach (var sectionOf in new Func<int, string>[] { GramFilter.SectionOf, LineBytes.SectionOf, MetadataFacts.SectionOf })
        {
            if (!file.Footer.Sections.ContainsKey(sectionOf(from))) continue;
            using var section = await file.ReadSectionAsync(sectionOf(from), cancellationToken);
            _writer.AddSection(sectionOf(to), section.Span);
        }

        if (_layout.IsEmpty || rows.Inputs[0].Fields[from] is not { } facts) return;
        using var fields = new PooledBufferWriter();
        facts.With(_layout).Write(fields);
        _writer.AddSection(FieldFacts.SectionOf(to), fields.WrittenSpan);
    }

    /// <summary>Takes over the patterns of a row group that was copied, or finds them: that is when rows are first merged.</summary>
    private async ValueTask CopyPatternsAsync(LogMergeRows rows, CancellationToken cancellationToken)
    {
        var (file, rowGroup) = (rows.Inputs[0].File, rows.Step.Sources[0].RowGroup);
        if (file.Footer.Sections.ContainsKey(RowGroupPatterns.SectionOf(rowGroup)))
        {
            using var section = await file.ReadSectionAsync(RowGroupPatterns.SectionOf(rowGroup), cancellationToken);
            _writer.AddSection(RowGroupPatterns.SectionOf(_rowGroups), section.Span);
            return;
        }

        if (!_patterns.IsEnabled) return;
        _patterns.Begin();
        await rows.Inputs[0].WalkLinesAsync(rowGroup, _patterns.Add, _budget, cancellationToken);
        LogBlockWriter.WritePatterns(_writer, _rowGroups, _patterns);
    }

    /// <summary>The times, exclusive and ascending, at which row groups end, so that they are about equally long.</summary>
    private List<long> Cut(LogMergeRows rows)
    {
        var groups = (rows.KeptCount + EvenRows - 1) / EvenRows;
        var bounds = new List<long>();
        if (groups > 1)
        {
            using var times = new NativeList<long>(_budget, rows.KeptCount);
            for (var i = 0; i < rows.Rows.Length; i++)
            {
                if (!rows.IsDropped(i)) times.Add(rows.Rows[i].Time);
            }

            times.Span.Sort();
            for (var i = 1; i < groups; i++)
            {
                var bound = times[(int)((long)i * times.Count / groups)];
                if (bounds.Count == 0 || bound > bounds[^1]) bounds.Add(bound);
            }
        }

        // The last one has no end: its last time may be the last there is.
        bounds.Add(long.MaxValue);
        return bounds;
    }

    private static void Take(LogMergeRows rows, long from, long bound, NativeList<int> order)
    {
        for (var i = 0; i < rows.Rows.Length; i++)
        {
            var time = rows.Rows[i].Time;
            if (!rows.IsDropped(i) && time >= from && (time < bound || bound == long.MaxValue)) order.Add(i);
        }
    }

    private async ValueTask WriteGroupAsync(
        LogMergeRows rows, NativeList<int> order, int start, int count, CancellationToken cancellationToken)
    {
        var sources = new SourceRow[count];
        for (var i = 0; i < count; i++)
        {
            var row = rows.Rows[order[start + i]];
            sources[i] = new SourceRow(row.Source, row.Row);
            MinTime = Math.Min(MinTime, row.Time);
            MaxTime = Math.Max(MaxTime, row.Time);
        }

        RowCount += count;
        var group = _writer.BeginRowGroup();
        var gather = new RowGather(rows.Groups, sources, _budget);
        _filter.Begin(count);
        _lineBytes.Begin();
        _fields?.Begin();
        _metadata?.Begin();
        _patterns.Begin();
        var levels = new LogLevel[count];
        foreach (var column in LogBlockSchema.Schema.Columns)
        {
            if (_metadata is not null && column.Path[0] == LogBlockSchema.Metadata) continue;
            if (column.Name == LogBlockSchema.Stream) WriteStreams(rows, order, start, count, group);
            else await gather.CopyAsync(_writer.Schema.Column(column.Name), group, VisitorOf(column.Name), cancellationToken);
        }

        if (_metadata is not null) await new LogMergeMetadata(rows, _budget).WriteAsync(gather, sources, _writer.Schema, _metadata, group, cancellationToken);
        _fields?.Hand(group);
        group.End();
        LogBlockWriter.WriteSections(_writer, _rowGroups, _filter, _lineBytes, _fields, _metadata);
        LogBlockWriter.WritePatterns(_writer, _rowGroups++, _patterns);

        // Levels come before lines.
        RowGather.Visitor? VisitorOf(string column) => column == LogBlockSchema.Line ? AddLine : column == LogBlockSchema.Level ? AddLevel : null;

        void AddLevel(int index, DecodedColumn column, int place) => levels[index] = LevelNames.Read(column.Bytes(place));

        void AddLine(int index, DecodedColumn lines, int place)
        {
            var line = lines.Bytes(place);
            _filter.Add(line);
            var row = rows.Rows[order[start + index]];
            _lineBytes.Add(row.StreamRank, line.Length);
            _patterns.Add(row.StreamRank, row.Time, levels[index], line);
            if (_fields is null) return;
            if (_fields.IsFull) _fields.Hand(group);
            _fields.Add(line);
        }
    }

    private void WriteStreams(LogMergeRows rows, NativeList<int> order, int start, int count, RowGroupWriter group)
    {
        using var numbers = new NativeList<int>(_budget, count);
        for (var i = 0; i < count; i++) numbers.Add(NumberOf(_known.OfRank(rows.Rows[order[start + i]].StreamRank)));
        group.Column(LogBlockSchema.Stream).WriteInt32(numbers.Span);
        group.Column(LogBlockSchema.Stream).Complete();
    }

    /// <summary>The number of a stream in this file.</summary>
    private int NumberOf(int stream)
    {
        ref var number = ref _numbers[stream];
        if (number >= 0) return number;
        number = _streams.Count;
        _streams.Add(_known.LabelsOf(stream));
        return number;
    }
}
