using System.Buffers.Binary;
using Triptych.Model.Labels;
using Triptych.Primitives.Binary;

namespace Triptych.Ingest.Labels;

/// <summary>What becomes of labels whose keys turn into the same name.</summary>
internal enum LabelCollision
{
    /// <summary>The one added last stays.</summary>
    LastWins,

    /// <summary>Values are joined with <c>;</c> in the order of their original keys; of an original key that comes twice the last value stays.</summary>
    Join,
}

/// <summary>Which labels win over others of the same name, the later over the earlier.</summary>
internal enum LabelRank : byte
{
    /// <summary>Only where nobody else has the name; of several the first.</summary>
    Fallback,

    /// <summary>As others: see <see cref="LabelCollision"/>.</summary>
    Plain,

    /// <summary>Always; of several the last.</summary>
    Fixed,
}

/// <summary>
/// Collects labels in any order, with names that may collide, and hands them to a <see cref="LabelSetWriter"/> in order and once each. What several sets
/// have in common is added once: see <see cref="Mark"/>. One owner, one thread at a time.
/// </summary>
internal sealed class LabelCollector(LabelCollision collision) : IDisposable
{
    private readonly PooledBufferWriter _bytes = new(capacity: 1024);
    private readonly PooledBufferWriter _joined = new(capacity: 0);
    private readonly Comparer _comparer = new();
    private Entry[] _entries = new Entry[32];
    private Entry[] _ordered = new Entry[32];
    private int _count;
    private int _orderedCount;

    /// <summary>How many labels are collected, colliding ones counted each.</summary>
    public int Count => _count;

    /// <summary>Where names, values and original keys are written before <see cref="Add"/>.</summary>
    public PooledBufferWriter Output => _bytes;

    /// <summary>What stands collected now, for <see cref="ReturnTo"/>.</summary>
    public CollectorMark Mark => new(_bytes.Length, _count);

    /// <summary>Forgets everything.</summary>
    public void Reset() => ReturnTo(default);

    /// <summary>Forgets what was added since a mark.</summary>
    public void ReturnTo(CollectorMark mark)
    {
        _bytes.Truncate(mark.Length);
        _count = mark.Count;
        _orderedCount = 0;
    }

