namespace Triptych.TraceQL.Planning;

/// <summary>Values are equal where what they stand for is: of lists, which have their place as bits, the elements in order.</summary>
internal sealed class FieldValueComparer(IReadOnlyList<FieldValue[]> lists) : IEqualityComparer<FieldValue>
{
    public bool Equals(FieldValue x, FieldValue y)
    {
        if (x == y || x.Kind != ValueKind.List || y.Kind != ValueKind.List)
        {
            return x == y;
        }

        return lists[(int)x.Bits].AsSpan().SequenceEqual(lists[(int)y.Bits], this);
    }

    public int GetHashCode(FieldValue value)
    {
        if (value.Kind != ValueKind.List)
        {
            return value.GetHashCode();
        }

        var hash = default(HashCode);
        foreach (var element in lists[(int)value.Bits])
        {
            hash.Add(element, this);
        }

        return hash.ToHashCode();
    }
}
