namespace Triptych.Api.Prometheus;

/// <summary>Ids of blocks as Prometheus writes them: 128 bits, the first 48 of which are milliseconds, in Crockford's base 32.</summary>
internal static class UlidText
{
    private const string Digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int Length = 26;

    /// <summary>The text of an id.</summary>
    public static string Of(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        var number = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
        Span<char> text = stackalloc char[Length];
        for (var i = Length - 1; i >= 0; i--, number >>= 5) text[i] = Digits[(int)(number & 31)];
        return new string(text);
    }
}
