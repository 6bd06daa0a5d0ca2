namespace Triptych.Traces.Sampling;

/// <summary>What policies look at in a trace, gathered span by span. One thread.</summary>
internal sealed class TraceFacts
{
    /// <summary>Bytes of one, with what it refers to.</summary>
    public const int SizeBytes = 512;

    // Routes that are equal in so many bytes are one.
    private const int MostNameBytes = 256;
    private readonly byte[] _name = new byte[MostNameBytes];
    private int _nameLength;
    private bool _hasRoot;
    private long _routeStart;

    /// <summary>The trace's id.</summary>
    public UInt128 Id { get; private set; }

    /// <summary>Spans.</summary>
    public int Spans { get; private set; }

    /// <summary>Start of the first span.</summary>
    public long Start { get; private set; }

    /// <summary>End of the last one.</summary>
    public long End { get; private set; }

    /// <summary>A bit for each status that a span has.</summary>
    public int Statuses { get; private set; }

    /// <summary>The merge's number of the resource of the root span, or where there is none of the first.</summary>
    public int Resource { get; private set; }

    /// <summary>The name of the same span.</summary>
    public ReadOnlySpan<byte> Name => _name.AsSpan(0, _nameLength);

    /// <summary>Forgets everything and begins a trace.</summary>
    public void Begin(UInt128 id)
    {
        Id = id;
        Spans = 0;
        (Start, End, Statuses) = (long.MaxValue, long.MinValue, 0);
        (_hasRoot, _routeStart, _nameLength) = (false, long.MaxValue, 0);
    }

    /// <summary>Adds a span.</summary>
    public void Add(long start, long duration, int status, bool isRoot, int resource, ReadOnlySpan<byte> name)
    {
        Statuses |= 1 << (status & 31);
        Spans++;
        Start = Math.Min(Start, start);
        End = Math.Max(End, duration <= 0 ? start : start > long.MaxValue - duration ? long.MaxValue : start + duration);
        TakeRoute(start, isRoot, resource, name[..Math.Min(name.Length, MostNameBytes)]);
    }

    /// <summary>Adds another part of the same trace.</summary>
    public void Add(TraceFacts part)
    {
        Statuses |= part.Statuses;
        Spans += part.Spans;
        Start = Math.Min(Start, part.Start);
        End = Math.Max(End, part.End);
        TakeRoute(part._routeStart, part._hasRoot, part.Resource, part.Name);
    }

    /// <summary>A root goes before other spans, then the one that starts first, then the smaller name: whatever the order in which parts come.</summary>
    private void TakeRoute(long start, bool isRoot, int resource, ReadOnlySpan<byte> name)
    {
        if (_hasRoot && !isRoot) return;
        var isBetter = (isRoot && !_hasRoot) || start < _routeStart || (start == _routeStart && name.SequenceCompareTo(Name) < 0);
        if (!isBetter) return;
        (_hasRoot, _routeStart, Resource, _nameLength) = (isRoot, start, resource, name.Length);
        name.CopyTo(_name);
    }
}
