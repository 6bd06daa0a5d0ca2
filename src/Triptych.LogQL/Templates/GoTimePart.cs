namespace Triptych.LogQL.Templates;

/// <summary>What a piece of a layout stands for.</summary>
internal enum TimePart
{
    Literal,
    LongYear,
    Year,
    LongMonth,
    MonthName,
    ZeroMonth,
    Month,
    LongWeekday,
    Weekday,
    ZeroDay,
    BlankDay,
    Day,
    ZeroYearDay,
    BlankYearDay,
    Hour,
    ZeroHour12,
    Hour12,
    ZeroMinute,
    Minute,
    ZeroSecond,
    Second,
    UpperHalf,
    LowerHalf,
    Offset,
    Fraction,
    ZoneName,
}

/// <summary>Takes Go's time layouts apart.</summary>
internal static class GoTimePart
{
    /// <summary>In an order in which a longer piece comes before one that it begins with.</summary>
    private static readonly (string Text, TimePart Part)[] s_parts =
    [
        ("January", TimePart.LongMonth), ("Jan", TimePart.MonthName), ("Monday", TimePart.LongWeekday), ("Mon", TimePart.Weekday),
        ("MST", TimePart.ZoneName), ("002", TimePart.ZeroYearDay), ("01", TimePart.ZeroMonth), ("02", TimePart.ZeroDay),
        ("03", TimePart.ZeroHour12), ("04", TimePart.ZeroMinute), ("05", TimePart.ZeroSecond), ("06", TimePart.Year),
        ("15", TimePart.Hour), ("1", TimePart.Month), ("2006", TimePart.LongYear), ("2", TimePart.Day), ("_2006", TimePart.Literal),
        ("_2", TimePart.BlankDay), ("__2", TimePart.BlankYearDay), ("3", TimePart.Hour12), ("4", TimePart.Minute), ("5", TimePart.Second),
        ("PM", TimePart.UpperHalf), ("pm", TimePart.LowerHalf), ("-070000", TimePart.Offset), ("-07:00:00", TimePart.Offset),
        ("-0700", TimePart.Offset), ("-07:00", TimePart.Offset), ("-07", TimePart.Offset), ("Z070000", TimePart.Offset),
        ("Z07:00:00", TimePart.Offset), ("Z0700", TimePart.Offset), ("Z07:00", TimePart.Offset), ("Z07", TimePart.Offset),
    ];

    /// <summary>The piece at a place of a layout and its length; what stands for itself is taken character by character.</summary>
    public static int At(string layout, int at, out TimePart part)
    {
        var rest = layout.AsSpan(at);
        part = TimePart.Literal;
        if (rest[0] is '.' or ',') return Fraction(rest, ref part);
        foreach (var (text, candidate) in s_parts)
        {
            if (!rest.StartsWith(text, StringComparison.Ordinal)) continue;
            // A blank before the year is no blank day; and a word that only begins like a name is a word.
            if (text == "_2006") return 1;
            if (text is "Jan" or "Mon" && rest.Length > 3 && char.IsAsciiLetterLower(rest[3])) continue;
            part = candidate;
            return text.Length;
        }

        return 1;
    }

    private static int Fraction(ReadOnlySpan<char> rest, ref TimePart part)
    {
        if (rest.Length < 2 || rest[1] is not ('0' or '9')) return 1;
        var end = rest[1..].IndexOfAnyExcept(rest[1]);
        end = end < 0 ? rest.Length : end + 1;
        if (end < rest.Length && char.IsAsciiDigit(rest[end])) return 1;
        part = TimePart.Fraction;
        return end;
    }
}
