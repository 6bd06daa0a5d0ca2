using System.Text;
using Triptych.Model.Labels;

namespace Triptych.Columnar.Symbols;

/// <summary>
/// The strings of one query, each with a number. Label names, label values and dictionary-encoded columns travel as these numbers, so that
/// grouping, matching and joining compare integers; text is made once per distinct symbol, at the end. Number 0 is the empty string.
/// A query makes one table and gives it to every scan it opens; head and blocks translate their own numbers into it as they go.
/// One thread at a time. Its size counts against the query's budget through <see cref="SizeBytes"/>.
/// </summary>
public sealed class SymbolTable
{
    private readonly List<string?> _strings = [""];
    private byte[] _bytes = new byte[4096];
    private int _used;
    private (int Start, int Length)[] _spans = new (int, int)[256];
    private int[] _buckets = new int[512];
    private int[] _next = new int[256];
    private int _count = 1;

    /// <summary>The number of the empty string.</summary>
    public const int Empty = 0;

    /// <summary>How many symbols there are, the empty one included.</summary>
    public int Count => _count;

    /// <summary>About how much memory the table holds, in bytes.</summary>
    public long SizeBytes => _bytes.Length + (_spans.Length * 8L) + (_buckets.Length * 4L) + (_next.Length * 4L) + (_strings.Count * 32L);

    /// <summary>The number of <paramref name="utf8"/>, a new one when it was not there.</summary>
    public int Intern(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty) return Empty;
        var hash = Hash(utf8);
        var found = Find(utf8, hash);
        return found >= 0 ? found : Add(utf8, hash);
    }

    /// <inheritdoc cref="Intern(ReadOnlySpan{byte})"/>
    public int Intern(string text)
    {
        Span<byte> buffer = stackalloc byte[256];
        var length = Encoding.UTF8.GetByteCount(text);
        if (length > buffer.Length) return Intern(Encoding.UTF8.GetBytes(text).AsSpan());
        Encoding.UTF8.GetBytes(text, buffer);
        return Intern(buffer[..length]);
    }

    /// <summary>The number of <paramref name="text"/>, or -1 when no scan has met it.</summary>
    public int Find(string text)
    {
        if (text.Length == 0) return Empty;
        var utf8 = Encoding.UTF8.GetBytes(text);
        return Find(utf8, Hash(utf8));
    }

    /// <summary>The symbol's bytes, valid until the next <see cref="Intern(ReadOnlySpan{byte})"/>.</summary>
    public ReadOnlySpan<byte> GetUtf8(int symbol) => _bytes.AsSpan(_spans[symbol].Start, _spans[symbol].Length);

    /// <summary>The symbol as text, made on first use.</summary>
    public string GetString(int symbol)
    {
        while (_strings.Count <= symbol) _strings.Add(null);
        return _strings[symbol] ??= Encoding.UTF8.GetString(GetUtf8(symbol));
    }

    /// <summary>The labels of a canonical label set as numbers, written to <paramref name="into"/> (which grows as needed); returns how many.</summary>
    public int InternLabels(ReadOnlySpan<byte> canonical, ref LabelId[] into)
    {
        var count = 0;
        var reader = new LabelSetReader(canonical);
        while (reader.TryRead(out var name, out var value))
        {
            if (count == into.Length) Array.Resize(ref into, Math.Max(16, count * 2));
            into[count++] = new LabelId(Intern(name), Intern(value));
        }

        return count;
    }

    private static uint Hash(ReadOnlySpan<byte> utf8)
    {
        var hash = new HashCode();
        hash.AddBytes(utf8);
        return (uint)hash.ToHashCode();
    }

    private int Find(ReadOnlySpan<byte> utf8, uint hash)
    {
        for (var i = _buckets[hash & (uint)(_buckets.Length - 1)] - 1; i >= 0; i = _next[i] - 1)
        {
            if (GetUtf8(i).SequenceEqual(utf8)) return i;
        }

        return -1;
    }

    private int Add(ReadOnlySpan<byte> utf8, uint hash)
    {
        if (_used + utf8.Length > _bytes.Length) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _used + utf8.Length));
        if (_count == _spans.Length)
        {
            Array.Resize(ref _spans, _count * 2);
            Array.Resize(ref _next, _count * 2);
        }

        if (_count * 2 > _buckets.Length) Rehash();
        var symbol = _count++;
        utf8.CopyTo(_bytes.AsSpan(_used));
        _spans[symbol] = (_used, utf8.Length);
        _used += utf8.Length;
        ref var bucket = ref _buckets[hash & (uint)(_buckets.Length - 1)];
        _next[symbol] = bucket;
        bucket = symbol + 1;
        return symbol;
    }

    private void Rehash()
    {
        _buckets = new int[_buckets.Length * 2];
        for (var i = 1; i < _count; i++)
        {
            ref var bucket = ref _buckets[Hash(GetUtf8(i)) & (uint)(_buckets.Length - 1)];
            _next[i] = bucket;
            bucket = i + 1;
        }
    }
}
