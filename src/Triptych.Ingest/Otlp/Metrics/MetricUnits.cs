namespace Triptych.Ingest.Otlp.Metrics;

/// <summary>The words that units of UCUM become in metric names.</summary>
internal static class MetricUnits
{
    /// <summary>The word of a unit before a slash; empty where there is none, and then the unit itself is used.</summary>
    public static ReadOnlySpan<byte> Main(ReadOnlySpan<byte> unit) => unit.Length switch
    {
        1 => MainOfOne(unit[0]),
        2 => MainOfTwo(unit),
        _ when unit.SequenceEqual("min"u8) => "minutes"u8,
        _ when unit.SequenceEqual("KiBy"u8) => "kibibytes"u8,
        _ when unit.SequenceEqual("MiBy"u8) => "mebibytes"u8,
        _ when unit.SequenceEqual("GiBy"u8) => "gibibytes"u8,
        _ when unit.SequenceEqual("TiBy"u8) => "tibibytes"u8,
        _ when unit.SequenceEqual("KBy"u8) => "kilobytes"u8,
        _ when unit.SequenceEqual("MBy"u8) => "megabytes"u8,
        _ when unit.SequenceEqual("GBy"u8) => "gigabytes"u8,
        _ when unit.SequenceEqual("TBy"u8) => "terabytes"u8,
        _ when unit.SequenceEqual("Cel"u8) => "celsius"u8,
        _ => default,
    };

    /// <summary>The word of a unit behind a slash, in the singular.</summary>
    public static ReadOnlySpan<byte> Per(ReadOnlySpan<byte> unit)
    {
        if (unit.SequenceEqual("mo"u8)) return "month"u8;
        return unit.Length != 1
            ? default
            : (char)unit[0] switch
            {
                's' => "second"u8,
                'm' => "minute"u8,
                'h' => "hour"u8,
                'd' => "day"u8,
                'w' => "week"u8,
                'y' => "year"u8,
                _ => default,
            };
    }

    private static ReadOnlySpan<byte> MainOfOne(byte unit) => (char)unit switch
    {
        'd' => "days"u8,
        'h' => "hours"u8,
        's' => "seconds"u8,
        'm' => "meters"u8,
        'V' => "volts"u8,
        'A' => "amperes"u8,
        'J' => "joules"u8,
        'W' => "watts"u8,
        'g' => "grams"u8,
        '%' => "percent"u8,
        _ => default,
    };

    private static ReadOnlySpan<byte> MainOfTwo(ReadOnlySpan<byte> unit) => ((char)unit[0], (char)unit[1]) switch
    {
        ('m', 's') => "milliseconds"u8,
        ('u', 's') => "microseconds"u8,
        ('n', 's') => "nanoseconds"u8,
        ('B', 'y') => "bytes"u8,
        ('H', 'z') => "hertz"u8,
        _ => default,
    };
}
