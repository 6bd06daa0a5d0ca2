using System.Runtime.InteropServices;
using Triptych.Columnar;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Primitives.Memory;

namespace Triptych.Traces.Block;

/// <summary>
/// Finds out whether a block has a span twice: equal trace id, span id and kind. Where it certainly has none, a question that counts spans need not
/// read their ids. Reads three columns once; the open block keeps the answer. A trace that lies in two row groups counts as a repeat, although its
/// spans may differ.
/// </summary>
internal sealed class BlockRepeats(TraceBlock block, MemoryBudget budget, ScanStatistics statistics) : IDisposable
{
    // Runs of a trace up to this length are compared pair by pair.
    private const int SmallTrace = 48;

    private readonly NativeList<UInt128> _traces = new(budget);
    private readonly HashSet<(ulong SpanId, int Kind)> _seen = [];

    /// <summary>Whether there may be one.</summary>
    /// <exception cref="CorruptFileException">Ids cannot be read.</exception>
    public async ValueTask<bool> FindAsync(CancellationToken cancellationToken)
    {
        foreach (var group in block.File.RowGroups)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var traceIds = await ReadAsync(group, TraceBlockSchema.TraceId, cancellationToken);
            using var spanIds = await ReadAsync(group, TraceBlockSchema.SpanId, cancellationToken);
            using var kinds = await ReadAsync(group, TraceBlockSchema.Kind, cancellationToken);
            if (HasRepeat(MemoryMarshal.Cast<byte, UInt128>(traceIds.Data), MemoryMarshal.Cast<byte, ulong>(spanIds.Data), kinds.Int32s)) return true;
        }

        var traces = _traces.Span;
        traces.Sort();
        for (var i = 1; i < traces.Length; i++)
        {
            if (traces[i] == traces[i - 1]) return true;
        }

        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _traces.Dispose();

    private async ValueTask<DecodedColumn> ReadAsync(RowGroupReader group, string name, CancellationToken cancellationToken)
    {
        var column = await group.ReadColumnAsync(block.File.Schema.Column(name), cancellationToken: cancellationToken);
        statistics.BytesRead += column.StoredBytes;
        statistics.PagesRead += column.PagesRead;
        return column;
    }

    /// <summary>Whether rows of a row group, of which those of a trace stand together, have a span twice.</summary>
    internal bool HasRepeat(ReadOnlySpan<UInt128> traces, ReadOnlySpan<ulong> spans, ReadOnlySpan<int> kinds)
    {
        for (int start = 0, end; start < traces.Length; start = end)
        {
            end = start + 1;
            while (end < traces.Length && traces[end] == traces[start]) end++;
            _traces.Add(traces[start]);
            if (HasRepeat(spans[start..end], kinds[start..end])) return true;
        }

        return false;
    }

    private bool HasRepeat(ReadOnlySpan<ulong> spans, ReadOnlySpan<int> kinds)
    {
        if (spans.Length <= SmallTrace)
        {
            for (var i = 1; i < spans.Length; i++)
            {
                for (var before = spans[..i].IndexOf(spans[i]); before >= 0 && before < i; before++)
                {
                    if (spans[before] == spans[i] && kinds[before] == kinds[i]) return true;
                }
            }

            return false;
        }

        _seen.Clear();
        for (var i = 0; i < spans.Length; i++)
        {
            if (!_seen.Add((spans[i], kinds[i]))) return true;
        }

        return false;
    }
}
