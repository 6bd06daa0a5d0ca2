using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Merging;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Logs.Block;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Memory;
using Triptych.Storage.Compaction;

namespace Triptych.Logs.Compaction;

/// <summary>A row of a step in the order of the output: stream, then time, then as it was acknowledged, which is what scans return too.</summary>
internal readonly record struct LogMergeRow(int StreamRank, int Source, long Time, int Row) : IComparable<LogMergeRow>
{
    /// <inheritdoc/>
    public int CompareTo(LogMergeRow other)
    {
        if (StreamRank != other.StreamRank) return StreamRank.CompareTo(other.StreamRank);
        if (Time != other.Time) return Time.CompareTo(other.Time);
        return Source != other.Source ? Source.CompareTo(other.Source) : Row.CompareTo(other.Row);
    }
}

/// <summary>The rows of one step, sorted, and which of them stay. Owned by the merge that loaded it.</summary>
internal sealed class LogMergeRows : ISliceRows
{
    private readonly NativeList<LogMergeRow> _rows;
    private readonly NativeList<bool> _dropped;
    private readonly MemoryBudget _budget;

    private LogMergeRows(SliceStep step, IReadOnlyList<LogMergeInput> inputs, MemoryBudget budget)
    {
        Step = step;
        Inputs = [.. step.Sources.Select(s => inputs[s.Input])];
        Groups = [.. step.Sources.Select(s => inputs[s.Input].File.RowGroups[s.RowGroup])];
        _budget = budget;
        _rows = new NativeList<LogMergeRow>(budget);
        _dropped = new NativeList<bool>(budget);
    }

    /// <summary>The step.</summary>
    public SliceStep Step { get; }

    /// <summary>The row groups that the rows come from.</summary>
    public IReadOnlyList<RowGroupReader> Groups { get; }

    /// <summary>By row group, its input.</summary>
    public IReadOnlyList<LogMergeInput> Inputs { get; }

    /// <summary>All rows, in order.</summary>
    public ReadOnlySpan<LogMergeRow> Rows => _rows.Span;

    /// <summary>Whether a row is left out.</summary>
    public bool IsDropped(int index) => _dropped[index];

    /// <summary>Leaves a row out.</summary>
    public void Drop(int index) => _dropped[index] = true;

    /// <summary>Rows that stay.</summary>
    public int KeptCount => _dropped.Span.Count(false);

    /// <summary>Whether there is nothing to write.</summary>
    public bool IsEmpty => !Step.IsCopy && KeptCount == 0;

