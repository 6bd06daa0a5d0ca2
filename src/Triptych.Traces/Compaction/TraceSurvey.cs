using System.Buffers.Binary;
using Triptych.Columnar.Rows;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Memory;
using Triptych.Storage.Compaction;
using Triptych.Traces.Attributes;

namespace Triptych.Traces.Compaction;

/// <summary>A part of a trace that lies in several row groups.</summary>
/// <param name="Id">The trace's id as a big-endian number.</param>
/// <param name="TraceStart">Smallest start over all parts, Unix nanoseconds.</param>
/// <param name="Input">Number of the input.</param>
/// <param name="RowGroup">Number of its row group.</param>
/// <param name="FirstRow">First row in it.</param>
/// <param name="Count">Rows.</param>
internal readonly record struct TracePart(UInt128 Id, long TraceStart, int Input, int RowGroup, int FirstRow, int Count);

/// <summary>
/// When the traces of a merge start, and which of them lie in more than one row group. Those are found in two walks over the ids: a filter
/// (8 bits for each row, four probes) remembers the ids met and names suspects, of which the second walk collects all parts. Memory is the
/// filter, then 64 bytes for each part.
/// </summary>
internal sealed class TraceSurvey : IDisposable
{
    private const int SuspectBytes = 48;

    // Of a row group that is copied resources and scopes are decoded and numbered anew.
    private const int NumberBytes = 4 * sizeof(int);

    // Spans of a row group that are looked at to know when its traces start.
    private const int SampledSpans = 8 * 1024;

    private readonly IReadOnlyList<TraceMergeInput> _inputs;
    private readonly MemoryBudget _budget;
    private readonly ScanCharge _charge;
    private readonly NativeList<TracePart> _parts;
    private readonly HashSet<UInt128> _split = [];
    private readonly Dictionary<(int Input, int RowGroup), (long Min, long Max, long[] Sample)> _starts = [];

    private TraceSurvey(IReadOnlyList<TraceMergeInput> inputs, MemoryBudget budget)
    {
        _inputs = inputs;
        _budget = budget;
        _charge = new ScanCharge(budget);
        _parts = new NativeList<TracePart>(budget);
    }

    /// <summary>Looks at all inputs.</summary>
    public static async ValueTask<TraceSurvey> OpenAsync(IReadOnlyList<TraceMergeInput> inputs, MemoryBudget budget, CancellationToken cancellationToken)
    {
        var survey = new TraceSurvey(inputs, budget);
        try
        {
            await survey.FindSuspectsAsync(cancellationToken);
            if (survey._split.Count > 0) await survey.CollectAsync(cancellationToken);
            return survey;
        }
        catch
        {
            survey.Dispose();
            throw;
        }
    }

    /// <summary>Whether a trace lies in several row groups.</summary>
    public bool IsSplit(UInt128 id) => _split.Contains(id);

    /// <summary>The parts of such traces that start in [from, to], by trace.</summary>
    public ReadOnlySpan<TracePart> PartsIn(long from, long to)
    {
        var first = CountBefore(from);
        return _parts.Span[first..(to == long.MaxValue ? _parts.Count : CountBefore(to + 1))];
    }

    /// <summary>The row groups as the plan sees them; those with other columns of attributes than the outputs are not copied.</summary>
    /// <param name="job">The merge.</param>
    /// <param name="layout">The outputs' columns of attributes.</param>
    /// <param name="changed">Row groups that must not be copied as they are, beside those that the deletions may change.</param>
    public IEnumerable<SliceSource> Slices(MergeJob job, AttributeLayout layout, IReadOnlySet<(int Input, int RowGroup)>? changed = null)
    {
        var broken = new HashSet<(int, int)>();
        foreach (var part in _parts.Span) broken.Add((part.Input, part.RowGroup));
        var slices = new List<SliceSource>();
        foreach (var ((input, rowGroup), (min, max, sample)) in _starts)
        {
            var file = _inputs[input].Block.File;
            var group = file.RowGroups[rowGroup];
            var largest = group.Info.Columns.Max(c => c.UncompressedBytes);
            var (first, last) = _inputs[input].StartsOf(rowGroup);
            slices.Add(new SliceSource
            {
                Input = input,
                RowGroup = rowGroup,
                MinTime = min,
                MaxTime = max,
                Rows = group.RowCount,
                LargestColumnBytes = largest,
                Sample = sample,
                MayCopy = file.Footer.HasChecksums
                    && (group.RowCount >= SlicePlan.ProperRows || largest >= MergeScale.ProperBytes(job.Memory))
                    && group.RowCount * NumberBytes <= job.Memory.Limit / 8
                    && _inputs[input].Block.AttributesOf(rowGroup).FitsIn(layout)
                    && !broken.Contains((input, rowGroup))
                    && changed?.Contains((input, rowGroup)) != true
                    && !job.Deletions.Any(d => d.MinTime <= last && d.MaxTime >= first),
            });
        }

        return slices;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _parts.Dispose();
        _charge.Dispose();
    }

