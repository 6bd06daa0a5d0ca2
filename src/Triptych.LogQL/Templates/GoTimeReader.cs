using System.Globalization;

namespace Triptych.LogQL.Templates;

/// <summary>Reads a time by one of Go's layouts (see <see cref="GoTimeLayout"/>). One use.</summary>
internal ref struct GoTimeReader(string layout, string text, TimeZoneInfo zone)
{
    private static readonly string[] s_months = [.. CultureInfo.InvariantCulture.DateTimeFormat.MonthNames.Take(12)];
    private static readonly string[] s_weekdays = CultureInfo.InvariantCulture.DateTimeFormat.DayNames;

    private ReadOnlySpan<char> _text = text;
    private int _year;
    private int _month = 1;
    private int _day = 1;
    private int _yearDay;
    private int _hour;
    private int _minute;
    private int _second;
    private int _nanos;
    private bool? _afternoon;
    private int? _offsetSeconds;
    private string? _zoneName;

    /// <summary>The time; null where the text does not follow the layout. Without a zone in the text it is one of the reader's zone.</summary>
    public GoTime? Read()
    {
        var at = 0;
        while (at < layout.Length)
        {
            var length = GoTimePart.At(layout, at, out var part);
            var written = layout.AsSpan(at, length);
            at += length;
            if (part == TimePart.Literal ? !TryLiteral(written[0]) : !TryPart(part, written, at)) return null;
        }

        return _text.IsEmpty ? Compose() : null;
    }

    private bool TryLiteral(char c)
    {
        // As in Go, a blank stands for any number of them.
        if (c == ' ')
        {
            var any = _text.Length > 0 && _text[0] == ' ';
            if (_text.Length > 0 && !any) return false;
            _text = _text.TrimStart(' ');
            return true;
        }

        if (_text.IsEmpty || _text[0] != c) return false;
        _text = _text[1..];
        return true;
    }

    private bool TryPart(TimePart part, ReadOnlySpan<char> written, int end) => part switch
    {
        TimePart.LongYear => TryDigits(4, 4, out _year),
        TimePart.Year => TryYear(),
        TimePart.LongMonth => TryName(s_months, int.MaxValue, out _month),
        TimePart.MonthName => TryName(s_months, 3, out _month),
        TimePart.ZeroMonth => TryDigits(2, 2, out _month),
        TimePart.Month => TryDigits(1, 2, out _month),
        TimePart.LongWeekday => TryName(s_weekdays, int.MaxValue, out _),
        TimePart.Weekday => TryName(s_weekdays, 3, out _),
        TimePart.ZeroDay => TryDigits(2, 2, out _day),
        TimePart.BlankDay => TryBlanks(1) && TryDigits(1, 2, out _day),
        TimePart.Day => TryDigits(1, 2, out _day),
        TimePart.ZeroYearDay => TryDigits(3, 3, out _yearDay) && _yearDay > 0,
        TimePart.BlankYearDay => TryBlanks(2) && TryDigits(1, 3, out _yearDay) && _yearDay > 0,
        TimePart.Hour => TryDigits(1, 2, out _hour),
        TimePart.ZeroHour12 => TryDigits(2, 2, out _hour) && _hour <= 12,
        TimePart.Hour12 => TryDigits(1, 2, out _hour) && _hour <= 12,
        TimePart.ZeroMinute => TryDigits(2, 2, out _minute),
        TimePart.Minute => TryDigits(1, 2, out _minute),
        TimePart.ZeroSecond => TryDigits(2, 2, out _second) && TryUnannouncedFraction(end),
        TimePart.Second => TryDigits(1, 2, out _second) && TryUnannouncedFraction(end),
        TimePart.UpperHalf => TryHalf("PM", "AM"),
        TimePart.LowerHalf => TryHalf("pm", "am"),
        TimePart.Offset => TryOffset(written),
        TimePart.Fraction => TryFraction(written),
        _ => TryZoneName(),
    };

    private bool TryDigits(int least, int most, out int number)
    {
        number = 0;
        var count = 0;
        while (count < most && count < _text.Length && char.IsAsciiDigit(_text[count])) number = (number * 10) + (_text[count++] - '0');
        _text = _text[count..];
        return count >= least;
    }

    private bool TryYear()
    {
        if (!TryDigits(2, 2, out _year)) return false;
        _year += _year >= 69 ? 1900 : 2000;
        return true;
    }

    private bool TryBlanks(int most)
    {
        for (; most > 0 && _text.Length > 0 && _text[0] == ' '; most--) _text = _text[1..];
        return true;
    }

    private bool TryName(string[] names, int most, out int number)
    {
        for (number = 1; number <= names.Length; number++)
        {
            var name = names[number - 1].AsSpan(0, Math.Min(most, names[number - 1].Length));
            if (!_text.StartsWith(name, StringComparison.OrdinalIgnoreCase)) continue;
            _text = _text[name.Length..];
            return true;
        }

        return false;
    }

    private bool TryHalf(string afternoon, string morning)
    {
        _afternoon = _text.StartsWith(afternoon, StringComparison.Ordinal);
        if (_afternoon == false && !_text.StartsWith(morning, StringComparison.Ordinal)) return false;
        _text = _text[2..];
        return true;
    }

    private bool TryOffset(ReadOnlySpan<char> written)
    {
        if (written[0] == 'Z' && _text.StartsWith("Z", StringComparison.Ordinal))
        {
            _text = _text[1..];
            _offsetSeconds = 0;
            _zoneName = GoTime.Utc;
            return true;
        }

        if (_text.Length < written.Length || _text[0] is not ('+' or '-')) return false;
        var sign = _text[0] == '-' ? -1 : 1;
        var seconds = 0;
        var unit = 3600;
        for (var i = 1; i < written.Length; unit /= 60)
        {
            if (written[i] == ':' && _text[i++] != ':') return false;
            if (!int.TryParse(_text.Slice(i, 2), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
            if (number > (unit == 3600 ? 24 : 59)) return false;
            seconds += number * unit;
            i += 2;
        }

        _text = _text[written.Length..];
        _offsetSeconds = sign * seconds;
        return true;
    }

    private bool TryFraction(ReadOnlySpan<char> written)
    {
        var present = _text.Length > 1 && _text[0] is '.' or ',' && char.IsAsciiDigit(_text[1]);
        if (written[1] == '9') return !present || TakeFraction(9);
        return present && TakeFraction(written.Length - 1, exactly: true);
    }

    /// <summary>A fraction may follow the seconds though the layout has none.</summary>
    private bool TryUnannouncedFraction(int end)
    {
        if (_text.Length < 2 || _text[0] is not ('.' or ',') || !char.IsAsciiDigit(_text[1])) return true;
        if (end < layout.Length)
        {
            GoTimePart.At(layout, end, out var next);
            if (next == TimePart.Fraction) return true;
        }

        return TakeFraction(int.MaxValue);
    }

    private bool TakeFraction(int most, bool exactly = false)
    {
        var count = 0;
        while (count < most && count + 1 < _text.Length && char.IsAsciiDigit(_text[count + 1])) count++;
        if (exactly && count != most) return false;
        var digits = _text.Slice(1, Math.Min(count, 9)).ToString().PadRight(9, '0');
        _nanos = int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
        _text = _text[(count + 1)..];
        return true;
    }

    private bool TryZoneName()
    {
        var length = 0;
        while (length < _text.Length && length < 6 && char.IsAsciiLetterUpper(_text[length])) length++;
        if (length is < 3 or > 5) return false;
        _zoneName = _text[..length].ToString();
        _text = _text[length..];
        return true;
    }

    /// <summary>What Go writes where a zone has an offset and no name.</summary>
    private static string OffsetName(int offsetSeconds)
    {
        var minutes = Math.Abs(offsetSeconds) / 60;
        return string.Create(CultureInfo.InvariantCulture, $"{(offsetSeconds < 0 ? '-' : '+')}{minutes / 60:00}{minutes % 60:00}");
    }

    private readonly GoTime? Compose()
    {
        var hour = _afternoon == true && _hour < 12 ? _hour + 12 : _afternoon == false && _hour == 12 ? 0 : _hour;
        if (_year is < 1 or > 9999 || _month is < 1 or > 12 || _day < 1 || _day > DateTime.DaysInMonth(_year, _month)) return null;
        if (hour > 23 || _minute > 59 || _second > 59) return null;
        var clock = new DateTime(_year, _month, _day, hour, _minute, _second, DateTimeKind.Unspecified);
        if (_yearDay > 0)
        {
            if (_yearDay > (DateTime.IsLeapYear(_year) ? 366 : 365)) return null;
            clock = new DateTime(_year, 1, 1, hour, _minute, _second, DateTimeKind.Unspecified).AddDays(_yearDay - 1);
        }

        var isUtcZone = ReferenceEquals(zone, TimeZoneInfo.Utc);
        // Which zone a short name means elsewhere than in UTC is not known here; in UTC every other name counts as no offset.
        if (_offsetSeconds is null && _zoneName is not (null or GoTime.Utc) && !isUtcZone) return null;
        var offset = _offsetSeconds ?? (_zoneName is null ? (int)zone.GetUtcOffset(clock).TotalSeconds : 0);
        var name = _zoneName ?? (!isUtcZone ? null : offset == 0 ? GoTime.Utc : OffsetName(offset));
        var seconds = ((clock.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond) - offset;
        return GoTime.OfUnixSeconds(seconds) is { } time ? time with { Nanos = _nanos, OffsetSeconds = offset, ZoneName = name } : null;
    }
}
