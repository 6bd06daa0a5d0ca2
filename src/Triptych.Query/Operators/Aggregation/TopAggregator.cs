using Triptych.Columnar.Symbols;
using Triptych.Model.Metrics;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;

namespace Triptych.Query.Operators.Aggregation;

/// <summary>
/// Keeps the k largest (or smallest) rows of each group, step by step, with all their labels. Of equal values the one that came first
/// stays; NaN loses
/// against every number. Holds k entries for each group and step, not the rows.
/// </summary>
public sealed class TopAggregator : IAggregator
{
    private readonly QueryContext _context;
    private readonly StepGrid _grid;
    private readonly Grouping _grouping;
    private readonly long[] _limits;
    private readonly bool _largest;
    private readonly LabelSetIndex _groups = new();
    private readonly List<Heap[]> _heaps = [];
    private readonly List<LabelId[]> _rowLabels = [];
    private LabelId[] _scratch = new LabelId[32];
    private long _charged;

    /// <summary>Begins.</summary>
    /// <param name="context">The query.</param>
    /// <param name="grid">The steps.</param>
    /// <param name="grouping">The groups.</param>
    /// <param name="limits">k at each step; below 1 nothing is kept.</param>
    /// <param name="largest">True for the largest, false for the smallest.</param>
    public TopAggregator(QueryContext context, StepGrid grid, Grouping grouping, long[] limits, bool largest)
    {
        _context = context;
        _grid = grid;
        _grouping = grouping;
        _limits = limits;
        _largest = largest;
    }

    /// <summary>Told of histograms, which have no order and are left out.</summary>
    public AggregationNoteHandler? Notes { get; init; }

    /// <inheritdoc/>
    public void Add(ReadOnlySpan<LabelId> labels, Span<double> values, Span<FloatHistogram?> histograms)
    {
        _context.Tick(values.Length);
        if (histograms.ContainsAnyExcept((FloatHistogram?)null)) Notes?.Invoke(AggregationNote.HistogramsIgnored, labels);
        if (_scratch.Length < labels.Length) _scratch = new LabelId[labels.Length * 2];
        var group = _groups.GetOrAdd(_scratch.AsSpan(0, _grouping.Project(labels, _scratch)), out var added);
        if (added)
        {
            Charge(values.Length * 16L);
            _heaps.Add(new Heap[values.Length]);
        }

        var heaps = _heaps[group];
        var row = -1;
        for (var i = 0; i < values.Length; i++)
        {
            if (StepRow.IsAbsent(values[i]) || _limits[i] < 1) continue;
            ref var heap = ref heaps[i];
            if (heap.Count >= _limits[i] && !IsWorse(heap.Entries![0].Value, values[i])) continue;
            if (row < 0)
            {
                row = _rowLabels.Count;
                _rowLabels.Add(labels.ToArray());
                Charge((labels.Length * 8L) + 40);
            }

            Insert(ref heap, new Entry(values[i], row), _limits[i]);
        }
    }

    /// <inheritdoc/>
    public StepMatrix Finish()
    {
        var values = new Dictionary<int, double[]>();
        foreach (var heaps in _heaps)
        {
            for (var i = 0; i < heaps.Length; i++)
            {
                for (var j = 0; j < heaps[i].Count; j++)
                {
                    var entry = heaps[i].Entries![j];
                    if (!values.TryGetValue(entry.Row, out var row)) values.Add(entry.Row, row = StepValues.NewAbsent(_grid.Count));
                    row[i] = entry.Value;
                }
            }
        }

        var collector = new RowCollector(_context, _grid, null);
        foreach (var (row, rowValues) in values.OrderBy(pair => pair.Key)) collector.Add(_rowLabels[row], rowValues);
        _context.Release(_charged);
        return collector.Finish();
    }

    private void Charge(long bytes)
    {
        _context.Charge(bytes);
        _charged += bytes;
    }

    // True where a goes before b gets a chance to.
    private bool IsWorse(double a, double b) => double.IsNaN(a) ? !double.IsNaN(b) : _largest ? a < b : a > b;

    // Of equals the row that came later is the one to go.
    private bool GoesFirst(Entry a, Entry b) => IsWorse(a.Value, b.Value) || (!IsWorse(b.Value, a.Value) && a.Row > b.Row);

    private void Insert(ref Heap heap, Entry entry, long limit)
    {
        heap.Entries ??= new Entry[(int)Math.Min(limit, 8)];
        if (heap.Count < limit)
        {
            if (heap.Count == heap.Entries.Length)
            {
                Charge(heap.Entries.Length * 16L);
                Array.Resize(ref heap.Entries, (int)Math.Min(limit, heap.Entries.Length * 2L));
            }

            var at = heap.Count++;
            for (; at > 0 && GoesFirst(entry, heap.Entries[(at - 1) / 2]); at = (at - 1) / 2) heap.Entries[at] = heap.Entries[(at - 1) / 2];
            heap.Entries[at] = entry;
            return;
        }

        var place = 0;
        while (true)
        {
            var child = (place * 2) + 1;
            if (child >= heap.Count) break;
            if (child + 1 < heap.Count && GoesFirst(heap.Entries[child + 1], heap.Entries[child])) child++;
            if (!GoesFirst(heap.Entries[child], entry)) break;
            heap.Entries[place] = heap.Entries[child];
            place = child;
        }

        heap.Entries[place] = entry;
    }

    private readonly record struct Entry(double Value, int Row);

    private struct Heap
    {
        public Entry[]? Entries;
        public int Count;
    }
}
