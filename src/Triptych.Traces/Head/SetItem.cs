using Triptych.Primitives.Binary;

namespace Triptych.Traces.Head;

/// <summary>
/// Resources and scopes as byte strings, so that equal ones are one entry of a table; the same form in heads and blocks:
/// <code>
/// resource := service name  attribute set        scope := name  version  attribute set        (texts with their uvarint length before them)
/// </code>
/// </summary>
internal static class SetItem
{
    /// <summary>Writes a resource.</summary>
    public static void WriteResource(PooledBufferWriter output, ReadOnlySpan<byte> serviceName, ReadOnlySpan<byte> attributes)
    {
        output.WriteLengthPrefixed(serviceName);
        output.Write(attributes);
    }

    /// <summary>Writes a scope.</summary>
    public static void WriteScope(PooledBufferWriter output, ReadOnlySpan<byte> name, ReadOnlySpan<byte> version, ReadOnlySpan<byte> attributes)
    {
        output.WriteLengthPrefixed(name);
        output.WriteLengthPrefixed(version);
        output.Write(attributes);
    }

    /// <summary>A resource's service, or a scope's name.</summary>
    public static ReadOnlySpan<byte> FirstText(ReadOnlySpan<byte> item)
    {
        var reader = new VarintReader(item);
        return reader.ReadLengthPrefixed();
    }

    /// <summary>A scope's version.</summary>
    public static ReadOnlySpan<byte> SecondText(ReadOnlySpan<byte> item)
    {
        var reader = new VarintReader(item);
        reader.ReadLengthPrefixed();
        return reader.ReadLengthPrefixed();
    }

    /// <summary>The attribute set behind so many texts.</summary>
    public static ReadOnlySpan<byte> Attributes(ReadOnlySpan<byte> item, int texts)
    {
        var reader = new VarintReader(item);
        for (var i = 0; i < texts; i++) reader.ReadLengthPrefixed();
        return reader.ReadBytes(reader.Remaining);
    }
}
