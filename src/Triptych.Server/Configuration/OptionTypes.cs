using System.Globalization;
using System.Net;
using Triptych.Primitives.Text;

namespace Triptych.Server.Configuration;

/// <summary>
/// The scalar types that an option may have: how each is read from text, what to say when the text is not one, and how an editor's schema
/// describes it. The one place to add another.
/// </summary>
internal static class OptionTypes
{
    private static readonly (string Suffix, long Factor)[] SizeUnits =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("kB", 1_000), ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("B", 1),
    ];

    /// <summary>Whether the type is read from one piece of text.</summary>
    public static bool IsScalar(Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        return plain == typeof(string) || plain == typeof(bool) || plain == typeof(int) || plain == typeof(double) || plain == typeof(TimeSpan)
            || plain == typeof(ByteSize) || plain == typeof(IPAddress) || plain.IsEnum;
    }

    /// <summary>Reads text as a value of the type; null with a reason where it is not one.</summary>
    public static object? Read(Type type, string text, out string? error)
    {
        error = null;
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        if (plain == typeof(string)) return text;
        if (plain.IsEnum) return ReadEnum(plain, text, out error);
        if (plain == typeof(bool) && bool.TryParse(text, out var flag)) return flag;
        if (plain == typeof(int) && int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var integer)) return integer;
        if (plain == typeof(double) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) return number;
        if (plain == typeof(IPAddress) && ReadAddress(text) is { } address) return address;
        if (plain == typeof(ByteSize) && ReadSize(text) is { } size) return size;
        if (plain == typeof(TimeSpan) && Durations.ParsePrometheus(text, out var nanoseconds) == DurationError.None)
        {
            return TimeSpan.FromTicks(nanoseconds / 100);
        }
        error = $"\"{text}\" is not {Describe(plain)}";
        return null;
    }

    /// <summary>What is wanted, in words.</summary>
    public static string Describe(Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        if (plain == typeof(bool)) return "true or false";
        if (plain == typeof(int)) return "a whole number";
        if (plain == typeof(double)) return "a number";
        if (plain == typeof(TimeSpan)) return "a duration such as 15s, 5m or 1h30m";
        if (plain == typeof(ByteSize)) return "a size such as 64MiB or 5GB";
        if (plain == typeof(IPAddress)) return "an IP address such as 127.0.0.1, ::1 or 0.0.0.0";
        return plain.IsEnum ? "one of " + string.Join(", ", Enum.GetNames(plain).Select(ConfigNames.ToSnakeCase)) : "text";
    }

    /// <summary>The type in JSON schema's terms.</summary>
    public static Dictionary<string, object> Schema(Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        if (plain == typeof(bool)) return new() { ["type"] = "boolean" };
        if (plain == typeof(int)) return new() { ["type"] = "integer" };
        if (plain == typeof(double)) return new() { ["type"] = "number" };
        if (plain == typeof(TimeSpan)) return new() { ["type"] = "string", ["pattern"] = "^([0-9]+(ms|[smhdwy]))+$|^0$" };
        if (plain == typeof(ByteSize)) return new() { ["type"] = new[] { "string", "integer" } };
        if (plain.IsEnum) return new() { ["enum"] = Enum.GetNames(plain).Select(ConfigNames.ToSnakeCase).ToArray() };
        return new() { ["type"] = "string" };
    }

    private static object? ReadEnum(Type type, string text, out string? error)
    {
        error = null;
        foreach (var value in Enum.GetValues(type))
        {
            if (ConfigNames.ToSnakeCase(value.ToString()!) == text) return value;
        }

        error = $"\"{text}\" is not {Describe(type)}";
        return null;
    }

    private static IPAddress? ReadAddress(string text) =>
        text == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(text, out var address) ? address : null;

    private static ByteSize? ReadSize(string text)
    {
        foreach (var (suffix, factor) in SizeUnits)
        {
            if (!text.EndsWith(suffix, StringComparison.Ordinal)) continue;
            return double.TryParse(text[..^suffix.Length].Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= 0
                && number * factor < long.MaxValue ? new ByteSize((long)(number * factor)) : null;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? new ByteSize(bytes) : null;
    }
}

/// <summary>A number of bytes, written <c>64MiB</c>, <c>5GB</c> or as a plain number.</summary>
public readonly record struct ByteSize(long Bytes)
{
    /// <summary>So many times 2^20 bytes.</summary>
    public static ByteSize MiB(long count) => new(count << 20);

    /// <inheritdoc/>
    public override string ToString() => Bytes == 0 ? "0" : Bytes % (1 << 20) == 0 ? $"{Bytes >> 20}MiB" : $"{Bytes}B";
}
