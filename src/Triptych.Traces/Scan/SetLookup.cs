using System.Text;
using Triptych.Columnar.Rows;
using Triptych.Model.Attributes;
using Triptych.Traces.Head;

namespace Triptych.Traces.Scan;

/// <summary>One attribute of numbered resources or scopes: each set is searched once, however many rows have it.</summary>
/// <param name="items">Resources or scopes, see <see cref="SetItem"/>.</param>
/// <param name="texts">Texts before the attribute set: 1 for resources, 2 for scopes.</param>
/// <param name="key">The attribute.</param>
internal sealed class SetLookup(IByteItems items, int texts, string key)
{
    private readonly byte[] _key = Encoding.UTF8.GetBytes(key);
    private Found[] _found = [];

    /// <summary>Adds the value that a set has, or null.</summary>
    public void Add(int number, AttributeColumn into)
    {
        if (_found.Length < items.Count) Array.Resize(ref _found, items.Count);
        ref var found = ref _found[number];
        if (!found.IsKnown) found = Search(number);
        if (found.Kind == AttributeKind.None) into.AddNull();
        else into.Add(found.Kind, found.Bits, items[number].Slice(found.Start, found.Length));
    }

    private Found Search(int number)
    {
        var item = items[number];
        if (!AttributeReader.TryFind(SetItem.Attributes(item, texts), _key, out var reader)) return new Found(true, AttributeKind.None, 0, 0, 0);
        var start = reader.Bytes.IsEmpty || !item.Overlaps(reader.Bytes, out var offset) ? 0 : offset;
        return new Found(true, reader.Kind, reader.Bits, start, reader.Bytes.Length);
    }

    private readonly record struct Found(bool IsKnown, AttributeKind Kind, long Bits, int Start, int Length);
}

/// <summary>Numbered texts as symbols of the query, each translated once.</summary>
internal sealed class SymbolLookup(Columnar.Symbols.SymbolTable symbols, int count)
{
    private readonly int[] _symbols = new int[count];

    /// <summary>Whether the number has been translated; if not, <see cref="Set"/> does.</summary>
    public bool TryGet(int number, out int symbol)
    {
        symbol = _symbols[number] - 1;
        return symbol >= 0;
    }

    /// <summary>Translates a number.</summary>
    public int Set(int number, ReadOnlySpan<byte> text)
    {
        var symbol = symbols.Intern(text);
        _symbols[number] = symbol + 1;
        return symbol;
    }
}