    /// <summary>Adds a label with the given name and value.</summary>
    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, LabelRank rank = LabelRank.Plain)
    {
        var start = _bytes.Length;
        _bytes.Write(name);
        var nameEnd = _bytes.Length;
        _bytes.Write(value);
        Add(start, nameEnd, nameEnd, default, rank);
    }

    /// <summary>Adds a label whose name and value were written to <see cref="Output"/>.</summary>
    /// <param name="nameStart">Where its name starts in the output.</param>
    /// <param name="nameEnd">Where it ends.</param>
    /// <param name="valueStart">Where its value starts; it goes to the end of the output.</param>
    /// <param name="originalKey">For <see cref="LabelCollision.Join"/>: the key it was made of.</param>
    /// <param name="rank">Over which others of its name it wins.</param>
    public void Add(int nameStart, int nameEnd, int valueStart, ReadOnlySpan<byte> originalKey, LabelRank rank = LabelRank.Plain)
    {
        if (_count == _entries.Length) Array.Resize(ref _entries, _count * 2);
        var valueEnd = _bytes.Length;
        if (collision == LabelCollision.Join) _bytes.Write(originalKey);
        var prefix = Prefix(_bytes.WrittenSpan[nameStart..nameEnd]);
        _entries[_count] = new Entry(prefix, nameStart, nameEnd - nameStart, valueStart, valueEnd - valueStart, _bytes.Length - valueEnd, _count, rank);
        _count++;
        _orderedCount = 0;
    }

    /// <summary>The value of a collected label (the first of its name), or nothing.</summary>
    public ReadOnlySpan<byte> Find(ReadOnlySpan<byte> name)
    {
        var bytes = _bytes.WrittenSpan;
        foreach (ref readonly var entry in _entries.AsSpan(0, _count))
        {
            if (NameOf(entry, bytes).SequenceEqual(name)) return bytes.Slice(entry.ValueStart, entry.ValueLength);
        }

        return default;
    }

    /// <summary>Whether two labels have the same name.</summary>
    public bool HasCollisions()
    {
        Order();
        var bytes = _bytes.WrittenSpan;
        for (var i = 1; i < _orderedCount; i++)
        {
            if (NameOf(_ordered[i - 1], bytes).SequenceEqual(NameOf(_ordered[i], bytes))) return true;
        }

        return false;
    }

    /// <summary>Adds all to a writer, in order of names; valid until something is added here.</summary>
    public void WriteTo(LabelSetWriter writer) => WriteTo(writer, default, default, default, default);

    /// <summary>
    /// Adds all to a writer together with up to two labels of its own, which win over collected ones of their names. The first's name must be less than the
    /// second's.
    /// </summary>
    public void WriteTo(
        LabelSetWriter writer, ReadOnlySpan<byte> firstName, ReadOnlySpan<byte> firstValue, ReadOnlySpan<byte> secondName, ReadOnlySpan<byte> secondValue)
    {
        Order();
        for (var i = 0; i < _orderedCount;)
        {
            var bytes = _bytes.WrittenSpan;
            var name = NameOf(_ordered[i], bytes);
            var end = i + 1;
            while (end < _orderedCount && NameOf(_ordered[end], bytes).SequenceEqual(name)) end++;
            WriteIfBefore(writer, ref firstName, firstValue, name);
            WriteIfBefore(writer, ref secondName, secondValue, name);
            if (!name.SequenceEqual(firstName) && !name.SequenceEqual(secondName)) writer.Add(name, ValueOf(i, end, bytes));
            i = end;
        }

        if (!firstName.IsEmpty) writer.Add(firstName, firstValue);
        if (!secondName.IsEmpty) writer.Add(secondName, secondValue);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bytes.Dispose();
        _joined.Dispose();
    }

    private static void WriteIfBefore(LabelSetWriter writer, scoped ref ReadOnlySpan<byte> own, ReadOnlySpan<byte> value, ReadOnlySpan<byte> name)
    {
        if (own.IsEmpty || own.SequenceCompareTo(name) >= 0) return;
        writer.Add(own, value);
        own = default;
    }

    private static ReadOnlySpan<byte> NameOf(in Entry entry, ReadOnlySpan<byte> bytes) => bytes.Slice(entry.NameStart, entry.NameLength);

    private static ReadOnlySpan<byte> OriginalOf(in Entry entry, ReadOnlySpan<byte> bytes) =>
        bytes.Slice(entry.ValueStart + entry.ValueLength, entry.OriginalLength);

    private static ulong Prefix(ReadOnlySpan<byte> name)
    {
        if (name.Length >= 8) return BinaryPrimitives.ReadUInt64BigEndian(name);
        Span<byte> padded = stackalloc byte[8];
        padded.Clear();
        name.CopyTo(padded);
        return BinaryPrimitives.ReadUInt64BigEndian(padded);
    }

    private ReadOnlySpan<byte> ValueOf(int start, int end, ReadOnlySpan<byte> bytes)
    {
        var same = _ordered.AsSpan(start, end - start);
        if (same.Length == 1) return ValueOf(same[0], bytes);
        var rank = HighestOf(same);
        if (rank == LabelRank.Plain && collision == LabelCollision.Join) return Join(same, bytes);
        var found = -1;
        for (var i = 0; i < same.Length; i++)
        {
            if (same[i].Rank != rank) continue;
            if (found < 0 || (rank != LabelRank.Fallback && same[i].Index > same[found].Index)) found = i;
        }

        return ValueOf(same[found], bytes);
    }

    private ReadOnlySpan<byte> Join(ReadOnlySpan<Entry> same, ReadOnlySpan<byte> bytes)
    {
        _joined.Reset();
        for (var i = 0; i < same.Length; i++)
        {
            if (same[i].Rank != LabelRank.Plain || IsRepeated(same, i, bytes)) continue;
            if (_joined.Length > 0) _joined.WriteByte((byte)';');
            _joined.Write(ValueOf(same[i], bytes));
        }

        return _joined.WrittenSpan;
    }

    // The entries are in the order of their original keys.
    private static bool IsRepeated(ReadOnlySpan<Entry> same, int at, ReadOnlySpan<byte> bytes)
    {
        for (var next = at + 1; next < same.Length && OriginalOf(same[at], bytes).SequenceEqual(OriginalOf(same[next], bytes)); next++)
        {
            if (same[next].Rank == LabelRank.Plain) return true;
        }

        return false;
    }

    private static LabelRank HighestOf(ReadOnlySpan<Entry> entries)
    {
        var highest = LabelRank.Fallback;
        foreach (ref readonly var entry in entries)
        {
            if (entry.Rank > highest) highest = entry.Rank;
        }

        return highest;
    }

    private static ReadOnlySpan<byte> ValueOf(in Entry entry, ReadOnlySpan<byte> bytes) => bytes.Slice(entry.ValueStart, entry.ValueLength);

    private void Order()
    {
        if (_orderedCount == _count) return;
        if (_ordered.Length < _count) _ordered = new Entry[_entries.Length];
        _entries.AsSpan(0, _count).CopyTo(_ordered);
        _orderedCount = _count;
        _comparer.Bytes = _bytes;
        _comparer.Sort(_ordered.AsSpan(0, _count));
    }

    /// <summary>A label: name, value and (directly after the value) original key in the bytes; the prefix is the name's first 8 bytes as a number.</summary>
    private readonly record struct Entry(
        ulong Prefix, int NameStart, int NameLength, int ValueStart, int ValueLength, int OriginalLength, int Index, LabelRank Rank);

    private sealed class Comparer
    {
        private const int LongestInsertion = 48;
        private readonly Comparison<Entry> _compare;

        public Comparer() => _compare = Compare;

        public PooledBufferWriter? Bytes { get; set; }

        public void Sort(Span<Entry> entries)
        {
            if (entries.Length > LongestInsertion)
            {
                entries.Sort(_compare);
                return;
            }

            for (var i = 1; i < entries.Length; i++)
            {
                var entry = entries[i];
                var at = i;
                while (at > 0 && Compare(entries[at - 1], entry) > 0)
                {
                    entries[at] = entries[at - 1];
                    at--;
                }

                entries[at] = entry;
            }
        }

        private int Compare(Entry a, Entry b)
        {
            if (a.Prefix != b.Prefix) return a.Prefix < b.Prefix ? -1 : 1;
            var bytes = Bytes!.WrittenSpan;
            var order = NameOf(a, bytes).SequenceCompareTo(NameOf(b, bytes));
            if (order == 0) order = OriginalOf(a, bytes).SequenceCompareTo(OriginalOf(b, bytes));
            return order != 0 ? order : a.Index.CompareTo(b.Index);
        }
    }
}

/// <summary>A state of a <see cref="LabelCollector"/> to go back to.</summary>
internal readonly record struct CollectorMark(int Length, int Count);
