using System.Globalization;
using System.Text.Json;

namespace Triptych.LogQL.Tests.Conformance;

/// <summary>What a case asks.</summary>
public enum CorpusKind
{
    Accept,
    Refuse,
    Lines,
    Newest,
    At,
    Ordered,
    Range,
    Fail,
}

/// <summary>A record to load, its time in seconds from the corpus' beginning.</summary>
public sealed record CorpusRecord(string Stream, int Second, string Level, string Metadata, string Line);

/// <summary>Records that the cases behind them see; each set is a store of its own.</summary>
public sealed class CorpusData
{
    public List<CorpusRecord> Records { get; } = [];
}

/// <summary>One case of the corpus.</summary>
public sealed record CorpusCase(string File, int Line, CorpusKind Kind, string Query, CorpusData Data, IReadOnlyList<int> Times, IReadOnlyList<string> Expected)
{
    public override string ToString() => $"{File}:{Line}: {Kind.ToString().ToLowerInvariant()} {Query}";
}

/// <summary>Reads the files of tests/conformance/logql, whose README.md says what they look like.</summary>
public static class CorpusFile
{
    public static string Folder { get; } = FindFolder();

    public static IEnumerable<string> Names => Directory.GetFiles(Folder, "*.test").Select(p => Path.GetFileName(p)!).Order(StringComparer.Ordinal);

    public static IReadOnlyList<CorpusCase> Read(string name)
    {
        var cases = new List<CorpusCase>();
        var data = new CorpusData();
        var stream = "";
        List<string>? expected = null;
        var lines = File.ReadAllLines(Path.Combine(Folder, name));
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].TrimEnd('\r');
            if (line.Length == 0 || line[0] == '#') continue;
            if (line[0] == ' ')
            {
                if (line.StartsWith("  =>", StringComparison.Ordinal)) expected!.Add(line.Length > 5 ? line[5..] : "");
                else data.Records.Add(ReadRecord(stream, line.TrimStart()));
                continue;
            }

            var (word, rest) = Cut(line);
            switch (word)
            {
                case "clear":
                    data = new CorpusData();
                    break;
                case "load":
                    stream = rest;
                    break;
                default:
                    var times = new List<int>();
                    var kind = Enum.Parse<CorpusKind>(word, ignoreCase: true);
                    for (var n = kind switch { CorpusKind.At or CorpusKind.Ordered or CorpusKind.Newest => 1, CorpusKind.Range => 3, _ => 0 }; n > 0; n--)
                    {
                        (word, rest) = Cut(rest);
                        times.Add(int.Parse(word, CultureInfo.InvariantCulture));
                    }

                    expected = [];
                    cases.Add(new CorpusCase(name, i + 1, kind, Text(rest), data, times, expected));
                    break;
            }
        }

        return cases;
    }

    /// <summary>A text, or behind an @ a JSON string of it.</summary>
    public static string Text(string written) => written.StartsWith('@') ? JsonSerializer.Deserialize<string>(written[1..])! : written;

    private static CorpusRecord ReadRecord(string stream, string text)
    {
        var (second, rest) = Cut(text);
        var level = "unknown";
        var metadata = "";
        if (rest.StartsWith('!')) (level, rest) = Cut(rest[1..]);
        if (rest.StartsWith('['))
        {
            var end = rest.IndexOf(']', StringComparison.Ordinal);
            metadata = rest[1..end];
            rest = rest[(end + 1)..].TrimStart(' ');
        }

        return new CorpusRecord(stream, int.Parse(second, CultureInfo.InvariantCulture), level, metadata, Text(rest.StartsWith('\\') ? rest[1..] : rest));
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
            var found = Path.Combine(folder, "tests", "conformance", "logql");
            if (Directory.Exists(found)) return found;
        }

        throw new DirectoryNotFoundException("tests/conformance/logql");
    }
}
