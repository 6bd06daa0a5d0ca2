using System.Buffers.Text;
using System.Globalization;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Text;

namespace Triptych.Ingest.Exposition;

/// <summary>
/// Walks an exposition line by line without copying or allocating. Spans point into the body. A scraper that keeps series by <see cref="SeriesText"/> need
/// not read labels again that it has seen before; for others <see cref="WriteLabels"/> builds the label set.
/// <code>
/// var parser = new ExpositionParser(body, format);
/// while (parser.TryRead(out var item)) …
/// if (parser.Error is not null) …   the whole scrape fails, as with Prometheus
/// </code>
/// <code>
/// line   := sample | '# TYPE' name word | '# HELP' name text | '# UNIT' name word | '# EOF' | '#' anything | empty      (the last two not in OpenMetrics)
/// sample := ( name [ '{' pairs '}' ] | '{' '"' name '"' [ ',' pairs ] '}' ) value [ timestamp ] [ ' # {' pairs '}' value [ timestamp ] ]
/// </code>
/// </summary>
public ref struct ExpositionParser(ReadOnlySpan<byte> body, ExpositionFormat format)
{
    private readonly bool _isOpenMetrics = format == ExpositionFormat.OpenMetrics;
    private ReadOnlySpan<byte> _rest = body;
    private LabelSpans _labels;
    private LabelSpans _exemplarLabels;
    private bool _hasEnded;
    private ReadOnlySpan<byte> _unit;
    private ReadOnlySpan<byte> _unitOf;

    /// <summary>What is wrong with the exposition, with its line; null while nothing is.</summary>
    public string? Error { get; private set; }

    /// <summary>The number of the line read last, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>The name of the metric or family, without quotes; escapes of a quoted name are not resolved.</summary>
    public ReadOnlySpan<byte> MetricName { get; private set; }

    /// <summary>The family that the last TYPE line named; samples that follow are taken for its own, as Prometheus does.</summary>
    public ReadOnlySpan<byte> FamilyName { get; private set; }

    /// <summary>The word for its type; empty before the first TYPE line.</summary>
    public ReadOnlySpan<byte> FamilyType { get; private set; }

    /// <summary>Its unit, where a UNIT line said one.</summary>
    public readonly ReadOnlySpan<byte> FamilyUnit => _unitOf.SequenceEqual(FamilyName) ? _unit : default;

    /// <summary>The label whose values are numbers in a family of this type; empty where there is none.</summary>
    public readonly ReadOnlySpan<byte> BoundLabel =>
        FamilyType.SequenceEqual("histogram"u8) ? "le"u8 : FamilyType.SequenceEqual("summary"u8) ? "quantile"u8 : default;

    /// <summary>The type's word, the help (escapes not resolved) or the unit.</summary>
    public ReadOnlySpan<byte> Text { get; private set; }

    /// <summary>A sample's name and labels as they stand in the body.</summary>
    public ReadOnlySpan<byte> SeriesText { get; private set; }

    /// <summary>A sample's value; a NaN has the bits of <see cref="SpecialValues.NormalNanBits"/>.</summary>
    public double Value { get; private set; }

    /// <summary>Whether the sample has a time of its own.</summary>
    public bool HasTimestamp { get; private set; }

    /// <summary>That time, Unix milliseconds.</summary>
    public long TimestampMs { get; private set; }

    /// <summary>Whether the sample has an exemplar.</summary>
    public bool HasExemplar { get; private set; }

    /// <summary>The exemplar's value.</summary>
    public double ExemplarValue { get; private set; }

    /// <summary>Whether the exemplar has a time.</summary>
    public bool HasExemplarTimestamp { get; private set; }

    /// <summary>The exemplar's time, Unix milliseconds.</summary>
    public long ExemplarTimestampMs { get; private set; }

    /// <summary>Steps to the next item; false at the end and at an error.</summary>
    public bool TryRead(out ExpositionItem item)
    {
        item = default;
        while (Error is null && !_rest.IsEmpty)
        {
            Line++;
            var end = _rest.IndexOf((byte)'\n');
            var line = end < 0 ? _rest : _rest[..end];
            _rest = end < 0 ? default : _rest[(end + 1)..];
            if (_hasEnded) return Fail("something stands after # EOF");
            if (!_isOpenMetrics && line.EndsWith("\r"u8)) line = line[..^1];
            var trimmed = _isOpenMetrics ? line : line.TrimStart(" \t"u8);
            if (trimmed.IsEmpty)
            {
                if (_isOpenMetrics) return Fail("an empty line");
                continue;
            }

            if (trimmed[0] != '#')
            {
                item = ExpositionItem.Sample;
                return ReadSample(trimmed);
            }

            if (ReadComment(trimmed, out item)) return true;
        }

        if (Error is null && _isOpenMetrics && !_hasEnded) return Fail("the exposition does not end with # EOF");
        return false;
    }

    /// <summary>
    /// Adds the sample's labels, its name among them, to a writer. Of histograms and summaries <c>le</c> and <c>quantile</c> are written as Prometheus 3 does
    /// (<see cref="BoundText"/>), so that a series is the same in whichever format and by whichever library it is exposed.
    /// </summary>
    /// <param name="into">The writer.</param>
    /// <param name="withTypeAndUnit">
    /// Whether the family's type and unit, where they are known, are the labels <c>__type__</c> and <c>__unit__</c>, instead of those that the target wrote.
    /// </param>
    public readonly void WriteLabels(LabelSetWriter into, bool withTypeAndUnit = false)
    {
        if (!_labels.HasQuotedName) into.Add("__name__"u8, MetricName);
        ReadOnlySpan<byte> type = default;
        ReadOnlySpan<byte> unit = default;
        if (withTypeAndUnit && MetricName.StartsWith(FamilyName))
        {
            type = FamilyType.SequenceEqual("unknown"u8) || FamilyType.SequenceEqual("untyped"u8) ? default : FamilyType;
            unit = FamilyUnit;
        }

        into.Add("__type__"u8, type);
        into.Add("__unit__"u8, unit);
        _labels.WriteTo(into, BoundLabel, exceptType: !type.IsEmpty, exceptUnit: !unit.IsEmpty);
    }

    /// <summary>Adds the exemplar's labels to a writer.</summary>
    public readonly void WriteExemplarLabels(LabelSetWriter into) => _exemplarLabels.WriteTo(into);

    private bool ReadSample(ReadOnlySpan<byte> line)
    {
        HasTimestamp = HasExemplar = HasExemplarTimestamp = false;
        var at = 0;
        while (at < line.Length && IsNameByte(line[at], at == 0)) at++;
        MetricName = line[..at];
        while (!_isOpenMetrics && at < line.Length && line[at] is (byte)' ' or (byte)'\t' && line[at..].TrimStart(" \t"u8).StartsWith("{"u8)) at++;
        _labels = default;
        if (at < line.Length && line[at] == '{')
        {
            _labels = new LabelSpans(line[at..]);
            if (_labels.Check(allowName: MetricName.IsEmpty) is { } problem) return Fail(problem);
            at += _labels.Length;
            if (MetricName.IsEmpty) MetricName = _labels.QuotedName;
        }

        if (MetricName.IsEmpty) return Fail("a metric name is expected");
        SeriesText = line[..at];
        var rest = line[at..];
        if (_labels.Length == 0 && !rest.IsEmpty && !IsSpace(rest[0])) return Fail("a space is expected after the metric name");
        var exemplar = _isOpenMetrics ? rest.IndexOf(" # "u8) : -1;
        if (!ReadValue(exemplar < 0 ? rest : rest[..exemplar], out var value, out var hasTime, out var time))
        {
            return Fail("a value is expected, and then at most a time");
        }
        Value = value;
        HasTimestamp = hasTime;
        TimestampMs = time;
        return exemplar < 0 || ReadExemplar(rest[(exemplar + 3)..]);
    }

    private bool ReadExemplar(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text[0] != '{') return Fail("an exemplar's labels are expected");
        _exemplarLabels = new LabelSpans(text);
        if (_exemplarLabels.Check(allowName: false) is { } problem) return Fail(problem);
        if (!ReadValue(text[_exemplarLabels.Length..], out var value, out var hasTime, out var time)) return Fail("an exemplar's value is expected");
        HasExemplar = true;
        ExemplarValue = value;
        HasExemplarTimestamp = hasTime;
        ExemplarTimestampMs = time;
        return true;
    }

    private readonly bool ReadValue(ReadOnlySpan<byte> text, out double value, out bool hasTime, out long timeMs)
    {
        hasTime = false;
        timeMs = 0;
        value = 0;
        text = text.Trim(" \t"u8);
        var space = text.IndexOfAny(" \t"u8);
        if (!TryParse(space < 0 ? text : text[..space], out value)) return false;
        if (space < 0) return true;
        text = text[space..].TrimStart(" \t"u8);
        hasTime = true;
        if (!_isOpenMetrics) return Utf8Parser.TryParse(text, out timeMs, out var used) && used == text.Length;
        if (!TryParse(text, out var seconds) || !(Math.Abs(seconds) < 9e15)) return false;
        timeMs = (long)Math.Round(seconds * 1000, MidpointRounding.AwayFromZero);
        return true;
    }

    /// <summary>Reads a number as samples have it.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> text, out double value)
    {
        value = 0;
        if (text.IsEmpty) return false;
        var unsigned = text[0] is (byte)'+' or (byte)'-' ? text[1..] : text;
        if (IsWord(unsigned, "nan"u8))
        {
            value = BitConverter.Int64BitsToDouble(SpecialValues.NormalNanBits);
            return true;
        }

        if (IsWord(unsigned, "inf"u8) || IsWord(unsigned, "infinity"u8))
        {
            value = text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
            return true;
        }

        return !unsigned.IsEmpty && (char.IsAsciiDigit((char)unsigned[0]) || unsigned[0] == '.')
            && double.TryParse(
                text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
                CultureInfo.InvariantCulture, out value);
    }

    private static bool IsWord(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word) => System.Text.Ascii.EqualsIgnoreCase(text, word);

    /// <summary>Reads a line that starts with #; true when it is an item, false when it is passed over, is the end or is an error.</summary>
    private bool ReadComment(ReadOnlySpan<byte> line, out ExpositionItem item)
    {
        item = default;
        if (_isOpenMetrics && line.SequenceEqual("# EOF"u8))
        {
            _hasEnded = true;
            return false;
        }

        var text = line[1..];
        if (text.IsEmpty || !IsSpace(text[0])) return _isOpenMetrics && Fail("a comment other than TYPE, HELP, UNIT and EOF");
        text = text.TrimStart(" \t"u8);
        var space = text.IndexOfAny(" \t"u8);
        var keyword = space < 0 ? text : text[..space];
        if (keyword.SequenceEqual("TYPE"u8)) item = ExpositionItem.Type;
        else if (keyword.SequenceEqual("HELP"u8)) item = ExpositionItem.Help;
        else if (_isOpenMetrics && keyword.SequenceEqual("UNIT"u8)) item = ExpositionItem.Unit;
        else return _isOpenMetrics && Fail("a comment other than TYPE, HELP, UNIT and EOF");
        text = space < 0 ? default : text[space..].TrimStart(" \t"u8);
        if (!ReadFamilyName(ref text)) return Fail("a metric name is expected");
        Text = item == ExpositionItem.Help ? text : text.TrimEnd(" \t"u8);
        if (item == ExpositionItem.Type)
        {
            if (!IsType(Text)) return Fail("the type is not known");
            FamilyName = MetricName;
            FamilyType = Text;
        }
        else if (item == ExpositionItem.Unit)
        {
            _unitOf = MetricName;
            _unit = Text;
        }

        return (item != ExpositionItem.Help && item != ExpositionItem.Unit) || Utf8Text.IsValid(Text) || Fail("text that is not valid UTF-8");
    }

    private bool ReadFamilyName(scoped ref ReadOnlySpan<byte> text)
    {
        var at = 0;
        if (!text.IsEmpty && text[0] == '"')
        {
            var end = LabelSpans.EndOfQuoted(text, 1);
            if (end < 0 || !Utf8Text.IsValid(text[1..end])) return false;
            MetricName = text[1..end];
            at = end + 1;
        }
        else
        {
            while (at < text.Length && IsNameByte(text[at], at == 0)) at++;
            MetricName = text[..at];
        }

        if (MetricName.IsEmpty || (at < text.Length && !IsSpace(text[at]))) return false;
        text = at < text.Length ? text[(at + 1)..] : default;
        return true;
    }

    private readonly bool IsType(ReadOnlySpan<byte> word)
    {
        if (word.SequenceEqual("counter"u8) || word.SequenceEqual("gauge"u8) || word.SequenceEqual("histogram"u8) || word.SequenceEqual("summary"u8))
        {
            return true;
        }
        if (!_isOpenMetrics) return word.SequenceEqual("untyped"u8) || word.SequenceEqual("unknown"u8);
        return word.SequenceEqual("unknown"u8) || word.SequenceEqual("info"u8) || word.SequenceEqual("stateset"u8) || word.SequenceEqual("gaugehistogram"u8);
    }

    private static bool IsSpace(byte b) => b is (byte)' ' or (byte)'\t';

    private static bool IsNameByte(byte b, bool isFirst) =>
        b is (byte)'_' or (byte)':' || char.IsAsciiLetter((char)b) || (!isFirst && char.IsAsciiDigit((char)b));

    private bool Fail(string problem)
    {
        Error ??= $"line {Line}: {problem}";
        return false;
    }
}
