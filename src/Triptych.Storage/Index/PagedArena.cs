namespace Triptych.Storage.Index;

/// <summary>Where an item stands in a <see cref="PagedArena{T}"/>.</summary>
public readonly record struct PageRef(int Page, int Start, int Length);

/// <summary>
/// Items of any length one after another in pages small enough to stay out of the large object heap. Grows at its end only; what was
/// appended never moves or changes, so that
/// a reader who has a <see cref="PageRef"/> needs no lock as long as it takes the page list under one.
/// </summary>
public sealed class PagedArena<T>(int pageLength)
    where T : unmanaged
{
    private readonly List<T[]> _pages = [];
    private int _used = int.MaxValue;
    private int _current = -1;

    /// <summary>How many elements the pages have room for.</summary>
    public long Capacity { get; private set; }

    /// <summary>Copies an item to the end.</summary>
    public PageRef Append(ReadOnlySpan<T> item)
    {
        if (item.Length > pageLength / 4)
        {
            // A page of its own, so that no page is left half empty for one long item.
            _pages.Add(item.ToArray());
            Capacity += item.Length;
            return new PageRef(_pages.Count - 1, 0, item.Length);
        }

        if (_used > pageLength - item.Length)
        {
            _pages.Add(new T[pageLength]);
            _current = _pages.Count - 1;
            _used = 0;
            Capacity += pageLength;
        }

        var reference = new PageRef(_current, _used, item.Length);
        item.CopyTo(_pages[_current].AsSpan(_used));
        _used += item.Length;
        return reference;
    }

    /// <summary>What a page holds from a place on: an item, for who can tell its length from what it begins with, and what follows.</summary>
    public ReadOnlySpan<T> PageFrom(int page, int start) => _pages[page].AsSpan(start);

    /// <summary>The item that stands there.</summary>
    public ReadOnlySpan<T> Read(PageRef reference) => _pages[reference.Page].AsSpan(reference.Start, reference.Length);
}
