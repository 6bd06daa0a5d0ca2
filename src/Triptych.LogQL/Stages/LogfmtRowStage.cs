using System.Text;
using Triptych.Columnar.Symbols;
using Triptych.LogQL.Syntax;

namespace Triptych.LogQL.Stages;

/// <summary>
/// <c>logfmt</c>: <c>key=value</c> and <c>key="quoted value"</c>, all keys or the given ones. Bare words are skipped, unless strict, which
/// refuses them, or empty values are kept: then they are keys that have one.
/// </summary>
internal sealed class LogfmtRowStage : ParserRowStage
{
    public const string Error = "LogfmtParserErr";

    private readonly bool _strict;
    private readonly List<(int Label, byte[] Key)> _extractions = [];
    private byte[] _text = new byte[1024];
    private int _place;

    public LogfmtRowStage(LogfmtStage stage, SymbolTable symbols, IReadOnlySet<string>? wanted)
        : base(symbols, wanted)
    {
        _strict = stage.Strict;
        KeepsEmpty = stage.KeepEmpty;
        foreach (var extraction in stage.Extractions)
            _extractions.Add((symbols.Intern(extraction.Label), Encoding.UTF8.GetBytes(extraction.Expression)));
    }

    public override bool Apply(ref Row row)
    {
        if (TryKeepKnown(ref row)) return true;
        var line = row.Line;
        var at = 0;
        _place = 0;
        while (true)
        {
            while (at < line.Length && line[at] <= (byte)' ') at++;
            if (at >= line.Length) return true;
            var start = at;
            if (TryReadPair(line, ref at, out var key, out var value))
            {
                if (KeepsEmpty || !value.IsEmpty) Take(ref row, key, value);
                continue;
            }

            if (_strict)
            {
                row.Labels.Fail(Error, "the line is not logfmt");
                return true;
            }

            var isBareWord = at == start + key.Length && (start == 0 || line[start - 1] <= (byte)' ');
            if (KeepsEmpty && isBareWord) Take(ref row, key, []);
        }
    }

    private void Take(ref Row row, scoped ReadOnlySpan<byte> key, scoped ReadOnlySpan<byte> value)
    {
        if (_extractions.Count == 0)
        {
            Keep(ref row, NameFor(key, _place++), value);
            return;
        }

        foreach (var (label, wanted) in _extractions)
        {
            if (key.SequenceEqual(wanted)) Keep(ref row, label, value);
        }
    }

    /// <summary>The pair at <paramref name="at"/>; false for what is none, which is passed over.</summary>
    private bool TryReadPair(ReadOnlySpan<byte> line, ref int at, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        value = default;
        var start = at;
        while (at < line.Length && line[at] > (byte)' ' && line[at] is not ((byte)'=' or (byte)'"')) at++;
        key = line[start..at];
        if (at >= line.Length || line[at] != (byte)'=')
        {
            if (at < line.Length && line[at] == (byte)'"') at++;
            return false;
        }

        at++;
        if (at < line.Length && line[at] == (byte)'"') return TryReadQuoted(line, ref at, out value) && key.Length > 0;
        start = at;
        while (at < line.Length && line[at] > (byte)' ' && line[at] is not ((byte)'=' or (byte)'"')) at++;
        value = line[start..at];
        if (at >= line.Length || line[at] <= (byte)' ') return key.Length > 0;
        while (at < line.Length && line[at] > (byte)' ') at++;
        return false;
    }

    private bool TryReadQuoted(ReadOnlySpan<byte> line, ref int at, out ReadOnlySpan<byte> value)
    {
        var start = ++at;
        var escaped = false;
        for (; at < line.Length; at++)
        {
            if (line[at] == (byte)'"')
            {
                value = line[start..at++];
                if (escaped) value = JsonText.Unescape(value, ref _text);
                return true;
            }

            if (line[at] != (byte)'\\') continue;
            escaped = true;
            at++;
        }

        value = default;
        at = line.Length;
        return false;
    }
}
