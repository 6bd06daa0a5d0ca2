using Triptych.Columnar.Parquet.Merging;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Rows;
using Triptych.Logs.Block;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Memory;

namespace Triptych.Logs.Compaction;

/// <summary>
/// Leaves out records that are there twice: of rows of one stream and time that come from several inputs, those with the same line and metadata are one,
/// the first. Where the rows of one stream and time are too many to be loaded at once, the hashes of those that came before are kept. One thread.
/// </summary>
internal sealed class LogMergeRepeats(MemoryBudget budget) : IDisposable
{
    // An entry of a hash set.
    private const int EntryBytes = 40;

    private readonly ScanCharge _charge = new(budget);
    private readonly HashSet<Hash128> _seen = [];
    private LogMergeRow? _last;

    /// <summary>Leaves rows out; they come in the order of their steps, and those of one step in the order in which it is cut.</summary>
    public async ValueTask DropAsync(LogMergeRows rows, CancellationToken cancellationToken)
    {
        using var suspects = new NativeList<int>(budget);
        FindSuspects(rows, suspects);
        if (suspects.Count == 0) return;
        using var hashes = new NativeList<Hash128>(budget);
        if (!hashes.TryResize(suspects.Count)) throw new MemoryBudgetExceededException(budget, suspects.Count * 16L);
        await HashAsync(rows, suspects, hashes, cancellationToken);

        // First those that go on with what came before, whose hashes are still known.
        for (var i = 0; i < suspects.Count; i++)
        {
            if (IsContinued(rows, suspects[i])) DropRepeat(rows, suspects[i], hashes[i]);
        }

        for (var i = 0; i < suspects.Count; i++)
        {
            if (!IsContinued(rows, suspects[i])) DropRepeat(rows, suspects[i], hashes[i]);
        }
    }

    private static bool IsContinued(LogMergeRows rows, int index) => rows.After is { } after && LogMergeRows.IsSameInstant(after, rows.Rows[index]);

    private void DropRepeat(LogMergeRows rows, int index, in Hash128 hash)
    {
        var row = rows.Rows[index];
        if (_last is not { } last || !LogMergeRows.IsSameInstant(last, row)) Forget();
        _last = row;
        if (!_seen.Add(hash)) rows.Drop(index);
        else _charge.Add(EntryBytes);
    }

    /// <inheritdoc/>
    public void Dispose() => _charge.Dispose();

    private void Forget()
    {
        _seen.Clear();
        _charge.Set(0);
    }

    private static void FindSuspects(LogMergeRows step, NativeList<int> suspects)
    {
        if (step.Step.Sources.All(s => s.Input == step.Step.Sources[0].Input)) return;
        var rows = step.Rows;
        for (var start = 0; start < rows.Length;)
        {
            var end = start + 1;
            var isShared = step.Left is { } left && LogMergeRows.IsSameInstant(left.After, rows[start]);
            isShared |= step.After is { } after && LogMergeRows.IsSameInstant(after, rows[start]);
            for (; end < rows.Length && LogMergeRows.IsSameInstant(rows[start], rows[end]); end++)
            {
                isShared |= step.Inputs[rows[end].Source] != step.Inputs[rows[end - 1].Source];
            }

            for (var i = start; isShared && i < end; i++) suspects.Add(i);
            start = end;
        }
    }

    /// <summary>A hash over line and metadata of each row: 128 bits, so that no two records share one by accident.</summary>
    private async ValueTask HashAsync(LogMergeRows rows, NativeList<int> indexes, NativeList<Hash128> hashes, CancellationToken cancellationToken)
    {
        var order = new SourceRow[indexes.Count];
        for (var i = 0; i < order.Length; i++) order[i] = new SourceRow(rows.Rows[indexes[i]].Source, rows.Rows[indexes[i]].Row);
        hashes.Span.Fill(new Hash128(0, 1));
        var gather = new RowGather(rows.Groups, order, budget);
        var schema = LogBlockSchema.Schema;
        var metadata = new LogMergeMetadata(rows, budget);
        if (metadata.HasColumns)
        {
            await gather.VisitAsync(schema.Column(LogBlockSchema.Line), (index, values, place) => Mix(ref hashes[index], values, place), cancellationToken);
            await metadata.VisitAsync(order, (index, canonical) => Mix(ref hashes[index], canonical), cancellationToken);
            return;
        }

        foreach (var column in new[]
        {
            schema.Column(LogBlockSchema.Line), schema.Column(LogBlockSchema.TraceId), schema.Column(LogBlockSchema.SpanId),
            schema.Column(LogBlockSchema.Metadata, "key"), schema.Column(LogBlockSchema.Metadata, "value"),
        })
        {
            await gather.VisitAsync(column, (index, values, place) => Mix(ref hashes[index], values, place), cancellationToken);
        }
    }

    private static void Mix(ref Hash128 hash, DecodedColumn values, int place)
    {
        var (start, end) = values.ListEnds.IsEmpty ? (place, place + 1) : (place == 0 ? 0 : values.ListEnds[place - 1], values.ListEnds[place]);
        for (var slot = start; slot < end; slot++)
        {
            Mix(ref hash, values.Bytes(slot));
        }

        // Two rows whose lists differ in length differ, whatever is in them.
        hash = new Hash128(hash.Hi + (ulong)(end - start), hash.Lo);
    }

    private static void Mix(ref Hash128 hash, ReadOnlySpan<byte> bytes) =>
        hash = new Hash128(XxHash64.Compute(bytes, hash.Hi), XxHash64.Compute(bytes, hash.Lo));
}
