namespace Triptych.TraceQL.Tests.Syntax;

/// <summary>
/// The peer's lists of queries by what must happen to them. The file lies beside the repository, not in it:
/// <c>shared/conformance/traceql/test_examples.yaml</c> under some parent folder of the tests.
/// </summary>
internal static class ConformanceExamples
{
    private const string RelativePath = "shared/conformance/traceql/test_examples.yaml";

    /// <summary>The quoted entries of one list; skips the calling test where the file is absent.</summary>
    public static List<string> Read(string list)
    {
        var path = Find();
        Assert.SkipWhen(path is null, $"{RelativePath} is in no parent folder of the tests");
        var queries = new List<string>();
        var current = "";
        foreach (var line in File.ReadLines(path!))
        {
            if (line.Length > 0 && char.IsAsciiLetter(line[0]))
            {
                current = line[..line.IndexOf(':', StringComparison.Ordinal)];
            }
            else if (current == list && line.TrimStart() is ['-', ' ', '\'', ..] entry)
            {
                queries.Add(Unquote(entry));
            }
        }

        queries.ShouldNotBeEmpty();
        return queries;
    }

    private static string Unquote(string entry)
    {
        var value = new System.Text.StringBuilder();
        for (var i = 3; i < entry.Length; i++)
        {
            if (entry[i] != '\'')
            {
                value.Append(entry[i]);
            }
            else if (i + 1 < entry.Length && entry[i + 1] == '\'')
            {
                value.Append('\'');
                i++;
            }
            else
            {
                break;
            }
        }

        return value.ToString();
    }

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, RelativePath);
            if (File.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }
}