    /// <summary>Reads and sorts the rows of a step and leaves out those that are there twice. Of a row group that is to be copied it reads none.</summary>
    public static async ValueTask<LogMergeRows> LoadAsync(
        SliceStep step, IReadOnlyList<LogMergeInput> inputs, LogMergeStreams streams, MemoryBudget budget, CancellationToken cancellationToken)
    {
        var rows = new LogMergeRows(step, inputs, budget);
        if (step.IsCopy) return rows;
        try
        {
            for (var source = 0; source < rows.Groups.Count; source++) await rows.AddAsync(source, streams, cancellationToken);
            rows._rows.Span.Sort();
            if (!rows._dropped.TryResize(rows._rows.Count)) throw new MemoryBudgetExceededException(budget, rows._rows.Count);
            await rows.DropRepeatsAsync(cancellationToken);
            return rows;
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    /// <summary>The error about a number that stands for no stream.</summary>
    public static CorruptFileException UnknownStream(RowGroupReader group, int stream) =>
        new(group.FileName, 0, $"a row names stream {stream}, which the file does not have");

    /// <inheritdoc/>
    public void Dispose()
    {
        _rows.Dispose();
        _dropped.Dispose();
    }

    private async ValueTask AddAsync(int source, LogMergeStreams streams, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var group = Groups[source];
        using var times = await group.ReadColumnAsync(group.Find(LogBlockSchema.Time), cancellationToken: cancellationToken);
        using var numbers = await group.ReadColumnAsync(group.Find(LogBlockSchema.Stream), cancellationToken: cancellationToken);
        Add(source, times.Int64s, numbers.Int32s, streams);
        await Task.Yield();
    }

    private void Add(int source, ReadOnlySpan<long> times, ReadOnlySpan<int> numbers, LogMergeStreams streams)
    {
        var known = Inputs[source].Streams;
        for (var row = 0; row < times.Length; row++)
        {
            if (times[row] < Step.From || times[row] > Step.To) continue;
            if ((uint)numbers[row] >= (uint)known.Length) throw UnknownStream(Groups[source], numbers[row]);

            _rows.Add(new LogMergeRow(streams.RankOf(known[numbers[row]]), source, times[row], row));
        }
    }

    /// <summary>Of rows of one stream and time that come from several inputs, those with the same line and metadata are one: the first.</summary>
    private async ValueTask DropRepeatsAsync(CancellationToken cancellationToken)
    {
        using var suspects = new NativeList<int>(_budget);
        FindSuspects(suspects);
        if (suspects.Count == 0) return;
        var hashes = await HashAsync(suspects, cancellationToken);
        var seen = new HashSet<Hash128>();
        for (var i = 0; i < suspects.Count; i++)
        {
            if (i > 0 && !IsSameInstant(suspects[i - 1], suspects[i])) seen.Clear();
            if (!seen.Add(hashes[i])) Drop(suspects[i]);
        }
    }

    private void FindSuspects(NativeList<int> suspects)
    {
        for (var start = 0; start < _rows.Count;)
        {
            var end = start + 1;
            var inputs = 1;
            for (; end < _rows.Count && IsSameInstant(start, end); end++)
            {
                if (Inputs[_rows[end].Source] != Inputs[_rows[end - 1].Source]) inputs++;
            }

            for (var i = start; inputs > 1 && i < end; i++) suspects.Add(i);
            start = end;
        }
    }

    private bool IsSameInstant(int a, int b) => _rows[a].StreamRank == _rows[b].StreamRank && _rows[a].Time == _rows[b].Time;

    /// <summary>A hash over line and metadata of each row: 128 bits, so that no two records share one by accident.</summary>
    private async ValueTask<Hash128[]> HashAsync(NativeList<int> indexes, CancellationToken cancellationToken)
    {
        var order = new SourceRow[indexes.Count];
        for (var i = 0; i < order.Length; i++) order[i] = new SourceRow(_rows[indexes[i]].Source, _rows[indexes[i]].Row);
        var hashes = new Hash128[order.Length];
        hashes.AsSpan().Fill(new Hash128(0, 1));
        var gather = new RowGather(Groups, order, _budget);
        var schema = LogBlockSchema.Schema;
        foreach (var column in new[]
        {
            schema.Column(LogBlockSchema.Line), schema.Column(LogBlockSchema.TraceId), schema.Column(LogBlockSchema.SpanId),
            schema.Column(LogBlockSchema.Metadata, "key"), schema.Column(LogBlockSchema.Metadata, "value"),
        })
        {
            await gather.VisitAsync(column, (index, values, place) => Mix(ref hashes[index], values, place), cancellationToken);
        }

        return hashes;
    }

    private static void Mix(ref Hash128 hash, DecodedColumn values, int place)
    {
        var (start, end) = values.ListEnds.IsEmpty ? (place, place + 1) : (place == 0 ? 0 : values.ListEnds[place - 1], values.ListEnds[place]);
        for (var slot = start; slot < end; slot++)
        {
            var bytes = values.Bytes(slot);
            hash = new Hash128(XxHash64.Compute(bytes, hash.Hi), XxHash64.Compute(bytes, hash.Lo));
        }

        // Two rows whose lists differ in length differ, whatever is in them.
        hash = new Hash128(hash.Hi + (ulong)(end - start), hash.Lo);
    }
}
