using System.Text;
using Triptych.Model.Attributes;

namespace Triptych.Derive.Attributes;

/// <summary>
/// Attributes that are looked for in every span, found in one walk over its attributes. Built by <see cref="IndexOf"/>, then used by any
/// number of readers; each has its own places for what it finds.
/// </summary>
internal sealed class WantedAttributes
{
    private const int LongestTold = 63;
    private readonly List<byte[]> _keys = [];
    private ulong _lengths;

    /// <summary>How many places a reader needs.</summary>
    public int Count => _keys.Count;

    /// <summary>The place of an attribute among those found; it is looked for from now on.</summary>
    public int IndexOf(string key)
    {
        var bytes = Encoding.UTF8.GetBytes(key);
        var known = _keys.FindIndex(k => k.AsSpan().SequenceEqual(bytes));
        if (known >= 0) return known;
        _keys.Add(bytes);
        _lengths |= 1UL << Math.Min(bytes.Length, LongestTold);
        return _keys.Count - 1;
    }

    /// <summary>Finds what a set has.</summary>
    /// <param name="set">An attribute set.</param>
    /// <param name="found">Takes the values, at the places that <see cref="IndexOf"/> told.</param>
    /// <returns>How many bytes the attributes have in OTLP's protobuf, each with its tag and length.</returns>
    public long Find(ReadOnlySpan<byte> set, Span<FoundValue> found)
    {
        found.Clear();
        var size = 0L;
        var reader = new AttributeReader(set);
        while (reader.TryRead())
        {
            size += OtlpSize.OfAttribute(reader);
            if ((_lengths & (1UL << Math.Min(reader.Key.Length, LongestTold))) == 0) continue;
            for (var i = 0; i < _keys.Count; i++)
            {
                if (!reader.Key.SequenceEqual(_keys[i])) continue;
                var start = 0;
                if (!reader.Bytes.IsEmpty) set.Overlaps(reader.Bytes, out start);
                found[i] = new FoundValue(reader.Kind, reader.Bits, start, reader.Bytes.Length);
                break;
            }
        }

        return size;
    }
}
