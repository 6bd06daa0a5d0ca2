using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Triptych.LogQL.Syntax;
using Triptych.LogQL.Syntax.Literals;
using Triptych.Model.Labels;

namespace Triptych.LogQL.Stages;

/// <summary>
/// A line filter that the scan cannot evaluate: addresses, patterns, and whatever stands behind a stage that changes the line.
/// </summary>
internal sealed class LineFilterRowStage : RowStage
{
    private const string AddressCharacters = "0123456789abcdefABCDEF.:";

    private readonly bool _negated;
    private readonly List<Func<ReadOnlySpan<byte>, bool>> _tests = [];
    private char[] _characters = new char[1024];

    public LineFilterRowStage(LineFilterStage filter)
    {
        _negated = filter.Kind is LineFilterKind.NotContains or LineFilterKind.NotRegex or LineFilterKind.NotPattern;
        foreach (var value in filter.Values) _tests.Add(TestFor(filter.Kind, value));
    }

    public override bool MayDrop => true;

    public override bool Apply(ref Row row)
    {
        foreach (var test in _tests)
        {
            if (test(row.Line)) return !_negated;
        }

        return _negated;
    }

    private Func<ReadOnlySpan<byte>, bool> TestFor(LineFilterKind kind, LineFilterValue value)
    {
        if (value.IsIp)
        {
            var addresses = IpPattern.Parse(value.Text);
            return line => ContainsAddress(line, addresses);
        }

        switch (kind)
        {
            case LineFilterKind.Regex or LineFilterKind.NotRegex:
                var regex = RegexSyntax.TryCompileUnanchored(value.Text, out _)!;
                return line => Matches(regex, line);
            case LineFilterKind.Pattern or LineFilterKind.NotPattern:
                return new PatternMatcher(PatternTemplate.ParseFilter(value.Text)).Test;
            default:
                var needle = Encoding.UTF8.GetBytes(value.Text);
                return line => line.IndexOf(needle) >= 0;
        }
    }

    private bool Matches(Regex regex, ReadOnlySpan<byte> line)
    {
        if (_characters.Length < line.Length) _characters = new char[line.Length * 2];
        var length = Encoding.UTF8.GetChars(line, _characters);
        return regex.IsMatch(_characters.AsSpan(0, length));
    }

    private static bool ContainsAddress(ReadOnlySpan<byte> line, IpPattern pattern)
    {
        Span<char> text = stackalloc char[64];
        for (var start = 0; start < line.Length;)
        {
            var length = 0;
            while (start + length < line.Length && AddressCharacters.Contains((char)line[start + length], StringComparison.Ordinal))
                length++;
            if (length is > 1 and <= 64)
            {
                for (var i = 0; i < length; i++) text[i] = (char)line[start + i];
                if (HasAddress(text[..length].Trim(".:"), pattern) || HasAddress(text[..length], pattern)) return true;
            }

            start += length + 1;
        }

        return false;
    }

    /// <summary>The text as an IPv4 address, one with a port behind it, or an IPv6 address.</summary>
    private static bool HasAddress(ReadOnlySpan<char> text, IpPattern pattern)
    {
        var colon = text.IndexOf(':');
        if (colon > 0 && text.Count(':') == 1) text = text[..colon];
        if (!text.Contains(':') && text.Count('.') != 3) return false;
        return IPAddress.TryParse(text, out var address) && pattern.Contains(address);
    }
}
