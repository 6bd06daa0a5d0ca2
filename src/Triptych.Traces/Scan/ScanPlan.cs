using System.Buffers.Binary;
using System.Collections.Concurrent;
using Triptych.Columnar;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Primitives.Memory;

namespace Triptych.Traces.Scan;

/// <summary>One of the conditions that all must hold, with what it reads.</summary>
internal sealed record Conjunct(RowPredicate Predicate, ColumnRef[] Columns, int Cost)
{
    /// <summary>Whether it reads the attributes of spans, which are decoded together: conditions on several of them share what is loaded.</summary>
    public bool IsOfSpanAttributes => Columns.Length > 0
        && Array.TrueForAll(Columns, static c => c is { Key: not null, Name: "span_attributes" or "any_attributes" });
}

/// <summary>What a scan wants, taken apart: conditions from cheap to dear, trace ids where they bound the rows, and scratch memory. One scan's; one thread at a time.</summary>
internal sealed class ScanPlan : IDisposable
{
    // A text that is in most pages of one row group is in those of the next as well.
    private readonly ConcurrentDictionary<RowPredicate, bool> _common;
    private readonly Dictionary<ColumnRef, Column> _scratch = [];
    private readonly PredicateEvaluator _evaluator;
    private readonly NativeList<bool> _selected;
    private readonly NativeList<int> _positions;
    private readonly ScanCharge _scratchCharge;

    public ScanPlan(RowScanRequest request, ScanStatistics statistics)
        : this(request, statistics, request.Budget ?? MemoryBudget.Unlimited("span scan"), request.Symbols, new(ReferenceEqualityComparer.Instance))
    {
        foreach (var column in request.Projection) SpanColumnKind.Create(column);
        Projection = [.. request.Projection];
        IdentityColumns = request.Order == RowOrder.Any ? request.IdentityColumns : 0;
        ProjectionOfUnique = Projection[IdentityColumns..];
        var conjuncts = new List<Conjunct>();
        if (request.Predicate is not null) Split(request.Predicate, conjuncts);
        Conjuncts = [.. conjuncts.OrderBy(c => c.Cost)];
        TraceIdCondition = Conjuncts.Select(c => c.Predicate).OfType<RowPredicate.IdIn>().Where(p => p.Column == SpanColumns.TraceId).MinBy(p => p.Ids.Count);
        TraceIds = TraceIdCondition?.Ids;
        if (TraceIds is null) return;
        SortedTraceIds = [.. TraceIds];
        Array.Sort(SortedTraceIds, static (a, b) => a.Span.SequenceCompareTo(b.Span));
        SortedTraceNumbers = Array.ConvertAll(SortedTraceIds, static id => BinaryPrimitives.ReadUInt128BigEndian(id.Span));
    }

    /// <summary>The same plan for another thread: with scratch memory, statistics and symbols for conditions of its own.</summary>
    public ScanPlan(ScanPlan same)
        : this(same.Request, new ScanStatistics(), same.Budget, new SymbolTable(), same._common)
    {
        Projection = same.Projection;
        IdentityColumns = same.IdentityColumns;
        ProjectionOfUnique = same.ProjectionOfUnique;
        Conjuncts = same.Conjuncts;
        TraceIds = same.TraceIds;
        SortedTraceIds = same.SortedTraceIds;
        SortedTraceNumbers = same.SortedTraceNumbers;
        TraceIdCondition = same.TraceIdCondition;
    }

    private ScanPlan(
        RowScanRequest request, ScanStatistics statistics, MemoryBudget budget, SymbolTable symbols, ConcurrentDictionary<RowPredicate, bool> common)
    {
        _common = common;
        Request = request;
        Statistics = statistics;
        Symbols = symbols;
        Budget = budget;
        _scratchCharge = new ScanCharge(budget);
        _selected = new NativeList<bool>(budget);
        _positions = new NativeList<int>(budget);
        _evaluator = new PredicateEvaluator(symbols);
        Projection = ProjectionOfUnique = [];
        Conjuncts = [];
    }

    /// <summary>The request.</summary>
    public RowScanRequest Request { get; }

    /// <summary>The symbols in columns of conditions. Those of the projection are the request's.</summary>
    public SymbolTable Symbols { get; }

    /// <summary>What the scan costs.</summary>
    public ScanStatistics Statistics { get; }

    /// <summary>The request's, for all that the scan holds.</summary>
    public MemoryBudget Budget { get; }

    /// <summary>Columns to return.</summary>
    public ColumnRef[] Projection { get; }

    /// <summary>Columns at the front of the projection that are left empty for spans that certainly come once.</summary>
    public int IdentityColumns { get; }

    /// <summary>The columns behind those.</summary>
    public ColumnRef[] ProjectionOfUnique { get; }

    /// <summary>Conditions, the cheapest first.</summary>
    public Conjunct[] Conjuncts { get; }

    /// <summary>All columns that are read of a row, each once.</summary>
    public ColumnRef[] AllColumns => [.. Projection.Concat(Conjuncts.SelectMany(static c => c.Columns)).Distinct()];

    /// <summary>Keeps of <paramref name="rows"/> the first of each number, which are below <paramref name="count"/>.</summary>
    public void KeepFirst(NativeList<int> rows, ReadOnlySpan<int> slots, ReadOnlySpan<int> numbers, int count)
    {
        var selected = Selected(rows.Count);
        var isSeen = new bool[count];
        for (var i = 0; i < selected.Length; i++)
        {
            ref var seen = ref isSeen[numbers[slots[i]]];
            selected[i] = !seen;
            seen = true;
        }

        KeepSelected(rows);
    }

