using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Triptych.LogQL.Tests.Conformance;

/// <summary>An answer in the corpus' words: an error, or lines such as <c>5 {app="a"} text</c> and <c>{app="a"} 1 _ 2</c>.</summary>
public sealed record CorpusAnswer(string? Error, IReadOnlyList<string> Lines)
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// Labels in order of their names. What a server adds to each record by itself is not part of a case: a level that is not known, and the name of
    /// a service that was made from another label.
    /// </summary>
    public static string Labels(IEnumerable<KeyValuePair<string, string>> labels) => "{" + string.Join(", ", labels
        .Where(l => l.Key != "service_name" && (l.Key != "detected_level" || l.Value != "unknown"))
        .OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={JsonSerializer.Serialize(l.Value, Json)}")) + "}";

    public static string Record(long second, string labels, string line)
    {
        var text = line.StartsWith('@') || line.Any(char.IsControl) ? "@" + JsonSerializer.Serialize(line, Json) : line;
        return $"{second.ToString(CultureInfo.InvariantCulture)} {labels} {text}".TrimEnd();
    }

    public static string Value(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => Math.Round(value, 6).ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Why the answer is not what the case expects; null where it is.</summary>
    public string? Problem(CorpusCase asked)
    {
        if (asked.Kind is CorpusKind.Refuse or CorpusKind.Fail)
        {
            var words = asked.Expected.Single();
            if (Error is null) return $"{asked}\n  expected an error: {words}\n  got: {string.Join("\n       ", Lines)}";
            var wanted = words;
            if (asked.Kind == CorpusKind.Refuse)
            {
                var (place, rest) = words.Split(' ', 2) is [var p, var r] ? (p, r) : (words.Trim(), "");
                var numbers = place.Split(':');
                var at = numbers[1].Length == 0 ? $"parse error at line {numbers[0]}, col " : $"parse error at line {numbers[0]}, col {numbers[1]}: ";
                if (!Error.StartsWith(at, StringComparison.Ordinal)) return $"{asked}\n  expected an error at {place}\n  got: {Error}";
                wanted = rest;
            }

            return Error.Contains(wanted, StringComparison.Ordinal) ? null : $"{asked}\n  expected an error with: {wanted}\n  got: {Error}";
        }

        if (Error is not null) return $"{asked}\n  expected an answer\n  got the error: {Error}";
        var sorted = asked.Kind is CorpusKind.At or CorpusKind.Range;
        var expected = asked.Kind == CorpusKind.Accept && asked.Expected.Count == 0 ? [asked.Query] : asked.Expected;
        var (left, right) = (Joined(expected, sorted), Joined(Lines, sorted));
        return left == right ? null : $"{asked}\n  expected:\n    {left.ReplaceLineEndings("\n    ")}\n  got:\n    {right.ReplaceLineEndings("\n    ")}";
    }

    private static string Joined(IEnumerable<string> lines, bool sorted)
    {
        var trimmed = lines.Select(static l => l.TrimEnd());
        return string.Join('\n', sorted ? trimmed.Order(StringComparer.Ordinal) : trimmed);
    }
}