    private int CountBefore(long start)
    {
        var (low, high) = (0, _parts.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_parts[middle].TraceStart < start) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private async ValueTask FindSuspectsAsync(CancellationToken cancellationToken)
    {
        var rows = _inputs.Sum(i => i.Block.File.Footer.RowCount);
        using var met = new NativeList<ulong>(_budget);
        var words = (int)Math.Clamp(rows / sizeof(ulong), 128, _budget.Limit / 4 / sizeof(ulong));
        if (!met.TryResize(words)) throw new MemoryBudgetExceededException(_budget, words * (long)sizeof(ulong));
        using var starts = new NativeList<long>(_budget, SampledSpans);
        for (var input = 0; input < _inputs.Count; input++)
        {
            for (var rowGroup = 0; rowGroup < _inputs[input].Block.File.RowGroups.Length; rowGroup++)
            {
                starts.Clear();
                var stride = Math.Max(1, _inputs[input].Block.File.RowGroups[rowGroup].RowCount / SampledSpans);
                var (min, max) = (long.MaxValue, long.MinValue);
                await _inputs[input].WalkAsync(
                    rowGroup,
                    (id, first, count, start) =>
                    {
                        (min, max) = (Math.Min(min, start), Math.Max(max, start));
                        for (var row = (first + stride - 1) / stride * stride; row < first + count; row += stride) starts.Add(start);
                        if (WasMet(met.Span, id) && _split.Add(id)) _charge.Add(SuspectBytes);
                    },
                    _budget,
                    cancellationToken);
                if (min > max) continue;
                starts.Span.Sort();
                var sample = starts.Count > 0 ? SliceSource.SampleOf(starts.Span) : [min];
                sample[0] = min;
                _starts[(input, rowGroup)] = (min, max, sample);
                _charge.Add(SliceSource.SizeBytes);
            }
        }
    }

    /// <summary>Whether the id may have been met before; from now on it was.</summary>
    private static bool WasMet(Span<ulong> filter, UInt128 id)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, id);
        var hash = XxHash64.Compute(bytes);
        var wasMet = true;
        for (var probe = 0; probe < 4; probe++)
        {
            var bit = (hash + ((ulong)probe * (hash >> 32 | 1))) % ((ulong)filter.Length * 64);
            ref var word = ref filter[(int)(bit / 64)];
            wasMet &= (word & (1UL << (int)(bit % 64))) != 0;
            word |= 1UL << (int)(bit % 64);
        }

        return wasMet;
    }

    private async ValueTask CollectAsync(CancellationToken cancellationToken)
    {
        using var found = new NativeList<TracePart>(_budget);
        foreach (var (input, rowGroup) in _starts.Keys.ToList())
        {
            await _inputs[input].WalkAsync(
                rowGroup,
                (id, first, count, start) =>
                {
                    if (_split.Contains(id)) found.Add(new TracePart(id, start, input, rowGroup, first, count));
                },
                _budget,
                cancellationToken);
        }

        found.Span.Sort(static (a, b) => a.Id != b.Id ? a.Id.CompareTo(b.Id) : a.TraceStart.CompareTo(b.TraceStart));
        _split.Clear();
        for (var start = 0; start < found.Count;)
        {
            var end = start + 1;
            while (end < found.Count && found[end].Id == found[start].Id) end++;

            // A suspect that is in one place only was none.
            if (end - start > 1)
            {
                _split.Add(found[start].Id);
                for (var i = start; i < end; i++) _parts.Add(found[i] with { TraceStart = found[start].TraceStart });
            }

            start = end;
        }

        _parts.Span.Sort(static (a, b) => a.TraceStart != b.TraceStart ? a.TraceStart.CompareTo(b.TraceStart) : a.Id.CompareTo(b.Id));
    }
}
