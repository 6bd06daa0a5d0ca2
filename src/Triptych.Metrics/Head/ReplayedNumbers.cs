namespace Triptych.Metrics.Head;

/// <summary>
/// Which series of this head a number in a WAL segment stands for. The writing head counted its series from zero, so they are an array; a
/// number far beyond (a record that no head of ours wrote) goes to a dictionary, and so cannot make the array large.
/// </summary>
internal sealed class ReplayedNumbers
{
    private const int Unknown = -1;
    private const int Announced = -2;
    private const int PageLength = 8192;
    private const int MaxPages = 16 * 1024 * 1024 / PageLength;

    private readonly List<int[]?> _pages = [];
    private readonly Dictionary<ulong, int> _far = [];

    /// <summary>The series of a number that <see cref="Set"/> was told of.</summary>
    public int this[ulong number]
    {
        get
        {
            var page = (int)Math.Min(number / PageLength, MaxPages);
            if (page >= MaxPages) return _far[number];
            return _pages[page]![(int)(number % PageLength)];
        }
    }

    /// <summary>Whether the number stands for a series or was announced.</summary>
    public bool Has(ulong number) => Find(number) != Unknown;

    /// <summary>Says that a series will be set, unless there is one already.</summary>
    public void Announce(ulong number)
    {
        if (Find(number) == Unknown) Set(number, Announced);
    }

    /// <summary>Takes back what was announced; a series that was set stays.</summary>
    public void Withdraw(ulong number)
    {
        if (Find(number) == Announced) Set(number, Unknown);
    }

    /// <summary>Says which series the number stands for.</summary>
    public void Set(ulong number, int series)
    {
        var page = (int)Math.Min(number / PageLength, MaxPages);
        if (page >= MaxPages)
        {
            if (series == Unknown) _far.Remove(number);
            else _far[number] = series;
            return;
        }

        while (_pages.Count <= page) _pages.Add(null);
        _pages[page] ??= NewPage();
        _pages[page]![(int)(number % PageLength)] = series;
    }

    /// <summary>Forgets all of them.</summary>
    public void Clear()
    {
        foreach (var page in _pages) page?.AsSpan().Fill(Unknown);
        _far.Clear();
    }

    private int Find(ulong number)
    {
        var page = (int)Math.Min(number / PageLength, MaxPages);
        if (page >= MaxPages) return _far.GetValueOrDefault(number, Unknown);
        return page < _pages.Count && _pages[page] is { } numbers ? numbers[(int)(number % PageLength)] : Unknown;
    }

    private static int[] NewPage()
    {
        var page = new int[PageLength];
        page.AsSpan().Fill(Unknown);
        return page;
    }
}
