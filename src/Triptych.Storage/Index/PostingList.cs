namespace Triptych.Storage.Index;

/// <summary>The series that have one label, ascending. Grows at its end only.</summary>
public sealed class PostingList
{
    private int[] _series = new int[2];

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Their numbers.</summary>
    public ReadOnlySpan<int> Series => _series.AsSpan(0, Count);

    /// <summary>Adds a series with a greater number than all before.</summary>
    public void Add(int series)
    {
        if (Count == _series.Length) Array.Resize(ref _series, Count * 2);
        _series[Count++] = series;
    }
}
