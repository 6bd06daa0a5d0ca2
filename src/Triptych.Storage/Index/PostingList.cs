namespace Triptych.Storage.Index;

/// <summary>
/// The series that have one label, ascending: the first as it is, each other as its distance from the one before, seven bits a byte. Grows at its end only.
/// </summary>
public sealed class PostingList
{
    private const int MaxDoubled = 64 * 1024;

    // Beside its bytes: this object, its array's header and its place in a list.
    private const int ObjectBytes = 80;

    private byte[] _bytes = new byte[8];
    private int _used;
    private int _last;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Memory held, in bytes.</summary>
    public long SizeBytes => ObjectBytes + _bytes.Length;

    /// <summary>Adds a series with a greater number than all before.</summary>
    public void Add(int series)
    {
        if (_used + 5 > _bytes.Length) Array.Resize(ref _bytes, _bytes.Length + Math.Min(_bytes.Length, MaxDoubled));
        var distance = (uint)(series - _last);
        for (; distance >= 0x80; distance >>= 7) _bytes[_used++] = (byte)(distance | 0x80);
        _bytes[_used++] = (byte)distance;
        _last = series;
        Count++;
    }

    /// <summary>Adds all of them to <paramref name="into"/>.</summary>
    public void CopyTo(List<int> into)
    {
        var at = 0;
        var series = 0;
        for (var n = Count; n > 0; n--)
        {
            var shift = 0;
            for (; _bytes[at] >= 0x80; shift += 7) series += (_bytes[at++] & 0x7f) << shift;
            series += _bytes[at++] << shift;
            into.Add(series);
        }
    }
}
