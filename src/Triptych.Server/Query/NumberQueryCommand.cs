using System.Text.Encodings.Web;
using System.Text.Json;

namespace Triptych.Server.Query;

/// <summary>Prints the numbers of a query at one time, as Prometheus and Loki answer it.</summary>
internal sealed class NumberQueryCommand(ServerClient client, TextWriter output, string form)
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Asks and prints.</summary>
    public async Task RunAsync(string path, string query, CancellationToken cancellationToken)
    {
        using var answer = await client.GetAsync(path, [("query", query)], cancellationToken);
        foreach (var kind in (ReadOnlySpan<string>)["warnings", "infos"])
        {
            if (!answer.RootElement.TryGetProperty(kind, out var notes)) continue;
            foreach (var note in notes.EnumerateArray()) Console.Error.WriteLine($"triptych: {note.GetString()}");
        }

        var data = answer.RootElement.GetProperty("data");
        var rows = new List<(SortedDictionary<string, string> Labels, string Value)>();
        var result = data.GetProperty("result");
        switch (data.GetProperty("resultType").GetString())
        {
            case "scalar" or "string":
                rows.Add((new SortedDictionary<string, string>(StringComparer.Ordinal), result[1].GetString() ?? ""));
                break;
            case "matrix":
                foreach (var series in result.EnumerateArray())
                {
                    foreach (var value in Values(series)) rows.Add((LabelsOf(series), $"{value[1].GetString()} @{value[0].GetRawText()}"));
                }

                break;
            default:
                foreach (var series in result.EnumerateArray())
                {
                    // A native histogram is an object, shown as it came.
                    var text = series.TryGetProperty("value", out var value) ? value[1].GetString() ?? "" : series.GetProperty("histogram")[1].GetRawText();
                    rows.Add((LabelsOf(series), text));
                }

                break;
        }

        Write(rows);
        await output.FlushAsync(cancellationToken);
    }

    private void Write(List<(SortedDictionary<string, string> Labels, string Value)> rows)
    {
        switch (form)
        {
            case "json":
                foreach (var (labels, value) in rows) output.WriteLine(JsonSerializer.Serialize(new { labels, value }, Json));
                break;
            case "csv":
                ResultTable.WriteCsv(output, "labels", "value");
                foreach (var (labels, value) in rows) ResultTable.WriteCsv(output, Text(labels), value);
                break;
            default:
                ResultTable.WriteAligned(output, [.. rows.Select(row => new[] { Text(row.Labels), row.Value })]);
                break;
        }
    }

    private static IEnumerable<JsonElement> Values(JsonElement series) => series.TryGetProperty("values", out var values) ? values.EnumerateArray() : [];

    private static SortedDictionary<string, string> LabelsOf(JsonElement series)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var label in series.GetProperty("metric").EnumerateObject()) labels[label.Name] = label.Value.GetString() ?? "";
        return labels;
    }

    private static string Text(SortedDictionary<string, string> labels)
    {
        var name = labels.GetValueOrDefault("__name__", "");
        return name + "{" + string.Join(", ", labels.Where(l => l.Key != "__name__").Select(l => $"{l.Key}={JsonSerializer.Serialize(l.Value, Json)}")) + "}";
    }
}
