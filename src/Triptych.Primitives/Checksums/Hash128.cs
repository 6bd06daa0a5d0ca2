namespace Triptych.Primitives.Checksums;

/// <summary>
/// A 128-bit content hash: XXH3. Wide enough that accidental collisions do not happen; not proof against an adversary who knows the seed. The value is
/// stored on disk: the construction does not change.
/// </summary>
public readonly record struct Hash128(ulong Hi, ulong Lo) : IComparable<Hash128>
{
    /// <summary>The hash of all bytes.</summary>
    public static Hash128 Compute(ReadOnlySpan<byte> data, ulong seed = 0) => XxHash3.Compute(data, seed);

    public int CompareTo(Hash128 other) => Hi != other.Hi ? Hi.CompareTo(other.Hi) : Lo.CompareTo(other.Lo);

    public static bool operator <(Hash128 left, Hash128 right) => left.CompareTo(right) < 0;

    public static bool operator >(Hash128 left, Hash128 right) => left.CompareTo(right) > 0;

    public static bool operator <=(Hash128 left, Hash128 right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Hash128 left, Hash128 right) => left.CompareTo(right) >= 0;

    /// <summary>32 hexadecimal digits, <see cref="Hi"/> first.</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Hi:x16}{Lo:x16}");
}
