using System.Numerics;
using System.Runtime.CompilerServices;
using Triptych.Primitives.Memory;

namespace Triptych.Metrics.Head;

/// <summary>
/// Numbers of series by 32 bits of a hash of their labels, several under one where hashes meet: whoever asks compares what it finds. Eight bytes a place, open
/// addressing, at most three quarters full. Nothing is ever removed. Native memory; not synchronised.
/// </summary>
internal sealed class SeriesMap(MemoryBudget budget) : IDisposable
{
    private const int FirstPlaces = 64;

    private NativeList<Place> _places = new(budget);

    /// <summary>Series in it, each as often as it was added.</summary>
    public int Count { get; private set; }

    /// <summary>Memory held, in bytes.</summary>
    public long SizeBytes => _places.SizeBytes;

    /// <summary>The series under a tag.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Probe Find(uint tag) => new(_places.Span, tag);

    /// <summary>Asks the processor for the place of a tag that is about to be looked for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(uint tag) => _places.Prefetch((int)tag & (_places.Count - 1));

    /// <summary>Makes room for one more, so that the next <see cref="Add"/> needs no memory.</summary>
    /// <exception cref="MemoryBudgetExceededException">There is none; nothing changed.</exception>
    public void MakeRoom()
    {
        if (Count + 1 <= _places.Count / 4 * 3) return;
        var larger = new NativeList<Place>(budget, Math.Max(FirstPlaces, _places.Count * 2));
        larger.TryResize(larger.Capacity);
        foreach (var place in _places.Span)
        {
            if (place.SeriesPlusOne != 0) Put(larger.Span, place);
        }

        _places.Dispose();
        _places = larger;
    }

    /// <summary>Adds a series under a tag.</summary>
    /// <exception cref="MemoryBudgetExceededException">There is no memory for it; nothing changed.</exception>
    public void Add(uint tag, int series)
    {
        MakeRoom();
        Put(_places.Span, new Place(tag, series + 1));
        Count++;
    }

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();

    private static void Put(Span<Place> places, Place place)
    {
        var mask = places.Length - 1;
        var at = (int)place.Tag & mask;
        while (places[at].SeriesPlusOne != 0) at = (at + 1) & mask;
        places[at] = place;
    }

    /// <summary>Walks the series under one tag.</summary>
    public ref struct Probe(ReadOnlySpan<Place> places, uint tag)
    {
        private readonly ReadOnlySpan<Place> _places = places;
        private int _at = (int)tag & (places.Length - 1);

        /// <summary>The next one; false when there is no other.</summary>
        public bool TryNext(out int series)
        {
            series = -1;
            if (_places.IsEmpty) return false;
            while (true)
            {
                var place = _places[_at];
                if (place.SeriesPlusOne == 0) return false;
                _at = (_at + 1) & (_places.Length - 1);
                if (place.Tag != tag) continue;
                series = place.SeriesPlusOne - 1;
                return true;
            }
        }
    }

    /// <summary>A place of the table; 0 stands for none.</summary>
    internal readonly record struct Place(uint Tag, int SeriesPlusOne);
}
