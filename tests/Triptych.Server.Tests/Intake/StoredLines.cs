using System.Text.Json;

namespace Triptych.Server.Tests.Intake;

/// <summary>What a server has of a stream.</summary>
internal sealed record StoredLine(string Line, IReadOnlyDictionary<string, string> Stream, long TimeUnixNanos)
{
    // For a machine that does much else meanwhile.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The lines that a selector finds, oldest first. Labels, structured metadata and the level stand together, as Loki answers.</summary>
    public static async Task<List<StoredLine>> ReadAsync(ServerProcess server, string selector)
    {
        var url = server.Url(server.LokiPort, $"/loki/api/v1/query_range?query={Uri.EscapeDataString(selector)}&since=20h&limit=5000&direction=forward");
        var answer = await Wire.GetAsync(url);
        answer.Status.ShouldBe(200, answer.Text);
        using var json = JsonDocument.Parse(answer.Body);
        return [.. json.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().SelectMany(static stream =>
        {
            var labels = stream.GetProperty("stream").EnumerateObject()
                .ToDictionary(static l => l.Name, static l => l.Value.GetString()!, StringComparer.Ordinal);
            return stream.GetProperty("values").EnumerateArray().Select(v => new StoredLine(
                v[1].GetString()!, labels, long.Parse(v[0].GetString()!, System.Globalization.CultureInfo.InvariantCulture)));
        }).OrderBy(static l => l.TimeUnixNanos)];
    }

    /// <summary>The same, once there are as many as are waited for: syslog says nothing when it is done.</summary>
    public static async Task<List<StoredLine>> WaitAsync(ServerProcess server, string selector, int count)
    {
        var started = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            var lines = await ReadAsync(server, selector);
            if (lines.Count >= count || started.Elapsed > Patience) return lines;
            await Task.Delay(50);
        }
    }
}
