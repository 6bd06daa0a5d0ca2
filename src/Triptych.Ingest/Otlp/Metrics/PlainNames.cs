using Triptych.Ingest.Otlp.Values;
using Triptych.Primitives.Binary;

namespace Triptych.Ingest.Otlp.Metrics;

/// <summary>
/// Names that stay as they are, but for suffixes: unit, then its part behind the slash, then that of the shape, each taken away where the name ends with it
/// already and appended anew.
/// </summary>
internal static class PlainNames
{
    /// <summary>Writes a name with suffixes.</summary>
    public static void Write(ReadOnlySpan<byte> name, ReadOnlySpan<byte> unit, MetricShape shape, PooledBufferWriter output)
    {
        AnyValueText.WriteValid(name, output);
        var slash = unit.IndexOf((byte)'/');
        var main = (slash < 0 ? unit : unit[..slash]).Trim((byte)' ');
        var per = slash < 0 ? default : unit[(slash + 1)..].Trim((byte)' ');
        var isRatio = shape == MetricShape.Gauge && unit.SequenceEqual("1"u8);
        if (shape == MetricShape.Counter) Trim(output, "total"u8);
        if (IsShown(main) && !main.SequenceEqual("1"u8)) Append(output, default, MetricUnits.Main(main) is { IsEmpty: false } word ? word : main);
        if (IsShown(per)) Append(output, "per_"u8, MetricUnits.Per(per) is { IsEmpty: false } word ? word : per);
        if (isRatio) Append(output, default, "ratio"u8);
        if (shape == MetricShape.Counter) Append(output, default, "total"u8);
    }

    private static bool IsShown(ReadOnlySpan<byte> unit) => !unit.IsEmpty && !unit.ContainsAny((byte)'{', (byte)'}');

    private static void Append(PooledBufferWriter output, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> word)
    {
        Span<byte> suffix = stackalloc byte[256];
        if (prefix.Length + word.Length > suffix.Length) return;
        prefix.CopyTo(suffix);
        word.CopyTo(suffix[prefix.Length..]);
        suffix = suffix[..(prefix.Length + word.Length)];
        Trim(output, suffix);
        if (output.Length > 0) output.WriteByte((byte)'_');
        AnyValueText.WriteValid(suffix, output);
    }

    private static void Trim(PooledBufferWriter output, ReadOnlySpan<byte> suffix)
    {
        var name = output.WrittenSpan;
        if (!name.EndsWith(suffix)) return;
        var rest = name.Length - suffix.Length;
        if (rest > 0 && name[rest - 1] == '_') output.Truncate(rest - 1);
        else if (rest == 0) output.Truncate(0);
    }
}
