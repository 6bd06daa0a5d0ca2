using System.Diagnostics.CodeAnalysis;

namespace Triptych.Storage.ObjectStore.Cache;

/// <summary>
/// Which page lies in which slot, and which was used longest ago. A slot is free, in the index, or with the caller of <see cref="Take"/>,
/// who writes it and gives it back by <see cref="Publish"/> or <see cref="GiveBack"/>. Any thread may call.
/// </summary>
internal sealed class CacheIndex(int slots)
{
    private const int None = -1;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Dictionary<int, CachePage>> _objects = new(StringComparer.Ordinal);
    private readonly CachePage?[] _bySlot = new CachePage?[slots];

    // A ring through the slots in use, from the newest over _next to the oldest.
    private readonly int[] _next = new int[slots];
    private readonly int[] _previous = new int[slots];
    private readonly Stack<int> _given = new();
    private int _neverUsed;
    private int _newest = None;
    private int _oldest = None;

    /// <summary>Pages in the index.</summary>
    public int Count { get; private set; }

    /// <summary>Finds a page and makes it the one used last.</summary>
    public bool TryGet(string key, int number, [NotNullWhen(true)] out CachePage? page)
    {
        lock (_gate)
        {
            page = null;
            if (!_objects.TryGetValue(key, out var pages) || !pages.TryGetValue(number, out page))
                return false;
            Unlink(page.Slot);
            LinkNewest(page.Slot);
            return true;
        }
    }

    /// <summary>Whether a page is there; its age stays.</summary>
    public bool Contains(string key, int number)
    {
        lock (_gate)
            return _objects.TryGetValue(key, out var pages) && pages.ContainsKey(number);
    }

    /// <summary>A slot to write: a free one, else the one used longest ago, whose page is forgotten. False when all are being written.</summary>
    public bool Take(out int slot, out bool evicted)
    {
        lock (_gate)
        {
            evicted = false;
            if (_given.TryPop(out slot))
                return true;
            if (_neverUsed < slots)
            {
                slot = _neverUsed++;
                return true;
            }

            slot = _oldest;
            if (slot == None)
                return false;
            ForgetLocked(_bySlot[slot]!);
            evicted = true;
            return true;
        }
    }

    /// <summary>Makes a written slot findable. False when the same page is there already; then the slot is free again.</summary>
    public bool Publish(CachePage page)
    {
        lock (_gate)
        {
            if (!_objects.TryGetValue(page.Key, out var pages))
                _objects[page.Key] = pages = [];
            if (!pages.TryAdd(page.Number, page))
            {
                _given.Push(page.Slot);
                return false;
            }

            _bySlot[page.Slot] = page;
            LinkNewest(page.Slot);
            Count++;
            return true;
        }
    }

    /// <summary>A slot that was taken and not written.</summary>
    public void GiveBack(int slot)
    {
        lock (_gate)
            _given.Push(slot);
    }

    /// <summary>Forgets a page if it is still this one; its slot is then the caller's to give back.</summary>
    public bool Remove(CachePage page)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(_bySlot[page.Slot], page))
                return false;
            ForgetLocked(page);
            return true;
        }
    }

    /// <summary>Forgets all pages of an object; the slots are the caller's to give back.</summary>
    public IReadOnlyList<int> RemoveAll(string key)
    {
        lock (_gate)
        {
            if (!_objects.TryGetValue(key, out var pages))
                return [];
            var gone = pages.Values.ToList();
            foreach (var page in gone)
                ForgetLocked(page);
            return [.. gone.Select(static p => p.Slot)];
        }
    }

    /// <summary>Only while the cache opens: every slot is in use or free, in order of the file.</summary>
    public void Load(IReadOnlyList<CachePage> found)
    {
        _neverUsed = slots;
        var used = new HashSet<int>();
        foreach (var page in found)
        {
            if (Publish(page))
                used.Add(page.Slot);
            else
                _given.Pop();
        }

        for (var slot = slots - 1; slot >= 0; slot--)
        {
            if (!used.Contains(slot))
                _given.Push(slot);
        }
    }

    private void ForgetLocked(CachePage page)
    {
        var pages = _objects[page.Key];
        pages.Remove(page.Number);
        if (pages.Count == 0)
            _objects.Remove(page.Key);
        _bySlot[page.Slot] = null;
        Unlink(page.Slot);
        Count--;
    }

    private void LinkNewest(int slot)
    {
        _previous[slot] = None;
        _next[slot] = _newest;
        if (_newest != None)
            _previous[_newest] = slot;
        else
            _oldest = slot;
        _newest = slot;
    }

    private void Unlink(int slot)
    {
        var (before, after) = (_previous[slot], _next[slot]);
        if (before != None)
            _next[before] = after;
        else
            _newest = after;
        if (after != None)
            _previous[after] = before;
        else
            _oldest = before;
    }
}
