using Triptych.Columnar;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Logs.Block;
using Triptych.Model;
using Triptych.Primitives.Memory;
using Triptych.Storage.References;

namespace Triptych.Logs;

/// <summary>
/// The traces that log records refer to: by <c>trace_id</c> in their structured metadata, which is where the ids of OTLP's records are. Ids in lines are not
/// looked for. Any thread may call.
/// </summary>
/// <param name="store">Whose records.</param>
public sealed class LogReferences(ILogSource store) : ITraceReferences
{
    /// <inheritdoc/>
    public string Source => "logs";

    /// <inheritdoc/>
    public async ValueTask<string?> MarkAsync(
        TenantId tenant, TraceIdSet ids, byte mark, long minUnixNanos, long maxUnixNanos, MemoryBudget budget, CancellationToken cancellationToken)
    {
        var request = new RowScanRequest
        {
            Tenant = tenant,
            MinTimeUnixNanos = minUnixNanos,
            MaxTimeUnixNanos = maxUnixNanos == long.MaxValue ? maxUnixNanos : maxUnixNanos + 1,
            Symbols = new SymbolTable(),
            Budget = budget,
            Projection = [LogColumns.MetadataValue(LogBlockSchema.TraceId)],

            // A record that is there twice marks the same id twice.
            Fold = new RowFold(default) { KeepsRepeats = true },
        };
        try
        {
            await using var scan = await store.OpenAsync(request, cancellationToken);
            while (await scan.NextAsync(cancellationToken) is { } batch) Mark(batch.Column<BytesColumn>(0), batch.RowCount, ids, mark);
            return scan.Statistics.Warnings.Count == 0 ? null : scan.Statistics.Warnings[0];
        }
        catch (SourceNotReadyException e)
        {
            return e.Describe();
        }
    }

    private static void Mark(BytesColumn texts, int rows, TraceIdSet ids, byte mark)
    {
        ReadOnlySpan<byte> last = default;
        for (var i = 0; i < rows; i++)
        {
            // Records of one request follow one another.
            var text = texts[i];
            if (text.IsEmpty || text.SequenceEqual(last)) continue;
            last = text;
            if (TraceIdSet.TryParse(text, out var id)) ids.Mark(id, mark);
        }
    }
}
