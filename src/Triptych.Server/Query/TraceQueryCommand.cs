using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Triptych.Server.Query;

/// <summary>Prints the traces that a search finds, as Tempo answers it.</summary>
internal sealed class TraceQueryCommand(ServerClient client, TextWriter output, string form, TimeProvider time)
{
    private static readonly string[] Columns = ["trace_id", "start", "duration_ms", "service", "name"];
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Searches and prints.</summary>
    public async Task RunAsync(string query, TimeSpan since, int limit, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        (string, string)[] parameters =
        [
            ("q", query), ("limit", limit.ToString(CultureInfo.InvariantCulture)),
            ("start", (now - since).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
            ("end", (now.ToUnixTimeSeconds() + 1).ToString(CultureInfo.InvariantCulture)),
        ];
        using var answer = await client.GetAsync("/api/search", parameters, cancellationToken);
        var rows = new List<string[]>();
        if (answer.RootElement.TryGetProperty("traces", out var traces))
        {
            foreach (var trace in traces.EnumerateArray())
            {
                rows.Add(
                [
                    Text(trace, "traceID"), Start(Text(trace, "startTimeUnixNano")),
                    trace.TryGetProperty("durationMs", out var duration) ? duration.GetRawText() : "0", Text(trace, "rootServiceName"), Text(trace, "rootTraceName"),
                ]);
            }
        }

        Write(rows);
        await output.FlushAsync(cancellationToken);
    }

    private void Write(List<string[]> rows)
    {
        switch (form)
        {
            case "json":
                foreach (var row in rows)
                    output.WriteLine(JsonSerializer.Serialize(Columns.Zip(row).ToDictionary(p => p.First, p => p.Second, StringComparer.Ordinal), Json));
                break;
            case "csv":
                ResultTable.WriteCsv(output, Columns);
                foreach (var row in rows) ResultTable.WriteCsv(output, row);
                break;
            default:
                ResultTable.WriteAligned(output, [[.. Columns.Select(c => c.ToUpperInvariant())], .. rows]);
                break;
        }
    }

    private static string Text(JsonElement trace, string name) =>
        trace.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static string Start(string unixNanos) => long.TryParse(unixNanos, NumberStyles.None, CultureInfo.InvariantCulture, out var nanos)
        ? DateTimeOffset.FromUnixTimeMilliseconds(nanos / 1_000_000).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)
        : unixNanos;
}
