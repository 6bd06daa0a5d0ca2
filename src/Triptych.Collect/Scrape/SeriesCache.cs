using Triptych.Primitives.Checksums;
using Triptych.Primitives.Memory;

namespace Triptych.Collect.Scrape;

/// <summary>
/// The series of one target by the text that its exposition names them with, so that a steady scrape reads no label and builds no label
/// set. Also knows which series the last successful scrape had, so that those that vanish can be ended. Series that are gone are forgotten
/// once they outnumber those that are not. One thread at a time.
/// </summary>
internal sealed class SeriesCache : IDisposable
{
    private const int FirstSlots = 64;

    private readonly MemoryBudget _budget;
    private NativeList<byte> _bytes;
    private NativeList<Entry> _entries;
    private NativeList<int> _slots;

    public SeriesCache(MemoryBudget budget)
    {
        _budget = budget;
        _bytes = new NativeList<byte>(budget);
        _entries = new NativeList<Entry>(budget);
        _slots = MakeSlots(budget, FirstSlots);
    }

    /// <summary>How many series are kept, gone ones among them.</summary>
    public int Count => _entries.Count;

    /// <summary>Finds a series by its text; -1 where it is new.</summary>
    public int Find(ReadOnlySpan<byte> text)
    {
        var hash = XxHash64.Compute(text);
        var mask = _slots.Count - 1;
        for (var slot = (int)hash & mask; _slots[slot] != 0; slot = (slot + 1) & mask)
        {
            ref var entry = ref _entries[_slots[slot] - 1];
            if (entry.TextHash == hash && TextOf(entry).SequenceEqual(text)) return _slots[slot] - 1;
        }

        return -1;
    }

    /// <summary>Keeps a new series.</summary>
    /// <param name="text">How the exposition names it.</param>
    /// <param name="canonicalLabels">Its labels.</param>
    /// <param name="part">What it is of a larger metric, where that is of use.</param>
    public int Add(ReadOnlySpan<byte> text, ReadOnlySpan<byte> canonicalLabels, SeriesPart part = default)
    {
        if ((_entries.Count + 1) * 2 > _slots.Count) Grow();
        var start = _bytes.Count;
        _bytes.AddRange(text);
        _bytes.AddRange(canonicalLabels);
        _entries.Add(new Entry
        {
            TextHash = XxHash64.Compute(text),
            LabelHash = XxHash64.Compute(canonicalLabels),
            Start = start,
            TextLength = text.Length,
            LabelLength = canonicalLabels.Length,
            Part = part,
        });
        Insert(_slots, _entries[_entries.Count - 1].TextHash, _entries.Count);
        return _entries.Count - 1;
    }

    /// <summary>A series' canonical labels, valid until the next <see cref="Add"/>.</summary>
    public ReadOnlySpan<byte> LabelsOf(int series) => _bytes.Span.Slice(_entries[series].Start + _entries[series].TextLength, _entries[series].LabelLength);

    /// <summary>What a series is of a larger metric, as it was added.</summary>
    public SeriesPart PartOf(int series) => _entries[series].Part;

    /// <summary>Marks a series as seen in a pass over an exposition.</summary>
    /// <returns>Whether the series comes anew: it was not in scrape <paramref name="lastScrape"/>.</returns>
    public bool See(int series, int pass, int lastScrape, bool isTracked)
    {
        ref var entry = ref _entries[series];
        var isNew = entry.Pass != pass && (entry.Scrape == 0 || entry.Scrape != lastScrape);
        entry.Pass = pass;
        entry.PassIsTracked = isTracked;
        return isNew;
    }

    /// <summary>Takes the pass as a successful scrape and gives the series that the former one had and this one has not.</summary>
    public void Commit(int pass, int lastScrape, List<int> vanished)
    {
        foreach (ref var entry in _entries.Span)
        {
            if (entry.Pass != pass) continue;
            entry.Scrape = pass;
            entry.IsTracked = entry.PassIsTracked;
        }

        FindIn(lastScrape, vanished);
        if (vanished.Count > 0) KeepTrulyVanished(pass, vanished);
    }

