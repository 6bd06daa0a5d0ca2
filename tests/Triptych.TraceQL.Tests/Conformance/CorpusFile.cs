using System.Globalization;
using System.Text.Json;

namespace Triptych.TraceQL.Tests.Conformance;

/// <summary>What a case asks.</summary>
public enum CorpusKind
{
    Accept,
    Refuse,
    Search,
    Show,
    Newest,
    Range,
    Instant,
    Exemplars,
    Tags,
    Values,
}

/// <summary>A span to load. Times are milliseconds from the corpus' beginning; attributes, events and links as JSON.</summary>
public sealed record CorpusSpan(int Trace, int Id, int Parent, string Service, string Name, int StartMs, int DurationMs)
{
    public IReadOnlyList<KeyValuePair<string, JsonElement>> Fields { get; init; } = [];

    /// <summary>The attributes of a scope (<c>span</c>, <c>resource</c>, <c>instrumentation</c>) in the order in which they are written.</summary>
    public Dictionary<string, JsonElement> Attributes(string scope) => Fields
        .Where(f => f.Key.StartsWith(scope + ".", StringComparison.Ordinal))
        .ToDictionary(f => f.Key[(scope.Length + 1)..], f => f.Value, StringComparer.Ordinal);

    public string Text(string field) => Fields.FirstOrDefault(f => f.Key == field) is { Key: not null } found ? found.Value.GetString()! : "";

    /// <summary>All values of a field that may come more than once: <c>event</c>, <c>link</c>.</summary>
    public IEnumerable<JsonElement> All(string field) => Fields.Where(f => f.Key == field).Select(f => f.Value);

    /// <summary>OTLP's number.</summary>
    public int Kind => Array.IndexOf(["", "internal", "server", "client", "producer", "consumer"], Text("kind"));

    /// <summary>OTLP's number.</summary>
    public int Status => Array.IndexOf(["", "ok", "error"], Text("status"));
}

/// <summary>Spans that the cases behind them see; each set is a store of its own.</summary>
public sealed class CorpusData
{
    public List<CorpusSpan> Spans { get; } = [];
}

/// <summary>One case of the corpus.</summary>
public sealed record CorpusCase(
    string File, int Line, CorpusKind Kind, string Argument, string Query, CorpusData Data, IReadOnlyList<int> Times, IReadOnlyList<string> Expected)
{
    public override string ToString() => $"{File}:{Line}: {Kind.ToString().ToLowerInvariant()} {Query}";
}

/// <summary>Reads the files of tests/conformance/traceql, whose README.md says what they look like.</summary>
public static class CorpusFile
{
    /// <summary>Every case lies before it, in seconds.</summary>
    public const int EndSecond = 1_000;

    public static string Folder { get; } = FindFolder();

    public static IEnumerable<string> Names => Directory.GetFiles(Folder, "*.test").Select(p => Path.GetFileName(p)!).Order(StringComparer.Ordinal);

    public static IReadOnlyList<CorpusCase> Read(string name)
    {
        var cases = new List<CorpusCase>();
        var data = new CorpusData();
        var trace = 0;
        List<string>? expected = null;
        var lines = File.ReadAllLines(Path.Combine(Folder, name));
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].TrimEnd('\r');
            if (line.Length == 0 || line[0] == '#') continue;
            if (line[0] == ' ')
            {
                if (line.StartsWith("  =>", StringComparison.Ordinal)) expected!.Add(line.Length > 5 ? line[5..] : "");
                else data.Spans.Add(ReadSpan(trace, line));
                continue;
            }

            var (word, rest) = Cut(line);
            switch (word)
            {
                case "clear":
                    data = new CorpusData();
                    break;
                case "include":
                    AddSpans(rest, data);
                    break;
                case "trace":
                    trace = int.Parse(rest, CultureInfo.InvariantCulture);
                    break;
                default:
                    expected = [];
                    cases.Add(ReadCase(name, i + 1, Enum.Parse<CorpusKind>(word, ignoreCase: true), rest, data, expected));
                    break;
            }
        }

        return cases;
    }

    private static void AddSpans(string name, CorpusData data)
    {
        var trace = 0;
        foreach (var line in File.ReadAllLines(Path.Combine(Folder, name)))
        {
            if (line.StartsWith("trace ", StringComparison.Ordinal)) trace = int.Parse(line[6..], CultureInfo.InvariantCulture);
            else if (line.StartsWith(' ')) data.Spans.Add(ReadSpan(trace, line));
        }
    }

    private static CorpusCase ReadCase(string name, int line, CorpusKind kind, string rest, CorpusData data, List<string> expected)
    {
        var times = new List<int>();
        var argument = "";
        string word;
        var numbers = kind switch { CorpusKind.Newest => 1, CorpusKind.Instant => 2, CorpusKind.Range or CorpusKind.Exemplars => 3, _ => 0 };
        for (; numbers > 0; numbers--)
        {
            (word, rest) = Cut(rest);
            times.Add(int.Parse(word, CultureInfo.InvariantCulture));
        }

        if (kind is CorpusKind.Tags or CorpusKind.Values) (argument, rest) = Cut(rest);
        return new CorpusCase(name, line, kind, argument, Text(rest), data, times, expected);
    }

    /// <summary>A text, or behind an @ a JSON string of it.</summary>
    private static string Text(string written) => written.StartsWith('@') ? JsonSerializer.Deserialize<string>(written[1..])! : written;

    private static CorpusSpan ReadSpan(int trace, string line)
    {
        var parts = Parts(line);
        int Number(int i) => int.Parse(parts[i], CultureInfo.InvariantCulture);
        return new CorpusSpan(trace, Number(0), Number(1), Word(parts[2]), Word(parts[3]), Number(4), Number(5))
        {
            Fields = [.. parts.Skip(6).Select(part =>
            {
                var equals = part.IndexOf('=', StringComparison.Ordinal);
                var value = part[(equals + 1)..];
                return KeyValuePair.Create(part[..equals], JsonDocument.Parse(char.IsAsciiLetter(value[0]) && value is not ("true" or "false")
                    ? JsonSerializer.Serialize(value)
                    : value).RootElement);
            })],
        };
    }

    private static string Word(string part) => part.StartsWith('"') ? JsonSerializer.Deserialize<string>(part)! : part;

    /// <summary>Splits at spaces outside of quotes, brackets and braces.</summary>
    private static List<string> Parts(string line)
    {
        var parts = new List<string>();
        var start = -1;
        var depth = 0;
        var quoted = false;
        for (var i = 0; i <= line.Length; i++)
        {
            var c = i < line.Length ? line[i] : ' ';
            if (c == '"') quoted = !quoted;
            if (!quoted) depth += c is '[' or '{' ? 1 : c is ']' or '}' ? -1 : 0;
            if (c == ' ' && !quoted && depth == 0)
            {
                if (start >= 0) parts.Add(line[start..i]);
                start = -1;
            }
            else if (start < 0)
            {
                start = i;
            }
        }

        return parts;
    }

    private static (string First, string Others) Cut(string text)
    {
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        return space < 0 ? (text, "") : (text[..space], text[(space + 1)..]);
    }

    private static string FindFolder()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var found = Path.Combine(folder, "tests", "conformance", "traceql");
            if (Directory.Exists(found)) return found;
        }

        throw new DirectoryNotFoundException("tests/conformance/traceql");
    }
}
