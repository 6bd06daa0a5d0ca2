using Triptych.Ingest.Otlp.Values;
using Triptych.Primitives.Binary;

namespace Triptych.Ingest.Otlp.Metrics;

/// <summary>What decides over the suffix of a metric's name.</summary>
internal enum MetricShape
{
    /// <summary>A gauge: <c>_ratio</c> when its unit is 1.</summary>
    Gauge,

    /// <summary>A monotonic sum: <c>_total</c> at the very end.</summary>
    Counter,

    /// <summary>All others.</summary>
    Other,
}

/// <summary>
/// The Prometheus name of one OTLP metric. Escaped with suffixes: tokens of letters, digits and colons joined by one underscore, then the unit's words unless
/// they are tokens already, then the suffix of its shape. Escaped without: all other characters but underscores become one underscore. Not escaped: see
/// <see cref="PlainNames"/>. One owner, one thread at a time.
/// </summary>
internal sealed class MetricName(TranslationStrategy strategy) : IDisposable
{
    private readonly PooledBufferWriter _name = new(capacity: 256);
    private readonly PooledBufferWriter _unit = new(capacity: 64);
    private int _length;

    /// <summary>The name.</summary>
    public ReadOnlySpan<byte> Value => _name.WrittenSpan[.._length];

    /// <summary>The unit in words, empty where it has none.</summary>
    public ReadOnlySpan<byte> Unit => _unit.WrittenSpan;

    /// <summary>The name with a suffix; valid until the next call.</summary>
    public ReadOnlySpan<byte> With(ReadOnlySpan<byte> suffix)
    {
        _name.Truncate(_length);
        _name.Write(suffix);
        return _name.WrittenSpan;
    }

    /// <summary>Translates a name; false when nothing of it can stand in a Prometheus name.</summary>
    public bool TrySet(ReadOnlySpan<byte> name, ReadOnlySpan<byte> unit, MetricShape shape)
    {
        _name.Reset();
        _unit.Reset();
        switch (strategy)
        {
            case TranslationStrategy.UnderscoreEscapingWithSuffixes:
                if (!TryWriteEscaped(name, unit, shape)) return false;
                break;
            case TranslationStrategy.UnderscoreEscapingWithoutSuffixes:
                WriteWords(name);
                break;
            case TranslationStrategy.NoUTF8EscapingWithSuffixes:
                PlainNames.Write(name, unit, shape, _name);
                break;
            default:
                AnyValueText.WriteValid(name, _name);
                break;
        }

        if (_name.Length == 0) return false;
        if (strategy != TranslationStrategy.UnderscoreEscapingWithSuffixes) WriteUnitWords(unit);
        else if (char.IsAsciiDigit((char)_name.WrittenSpan[0])) PutUnderscoreFirst();
        _length = _name.Length;
        return true;
    }

    private bool TryWriteEscaped(ReadOnlySpan<byte> name, ReadOnlySpan<byte> unit, MetricShape shape)
    {
        var isRatio = shape == MetricShape.Gauge && unit.SequenceEqual("1"u8);
        var moved = shape == MetricShape.Counter ? "total"u8 : isRatio ? "ratio"u8 : default;
        WriteTokens(name, moved);
        if (_name.Length == 0 && moved.IsEmpty) return false;
        WriteUnit(unit);
        if (!moved.IsEmpty) AppendToken(_name, moved);
        return true;
    }

    // What is between words becomes one underscore; underscores belong to words and stay as many as they are.
    private void WriteWords(ReadOnlySpan<byte> name)
    {
        var isBetween = false;
        foreach (var b in name)
        {
            if (!IsTokenByte(b) && b != '_')
            {
                isBetween = true;
                continue;
            }

            if (_name.Length == 0 && char.IsAsciiDigit((char)b)) _name.WriteByte((byte)'_');
            else if (isBetween && _name.Length > 0) _name.WriteByte((byte)'_');
            _name.WriteByte(b);
            isBetween = false;
        }
    }

    // The unit in words, for metadata, where the name does not tell it.
    private void WriteUnitWords(ReadOnlySpan<byte> unit)
    {
        var length = _name.Length;
        WriteUnit(unit);
        _name.Truncate(length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _name.Dispose();
        _unit.Dispose();
    }

    private void WriteTokens(ReadOnlySpan<byte> name, ReadOnlySpan<byte> except)
    {
        while (TryTakeToken(ref name, out var token))
        {
            if (!token.SequenceEqual(except)) AppendToken(_name, token);
        }
    }

    private void WriteUnit(ReadOnlySpan<byte> unit)
    {
        var slash = unit.IndexOf((byte)'/');
        var main = (slash < 0 ? unit : unit[..slash]).Trim((byte)' ');
        var per = slash < 0 ? default : unit[(slash + 1)..].Trim((byte)' ');
        if (!main.SequenceEqual("1"u8)) WriteUnitPart(main, MetricUnits.Main(main), isPer: false);
        WriteUnitPart(per, MetricUnits.Per(per), isPer: true);
    }

    private void WriteUnitPart(ReadOnlySpan<byte> unit, ReadOnlySpan<byte> word, bool isPer)
    {
        if (unit.IsEmpty || unit.ContainsAny((byte)'{', (byte)'}')) return;
        var unitStart = _unit.Length;
        if (isPer) AppendToken(_unit, "per"u8);
        var wordStart = _unit.Length;
        var rest = word.IsEmpty ? unit : word;
        while (TryTakeToken(ref rest, out var token)) AppendToken(_unit, token);
        var written = _unit.WrittenSpan[wordStart..].TrimStart((byte)'_');
        if (written.IsEmpty) _unit.Truncate(unitStart);
        if (written.IsEmpty || HasToken(written)) return;
        if (isPer) AppendToken(_name, "per"u8);
        AppendToken(_name, written);
    }

    private bool HasToken(ReadOnlySpan<byte> word)
    {
        var name = _name.WrittenSpan;
        while (TryTakeToken(ref name, out var token))
        {
            if (token.SequenceEqual(word)) return true;
        }

        return false;
    }

    private void PutUnderscoreFirst()
    {
        _name.WriteByte(0);
        var bytes = _name.WrittenForEdit;
        bytes[..^1].CopyTo(bytes[1..]);
        bytes[0] = (byte)'_';
    }

    private static void AppendToken(PooledBufferWriter output, ReadOnlySpan<byte> token)
    {
        if (output.Length > 0) output.WriteByte((byte)'_');
        output.Write(token);
    }

    private static bool TryTakeToken(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> token)
    {
        var start = 0;
        while (start < rest.Length && !IsTokenByte(rest[start])) start++;
        var end = start;
        while (end < rest.Length && IsTokenByte(rest[end])) end++;
        token = rest[start..end];
        rest = rest[end..];
        return !token.IsEmpty;
    }

    private static bool IsTokenByte(byte b) => b == ':' || char.IsAsciiLetterOrDigit((char)b);
}