    /// <summary>Adds all tracked series of a scrape that no later one had.</summary>
    public void FindIn(int scrape, List<int> found)
    {
        var entries = _entries.Span;
        for (var i = 0; i < entries.Length; i++)
        {
            if (entries[i].Scrape == scrape && scrape != 0 && entries[i].IsTracked) found.Add(i);
        }
    }

    /// <summary>Forgets what is not of a scrape, when that is most of what is kept. Numbers of series change.</summary>
    public void Trim(int scrape)
    {
        var live = 0;
        foreach (ref readonly var entry in _entries.Span)
        {
            if (entry.Scrape == scrape) live++;
        }

        if (_entries.Count < FirstSlots || live * 2 >= _entries.Count) return;
        var slots = FirstSlots;
        while (slots < (live + 1) * 2) slots *= 2;
        var (oldBytes, oldEntries, oldSlots) = (_bytes, _entries, _slots);
        (_bytes, _entries, _slots) = (new NativeList<byte>(_budget), new NativeList<Entry>(_budget), MakeSlots(_budget, slots));
        foreach (ref readonly var entry in oldEntries.Span)
        {
            if (entry.Scrape != scrape) continue;
            var moved = entry with { Start = _bytes.Count };
            _bytes.AddRange(oldBytes.Span.Slice(entry.Start, entry.TextLength + entry.LabelLength));
            _entries.Add(moved);
            Insert(_slots, moved.TextHash, _entries.Count);
        }

        oldBytes.Dispose();
        oldEntries.Dispose();
        oldSlots.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bytes.Dispose();
        _entries.Dispose();
        _slots.Dispose();
    }

    // A target that writes the same labels in another order has not lost the series.
    private void KeepTrulyVanished(int pass, List<int> vanished)
    {
        var gone = new HashSet<ulong>(vanished.Count);
        foreach (var series in vanished) gone.Add(_entries[series].LabelHash);
        foreach (ref readonly var entry in _entries.Span)
        {
            if (entry.Scrape == pass) gone.Remove(entry.LabelHash);
        }

        if (gone.Count < vanished.Count) vanished.RemoveAll(s => !gone.Contains(_entries[s].LabelHash));
    }

    private ReadOnlySpan<byte> TextOf(in Entry entry) => _bytes.Span.Slice(entry.Start, entry.TextLength);

    private void Grow()
    {
        var slots = MakeSlots(_budget, _slots.Count * 2);
        for (var i = 0; i < _entries.Count; i++) Insert(slots, _entries[i].TextHash, i + 1);
        _slots.Dispose();
        _slots = slots;
    }

    private static void Insert(NativeList<int> slots, ulong hash, int number)
    {
        var mask = slots.Count - 1;
        var slot = (int)hash & mask;
        while (slots[slot] != 0) slot = (slot + 1) & mask;
        slots[slot] = number;
    }

    private static NativeList<int> MakeSlots(MemoryBudget budget, int count)
    {
        var slots = new NativeList<int>(budget, count);
        if (!slots.TryResize(count)) throw new MemoryBudgetExceededException(budget, count * sizeof(int));
        slots.Span.Clear();
        return slots;
    }

    /// <summary>A series: its text and behind it its labels in the bytes; the last successful scrape and the last pass that had it (from 1).</summary>
    private record struct Entry
    {
        public ulong TextHash;
        public ulong LabelHash;
        public int Start;
        public int TextLength;
        public int LabelLength;
        public int Scrape;
        public int Pass;
        public bool IsTracked;
        public bool PassIsTracked;
        public SeriesPart Part;
    }
}

/// <summary>What a series is of a larger metric, such as a bucket of a histogram.</summary>
/// <param name="Whole">A hash of the labels of the whole: equal for all its series.</param>
/// <param name="Bound">The number in its label <c>le</c>; NaN where it has none.</param>
internal readonly record struct SeriesPart(ulong Whole, double Bound);
