using System.Buffers;
using System.Globalization;
using System.Text;

namespace Triptych.Primitives.Text;

/// <summary>
/// Floating point numbers as Go and Prometheus write them: the shortest digits that read back to the same value, laid out by one of
/// three rules. NaN, +Inf and -Inf in all of them; zero keeps its sign.
/// </summary>
public static class FloatFormat
{
    /// <summary>Bytes with which no Prometheus or general form fails.</summary>
    public const int MaxLength = 32;

    /// <summary>Bytes with which no plain form fails (the smallest subnormal has 324 digits behind the point).</summary>
    public const int MaxPlainLength = 352;

    /// <summary>
    /// The form of sample values in the Prometheus API: plain, but with an exponent of at least two digits when |v| is below 1e-6
    /// (and not zero) or from 1e21 on. Returns the bytes written, or 0 when <paramref name="destination"/> is too small.
    /// </summary>
    public static int WritePrometheus(double value, Span<byte> destination)
    {
        var magnitude = Math.Abs(value);
        return Write(value, destination, magnitude != 0 && (magnitude < 1e-6 || magnitude >= 1e21));
    }

    /// <inheritdoc cref="WritePrometheus(double, Span{byte})" />
    public static void WritePrometheus(double value, IBufferWriter<byte> output) =>
        output.Advance(WritePrometheus(value, output.GetSpan(MaxLength)));

    /// <summary>
    /// The form of Go's <c>strconv</c> 'g' with shortest digits, which the text exposition format uses for values and for the labels le
    /// and quantile: an exponent when the decimal exponent is below -4 or from 6 on, as in <c>1e+06</c>.
    /// </summary>
    public static int WriteGeneral(double value, Span<byte> destination)
    {
        var magnitude = Math.Abs(value);
        return Write(value, destination, magnitude != 0 && (magnitude < 1e-4 || magnitude >= 1e6));
    }

    /// <summary>Never an exponent. Returns the bytes written, or 0 when <paramref name="destination"/> is too small.</summary>
    public static int WritePlain(double value, Span<byte> destination) => Write(value, destination, exponential: false);

    /// <inheritdoc cref="WritePlain(double, Span{byte})" />
    public static void WritePlain(double value, IBufferWriter<byte> output) =>
        output.Advance(WritePlain(value, output.GetSpan(MaxPlainLength)));

    /// <summary><see cref="WritePrometheus(double, Span{byte})"/> as a string.</summary>
    public static string Prometheus(double value)
    {
        Span<byte> text = stackalloc byte[MaxLength];
        return Encoding.ASCII.GetString(text[..WritePrometheus(value, text)]);
    }

    /// <summary><see cref="WriteGeneral"/> as a string.</summary>
    public static string General(double value)
    {
        Span<byte> text = stackalloc byte[MaxLength];
        return Encoding.ASCII.GetString(text[..WriteGeneral(value, text)]);
    }

    /// <summary><see cref="WritePlain(double, Span{byte})"/> as a string.</summary>
    public static string Plain(double value)
    {
        Span<byte> text = stackalloc byte[MaxPlainLength];
        return Encoding.ASCII.GetString(text[..WritePlain(value, text)]);
    }

    private static int Write(double value, Span<byte> destination, bool exponential)
    {
        if (double.IsNaN(value))
            return Copy("NaN"u8, destination);
        if (double.IsInfinity(value))
            return Copy(value > 0 ? "+Inf"u8 : "-Inf"u8, destination);

        // The runtime gives the shortest digits, in a layout of its own that is taken apart here.
        Span<byte> shortest = stackalloc byte[MaxLength];
        if (!value.TryFormat(shortest, out var length, default, CultureInfo.InvariantCulture))
            throw new InvalidOperationException("The runtime wrote more digits than a double has.");
        Span<byte> digits = stackalloc byte[MaxLength];
        var negative = shortest[0] == '-';
        var count = Digits(shortest[(negative ? 1 : 0)..length], digits, out var pointPosition);
        var output = new Output(destination);
        if (negative)
            output.Add((byte)'-');
        if (exponential)
            WriteExponential(ref output, digits[..count], pointPosition - 1);
        else
            WritePlain(ref output, digits[..count], pointPosition);
        return output.Overflowed ? 0 : output.Length;
    }

    /// <summary>
    /// Significant digits without zeros around them (one zero for zero), with the value 0.d1d2d3… × 10^<paramref name="pointPosition"/>.
    /// </summary>
    private static int Digits(ReadOnlySpan<byte> text, Span<byte> digits, out int pointPosition)
    {
        var count = 0;
        var exponent = 0;
        var mark = text.IndexOf((byte)'E');
        if (mark >= 0)
        {
            exponent = int.Parse(text[(mark + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            text = text[..mark];
        }

        var point = text.IndexOf((byte)'.');
        pointPosition = (point < 0 ? text.Length : point) + exponent;
        foreach (var c in text)
        {
            if (c == '.')
                continue;
            if (count == 0 && c == '0')
            {
                pointPosition--;
                continue;
            }

            digits[count++] = c;
        }

        while (count > 0 && digits[count - 1] == '0')
            count--;
        if (count == 0)
        {
            digits[count++] = (byte)'0';
            pointPosition = 1;
        }

        return count;
    }

    private static void WriteExponential(ref Output output, scoped ReadOnlySpan<byte> digits, int exponent)
    {
        output.Add(digits[0]);
        if (digits.Length > 1)
        {
            output.Add((byte)'.');
            output.Add(digits[1..]);
        }

        output.Add((byte)'e');
        output.Add((byte)(exponent < 0 ? '-' : '+'));
        exponent = Math.Abs(exponent);
        if (exponent >= 100)
            output.Add((byte)('0' + (exponent / 100)));
        output.Add((byte)('0' + (exponent / 10 % 10)));
        output.Add((byte)('0' + (exponent % 10)));
    }

    private static void WritePlain(ref Output output, scoped ReadOnlySpan<byte> digits, int pointPosition)
    {
        if (pointPosition <= 0)
        {
            output.Add("0."u8);
            output.AddZeros(-pointPosition);
            output.Add(digits);
        }
        else if (pointPosition >= digits.Length)
        {
            output.Add(digits);
            output.AddZeros(pointPosition - digits.Length);
        }
        else
        {
            output.Add(digits[..pointPosition]);
            output.Add((byte)'.');
            output.Add(digits[pointPosition..]);
        }
    }

    private static int Copy(ReadOnlySpan<byte> text, Span<byte> destination) => text.TryCopyTo(destination) ? text.Length : 0;

    private ref struct Output(Span<byte> destination)
    {
        private readonly Span<byte> _destination = destination;

        public int Length { get; private set; }

        public bool Overflowed { get; private set; }

        public void Add(byte c) => Add([c]);

        public void Add(scoped ReadOnlySpan<byte> text)
        {
            if (Room(text.Length))
                text.CopyTo(_destination[(Length - text.Length)..]);
        }

        public void AddZeros(int count)
        {
            if (Room(count))
                _destination.Slice(Length - count, count).Fill((byte)'0');
        }

        private bool Room(int count)
        {
            if (Overflowed || count > _destination.Length - Length)
            {
                Overflowed = true;
                return false;
            }

            Length += count;
            return true;
        }
    }
}