    /// <summary>The only trace ids that rows can have, or null.</summary>
    public HashSet<ReadOnlyMemory<byte>>? TraceIds { get; }

    /// <summary>The condition that says so, or null.</summary>
    public RowPredicate.IdIn? TraceIdCondition { get; }

    /// <summary>The ids as numbers, ascending.</summary>
    public UInt128[] SortedTraceNumbers { get; } = [];

    /// <summary>The same, sorted by their bytes.</summary>
    public ReadOnlyMemory<byte>[] SortedTraceIds { get; } = [];

    /// <summary>Whether a row that starts then is wanted.</summary>
    public bool IsInRange(long startUnixNanos) => startUnixNanos >= Request.MinTimeUnixNanos && startUnixNanos < Request.MaxTimeUnixNanos;

    /// <summary>Whether one of the trace ids lies in [<paramref name="min"/>, <paramref name="max"/>].</summary>
    public bool HasTraceIdIn(ReadOnlySpan<byte> min, ReadOnlySpan<byte> max)
    {
        var (low, high) = (0, SortedTraceIds.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (SortedTraceIds[middle].Span.SequenceCompareTo(min) < 0) low = middle + 1;
            else high = middle;
        }

        return low < SortedTraceIds.Length && SortedTraceIds[low].Span.SequenceCompareTo(max) <= 0;
    }

    /// <summary>Whether pages are worth being searched for what the condition asks for: where searches before have ruled some out.</summary>
    public bool IsWorthSearching(Conjunct conjunct) => !_common.ContainsKey(conjunct.Predicate);

    /// <summary>Remembers what a search for the condition came to.</summary>
    public void NoteSearch(Conjunct conjunct, long rowsBefore, long rowsAfter)
    {
        if (rowsAfter > rowsBefore / 4 * 3) _common[conjunct.Predicate] = true;
    }

    /// <summary>The numbers 0 to <paramref name="count"/> - 1, valid until the next call.</summary>
    public ReadOnlySpan<int> Positions(int count)
    {
        while (_positions.Count < count) _positions.Add(_positions.Count);
        return _positions.Span[..count];
    }

    /// <summary>The numbers 0 to <paramref name="count"/> - 1 as a list that the caller owns.</summary>
    public NativeList<int> NewPositions(int count)
    {
        // First what the budget may refuse, while there is nothing to give back.
        var numbers = Positions(count);
        var positions = new NativeList<int>(Budget, count);
        positions.AddRange(numbers);
        return positions;
    }

    /// <summary>Empty scratch columns for these references, valid until the next call.</summary>
    public Column[] Scratch(ColumnRef[] references)
    {
        var columns = new Column[references.Length];
        for (var i = 0; i < columns.Length; i++)
        {
            if (!_scratch.TryGetValue(references[i], out var column)) _scratch[references[i]] = column = SpanColumnKind.Create(references[i]);
            column.Clear();
            columns[i] = column;
        }

        return columns;
    }

    /// <summary>Charges what the scratch columns hold, after they were filled.</summary>
    public void ChargeScratch() => _scratchCharge.Set(_scratch.Values.Sum(c => c.SizeBytes));

    /// <summary>Keeps of <paramref name="rows"/> those for which the condition holds; its columns have been filled with them, see <see cref="Scratch"/>.</summary>
    public void Keep(Conjunct conjunct, NativeList<int> rows)
    {
        var selected = Selected(rows.Count);
        selected.Fill(true);
        _evaluator.Apply(conjunct.Predicate, reference => _scratch[reference], selected);
        Compact(rows, selected);
    }

    /// <summary>A verdict for each of so many rows, to be written; valid until rows are kept.</summary>
    public Span<bool> Selected(int count)
    {
        if (!_selected.TryResize(count)) throw new MemoryBudgetExceededException(Budget, count);
        return _selected.Span;
    }

    /// <summary>Keeps of <paramref name="rows"/> those that <see cref="Selected"/> says.</summary>
    public void KeepSelected(NativeList<int> rows) => Compact(rows, _selected.Span[..rows.Count]);

    /// <summary>Keeps of <paramref name="rows"/> those whose start is in the range.</summary>
    public void KeepInRange(ReadOnlySpan<long> starts, NativeList<int> rows)
    {
        var selected = Selected(rows.Count);
        for (var i = 0; i < selected.Length; i++) selected[i] = IsInRange(starts[i]);
        Compact(rows, selected);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _selected.Dispose();
        _positions.Dispose();
        _scratchCharge.Dispose();
    }

    private static void Compact(NativeList<int> rows, ReadOnlySpan<bool> selected)
    {
        var all = rows.Span;
        var kept = 0;
        for (var i = 0; i < selected.Length; i++)
        {
            all[kept] = all[i];
            kept += selected[i] ? 1 : 0;
        }

        rows.TryResize(kept);
    }

    private static void Split(RowPredicate predicate, List<Conjunct> into)
    {
        if (predicate is RowPredicate.And and)
        {
            foreach (var part in and.Parts) Split(part, into);
            return;
        }

        var columns = new List<ColumnRef>();
        SpanColumnKind.AddColumns(predicate, columns);
        foreach (var column in columns) SpanColumnKind.Create(column);
        var cost = columns.Select(SpanColumnKind.Cost).DefaultIfEmpty(0).Max() * 10;
        if (predicate is RowPredicate.IdIn { Column.Name: "trace_id" }) cost = 0;
        else if (predicate is RowPredicate.Contains or RowPredicate.Matches) cost += 5;
        into.Add(new Conjunct(predicate, [.. columns], cost));
    }
}
