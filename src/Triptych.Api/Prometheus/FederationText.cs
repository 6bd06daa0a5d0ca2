using System.Buffers;
using System.Globalization;
using System.Text;
using Triptych.Columnar.Symbols;
using Triptych.Primitives.Text;

namespace Triptych.Api.Prometheus;

/// <summary>The text exposition format, version 0.0.4, as federation writes it. Each method returns the bytes written.</summary>
internal static class FederationText
{
    /// <summary>Writes <c># TYPE name untyped</c>.</summary>
    public static int WriteType(IBufferWriter<byte> output, ReadOnlySpan<byte> name, bool takesUtf8)
    {
        var text = new Text(output, takesUtf8);
        text.Add("# TYPE "u8);
        WriteName(ref text, name);
        text.Add(" untyped\n"u8);
        return text.Length;
    }

    /// <summary>
    /// Writes one line. In names for a client that does not take UTF-8, an underscore stands for each character that it does not know.
    /// A series without an instance gets an empty one, so that a scraper that honours labels does not invent it.
    /// </summary>
    public static int WriteSample(
        IBufferWriter<byte> output, SymbolTable symbols, ReadOnlySpan<LabelId> labels, long timestampMs, double value, bool takesUtf8)
    {
        var text = new Text(output, takesUtf8);
        ReadOnlySpan<byte> name = default;
        foreach (var label in labels)
        {
            if (symbols.GetUtf8(label.Name).SequenceEqual("__name__"u8)) name = symbols.GetUtf8(label.Value);
        }

        // A name of other characters stands quoted inside the braces.
        var plain = !takesUtf8 || IsPlain(name);
        if (plain) WriteName(ref text, name);
        text.Add("{"u8);
        if (!plain) WriteName(ref text, name);
        var any = !plain;
        var hasInstance = false;
        foreach (var label in labels)
        {
            var labelName = symbols.GetUtf8(label.Name);
            if (labelName.SequenceEqual("__name__"u8)) continue;
            hasInstance |= labelName.SequenceEqual("instance"u8);
            WriteLabel(ref text, any, labelName, symbols.GetUtf8(label.Value));
            any = true;
        }

        if (!hasInstance) WriteLabel(ref text, any, "instance"u8, default);
        text.Add("} "u8);
        Span<byte> number = stackalloc byte[FloatFormat.MaxLength];
        text.Add(number[..FloatFormat.WriteGeneral(value, number)]);
        text.Add(" "u8);
        timestampMs.TryFormat(number, out var length, default, CultureInfo.InvariantCulture);
        text.Add(number[..length]);
        text.Add("\n"u8);
        return text.Length;
    }

    private static void WriteLabel(ref Text text, bool separate, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (separate) text.Add(","u8);
        WriteName(ref text, name);
        text.Add("="u8);
        WriteQuoted(ref text, value);
    }

    private static void WriteName(ref Text text, ReadOnlySpan<byte> name)
    {
        if (IsPlain(name)) text.Add(name);
        else if (text.TakesUtf8) WriteQuoted(ref text, name);
        else WriteEscaped(ref text, name);
    }

    /// <summary>Writes a name with an underscore for each character that was not known before names were UTF-8.</summary>
    public static int WriteEscaped(IBufferWriter<byte> output, ReadOnlySpan<byte> name)
    {
        var text = new Text(output, takesUtf8: false);
        WriteEscaped(ref text, name);
        return text.Length;
    }

    private static void WriteEscaped(ref Text text, ReadOnlySpan<byte> name)
    {
        var first = true;
        while (Rune.DecodeFromUtf8(name, out var rune, out var length) == OperationStatus.Done)
        {
            var known = rune.Value is '_' or ':'
                || (rune.IsAscii && (first ? char.IsAsciiLetter((char)rune.Value) : char.IsAsciiLetterOrDigit((char)rune.Value)));
            text.Add(known ? name[..length] : "_"u8);
            name = name[length..];
            first = false;
        }
    }

    private static void WriteQuoted(ref Text text, ReadOnlySpan<byte> value)
    {
        text.Add("\""u8);
        while (value.IndexOfAny((byte)'\\', (byte)'"', (byte)'\n') is >= 0 and var at)
        {
            text.Add(value[..at]);
            text.Add(value[at] switch { (byte)'\\' => "\\\\"u8, (byte)'"' => "\\\""u8, _ => "\\n"u8 });
            value = value[(at + 1)..];
        }

        text.Add(value);
        text.Add("\""u8);
    }

    private static bool IsPlain(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || char.IsAsciiDigit((char)name[0])) return false;
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit((char)c) && c is not ((byte)'_' or (byte)':')) return false;
        }

        return true;
    }

    private ref struct Text(IBufferWriter<byte> output, bool takesUtf8)
    {
        private readonly IBufferWriter<byte> _output = output;

        public bool TakesUtf8 { get; } = takesUtf8;

        public int Length { get; private set; }

        public void Add(scoped ReadOnlySpan<byte> bytes)
        {
            _output.Write(bytes);
            Length += bytes.Length;
        }
    }
}
