namespace Triptych.Derive.ServiceGraph;

/// <summary>
/// Edges that wait for their other side, oldest first. All wait equally long, so that the order in which they came is the one in which they
/// end. One thread at a time.
/// </summary>
/// <param name="maxItems">The most that wait.</param>
internal sealed class EdgeStore(int maxItems)
{
    private readonly Dictionary<EdgeKey, int> _places = [];
    private readonly Queue<(int Place, int Round)> _order = new();
    private readonly Stack<int> _free = new();
    private Edge[] _edges = new Edge[64];

    // Tells whether a place still holds the edge that was queued.
    private int[] _rounds = new int[64];
    private int _used;

    /// <summary>How many wait.</summary>
    public int Count => _places.Count;

    /// <summary>Edges that could not wait because too many did.</summary>
    public long DroppedCount { get; private set; }

    /// <summary>The edge of a key, made where there is none; -1 where it finds no room.</summary>
    public int FindOrAdd(EdgeKey key, long deadlineMs)
    {
        if (_places.TryGetValue(key, out var place)) return place;
        if (_places.Count >= maxItems)
        {
            DroppedCount++;
            return -1;
        }

        return Add(Edge.New(key, deadlineMs));
    }

    /// <summary>Puts an edge behind all others; returns its place.</summary>
    public int Add(in Edge edge)
    {
        if (!_free.TryPop(out var place))
        {
            place = _used++;
            if (place == _edges.Length)
            {
                Array.Resize(ref _edges, place * 2);
                Array.Resize(ref _rounds, place * 2);
            }
        }

        _edges[place] = edge;
        _places[edge.Key] = place;
        _order.Enqueue((place, _rounds[place]));
        if (_order.Count > 64 + (4 * _places.Count)) DropGone();
        return place;
    }

    /// <summary>An edge at its place.</summary>
    public ref Edge this[int place] => ref _edges[place];

    /// <summary>Takes an edge out.</summary>
    public void Remove(int place)
    {
        _places.Remove(_edges[place].Key);
        _edges[place] = default;
        _rounds[place]++;
        _free.Push(place);
    }

    /// <summary>Takes the oldest edge out whose time has come.</summary>
    public bool TryTakeExpired(long nowMs, out Edge edge)
    {
        while (_order.TryPeek(out var next))
        {
            if (_rounds[next.Place] == next.Round)
            {
                edge = _edges[next.Place];
                if (edge.DeadlineMs > nowMs) return false;
                _order.Dequeue();
                Remove(next.Place);
                return true;
            }

            _order.Dequeue();
        }

        edge = default;
        return false;
    }

    /// <summary>All that wait, oldest first.</summary>
    public IEnumerable<Edge> All()
    {
        foreach (var (place, round) in _order)
        {
            if (_rounds[place] == round) yield return _edges[place];
        }
    }

    // Most edges end long before their turn.
    private void DropGone()
    {
        for (var n = _order.Count; n > 0; n--)
        {
            var next = _order.Dequeue();
            if (_rounds[next.Place] == next.Round) _order.Enqueue(next);
        }
    }
}
