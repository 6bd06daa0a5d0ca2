namespace Triptych.Model.Labels;

/// <summary>What is wrong with the labels given to a <see cref="LabelSetWriter"/>.</summary>
public enum LabelSetError
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A name occurs twice.</summary>
    DuplicateName,

    /// <summary>A name is empty.</summary>
    EmptyName,

    /// <summary>The set is larger than <see cref="LabelSetWriter.MaxSizeBytes"/>.</summary>
    TooLarge,
}

/// <summary>
/// Builds canonical label sets (see <see cref="LabelSet"/>) one after another, reusing its memory. Labels that come in order, as most
/// senders write them, are copied once; others are sorted at the end. One thread at a time.
/// </summary>
public sealed class LabelSetWriter
{
    /// <summary>The largest set, in bytes; lengths then fit the four bytes of a varint that <see cref="LabelSetReader"/> reads.</summary>
    public const int MaxSizeBytes = 1 << 20;

    private readonly Comparison<Entry> _byName;
    private byte[] _unsorted = new byte[512];
    private byte[] _sorted = [];
    private int _used;
    private Entry[] _entries = new Entry[32];
    private int _count;
    private bool _inOrder = true;
    private LabelSetError _error;

    /// <summary>An empty set.</summary>
    public LabelSetWriter() => _byName = (a, b) => NameOf(a).SequenceCompareTo(NameOf(b));

    /// <summary>How many labels were added since the last <see cref="Reset"/>.</summary>
    public int Count => _count;

    /// <summary>Forgets everything added.</summary>
    public void Reset()
    {
        _used = 0;
        _count = 0;
        _inOrder = true;
        _error = LabelSetError.None;
    }

    /// <summary>Adds a label; one with an empty value is the same as none.</summary>
    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty || _error != LabelSetError.None) return;
        if (name.IsEmpty)
        {
            _error = LabelSetError.EmptyName;
            return;
        }

        var needed = name.Length + value.Length + 8;
        if (_used + needed > MaxSizeBytes)
        {
            _error = LabelSetError.TooLarge;
            return;
        }

        if (_used + needed > _unsorted.Length) Array.Resize(ref _unsorted, Math.Max(_unsorted.Length * 2, _used + needed));
        if (_count == _entries.Length) Array.Resize(ref _entries, _count * 2);
        var start = _used;
        var nameStart = WritePart(name);
        WritePart(value);
        if (_count > 0)
        {
            var order = NameOf(_entries[_count - 1]).SequenceCompareTo(name);
            if (order == 0) _error = LabelSetError.DuplicateName;
            if (order > 0) _inOrder = false;
        }

        _entries[_count++] = new Entry(start, _used - start, nameStart, name.Length);
    }

    /// <summary>The canonical bytes, valid until the next <see cref="Reset"/> or <see cref="Add"/>.</summary>
    public LabelSetError TryFinish(out ReadOnlySpan<byte> canonical)
    {
        canonical = default;
        if (_error != LabelSetError.None) return _error;
        if (_inOrder)
        {
            canonical = _unsorted.AsSpan(0, _used);
            return LabelSetError.None;
        }

        var entries = _entries.AsSpan(0, _count);
        entries.Sort(_byName);
        if (_sorted.Length < _used) _sorted = new byte[_unsorted.Length];
        var at = 0;
        for (var i = 0; i < entries.Length; i++)
        {
            if (i > 0 && NameOf(entries[i - 1]).SequenceEqual(NameOf(entries[i]))) return _error = LabelSetError.DuplicateName;
            _unsorted.AsSpan(entries[i].Start, entries[i].Length).CopyTo(_sorted.AsSpan(at));
            at += entries[i].Length;
        }

        canonical = _sorted.AsSpan(0, at);
        return LabelSetError.None;
    }

    private ReadOnlySpan<byte> NameOf(Entry entry) => _unsorted.AsSpan(entry.NameStart, entry.NameLength);

    private int WritePart(ReadOnlySpan<byte> part)
    {
        var length = (uint)part.Length;
        while (length >= 0x80)
        {
            _unsorted[_used++] = (byte)(length | 0x80);
            length >>= 7;
        }

        _unsorted[_used++] = (byte)length;
        var start = _used;
        part.CopyTo(_unsorted.AsSpan(start));
        _used += part.Length;
        return start;
    }

    private readonly record struct Entry(int Start, int Length, int NameStart, int NameLength);
}
