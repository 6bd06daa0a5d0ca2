using System.Globalization;

namespace Triptych.TraceQL.Tests.Conformance;

/// <summary>An answer in the corpus' words: an error, or lines such as <c>2: 1 3 {count()=2}</c> and <c>{name=a} 1 _ 2</c>.</summary>
public sealed record CorpusAnswer(string? Error, IReadOnlyList<string> Lines)
{
    /// <summary>The number of a trace or span out of its id in hex.</summary>
    public static int NumberOf(string hexId) => int.Parse(hexId, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <summary>Labels in their order: <c>{name=a, p=0.5}</c>.</summary>
    public static string Labels(IEnumerable<KeyValuePair<string, string>> labels) => "{" + string.Join(", ", labels.Select(l => $"{l.Key}={l.Value}")) + "}";

    public static string Value(double? value) => value is not { } number || double.IsNaN(number)
        ? "_"
        : Math.Round(number, 6).ToString(CultureInfo.InvariantCulture);

    /// <summary>A spanset: its spans, each with what is shown of it, and behind them what was computed about the set.</summary>
    public static string Spanset(IEnumerable<string> spans, IReadOnlyList<KeyValuePair<string, string>> attributes) =>
        string.Join(' ', spans) + (attributes.Count == 0 ? "" : " " + Labels(attributes));

    /// <summary>Why the answer is not what the case expects; null where it is.</summary>
    public string? Problem(CorpusCase asked)
    {
        if (asked.Kind == CorpusKind.Refuse)
        {
            var words = asked.Expected.Single();
            if (Error is null) return $"{asked}\n  expected an error: {words}\n  got: {string.Join("\n       ", Lines)}";
            var (place, rest) = words.Split(' ', 2) is [var p, var r] ? (p, r) : (words.Trim(), "");
            var numbers = place.Split(':');
            var at = $" at line {numbers[0]}, col {numbers[1]}: ";
            return Error.Contains(at, StringComparison.Ordinal) && Error.Contains(rest, StringComparison.Ordinal)
                ? null
                : $"{asked}\n  expected an error at {place} with: {rest}\n  got: {Error}";
        }

        if (Error is not null) return $"{asked}\n  expected an answer\n  got the error: {Error}";
        if (asked.Kind == CorpusKind.Accept && (asked.Expected.Count == 0 || Lines.Count == 0)) return null;
        var sorted = asked.Kind is not CorpusKind.Newest;
        var (left, right) = (Joined(asked.Expected, sorted), Joined(Lines, sorted));
        return left == right ? null : $"{asked}\n  expected:\n    {left.ReplaceLineEndings("\n    ")}\n  got:\n    {right.ReplaceLineEndings("\n    ")}";
    }

    private static string Joined(IEnumerable<string> lines, bool sorted)
    {
        var trimmed = lines.Select(static l => l.TrimEnd());
        return string.Join('\n', sorted ? trimmed.Order(StringComparer.Ordinal) : trimmed);
    }
}
