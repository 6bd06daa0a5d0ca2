using System.Globalization;
using System.Net.WebSockets;
using System.Text.Encodings.Web;
using System.Text.Json;
using Triptych.Server.Hosting;

namespace Triptych.Server.Query;

/// <summary>Prints lines, oldest first; with <see cref="FollowAsync"/> also those that come.</summary>
internal sealed class LogQueryCommand(ServerClient client, TextWriter output, string form, TimeProvider time)
{
    private const int MaxFrameBytes = 64 << 20;

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private bool _hasHeader;
    private long _newest;

    /// <summary>Prints the newest lines of a time.</summary>
    public async Task RunAsync(string query, TimeSpan since, int limit, CancellationToken cancellationToken)
    {
        (string, string)[] parameters =
        [
            ("query", query), ("since", Seconds(since)), ("limit", limit.ToString(CultureInfo.InvariantCulture)), ("direction", "backward"),
        ];
        using var answer = await client.GetAsync("/loki/api/v1/query_range", parameters, cancellationToken);
        Print(answer.RootElement.GetProperty("data").GetProperty("result"));
        if (answer.RootElement.TryGetProperty("warnings", out var warnings))
        {
            foreach (var warning in warnings.EnumerateArray()) await Console.Error.WriteLineAsync($"triptych: {warning.GetString()}");
        }
    }

    /// <summary>Prints the newest lines and goes on until it is stopped; a server that ends a tail after its time is asked for another.</summary>
    public async Task FollowAsync(string query, TimeSpan since, int limit, CancellationToken cancellationToken)
    {
        var start = time.GetUtcNow() - since;
        var startNanos = (start.UtcTicks - DateTime.UnixEpoch.Ticks) * 100;
        try
        {
            while (true)
            {
                (string, string)[] parameters =
                [
                    ("query", query), ("start", startNanos.ToString(CultureInfo.InvariantCulture)), ("limit", limit.ToString(CultureInfo.InvariantCulture)),
                ];
                using var socket = await client.ConnectAsync("/loki/api/v1/tail", parameters, cancellationToken);
                await ReadAsync(socket, cancellationToken);
                if (socket.CloseStatusDescription?.Contains("max duration", StringComparison.Ordinal) != true)
                    throw new StartProblem($"the server ended the tail: {socket.CloseStatusDescription}");
                startNanos = Math.Max(startNanos, _newest + 1);
            }
        }
        catch (WebSocketException e)
        {
            throw new StartProblem($"the connection to the server was lost: {e.Message}");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // That is how following ends.
        }
    }

    private async Task ReadAsync(ClientWebSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        var used = 0;
        while (true)
        {
            if (used == buffer.Length)
            {
                if (used >= MaxFrameBytes) throw new StartProblem("the server sent a message of more than 64 MiB");
                Array.Resize(ref buffer, used * 2);
            }

            var part = await socket.ReceiveAsync(buffer.AsMemory(used), cancellationToken);
            if (part.MessageType == WebSocketMessageType.Close) return;
            used += part.Count;
            if (!part.EndOfMessage) continue;
            using (var frame = JsonDocument.Parse(buffer.AsMemory(0, used))) await PrintFrameAsync(frame.RootElement);
            used = 0;
        }
    }

    private async Task PrintFrameAsync(JsonElement frame)
    {
        if (frame.TryGetProperty("dropped_entries", out var dropped) && dropped.GetArrayLength() > 0)
        {
            var count = frame.TryGetProperty("dropped_total", out var total) ? total.GetInt64() : dropped.GetArrayLength();
            await output.FlushAsync();
            await Console.Error.WriteLineAsync($"triptych: {count} lines were skipped, since they came faster than they were read here");
        }

        if (frame.TryGetProperty("streams", out var streams)) Print(streams);
    }

    private void Print(JsonElement streams)
    {
        var lines = new List<(long Time, int Order, SortedDictionary<string, string> Labels, string Line)>();
        foreach (var stream in streams.EnumerateArray())
        {
            var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var label in stream.GetProperty("stream").EnumerateObject()) labels[label.Name] = label.Value.GetString() ?? "";
            foreach (var value in stream.GetProperty("values").EnumerateArray())
                lines.Add((long.Parse(value[0].GetString()!, CultureInfo.InvariantCulture), lines.Count, labels, value[1].GetString() ?? ""));
        }

        foreach (var (time, _, labels, line) in lines.OrderBy(l => l.Time).ThenBy(l => l.Order))
        {
            _newest = Math.Max(_newest, time);
            WriteLine(time, labels, line);
        }

        output.Flush();
    }

    private void WriteLine(long unixNanos, SortedDictionary<string, string> labels, string line)
    {
        switch (form)
        {
            case "raw":
                output.WriteLine(line);
                break;
            case "json":
                output.WriteLine(JsonSerializer.Serialize(new { time = Time(unixNanos, 9), labels, line }, Json));
                break;
            case "csv":
                if (!_hasHeader) ResultTable.WriteCsv(output, "time", "labels", "line");
                _hasHeader = true;
                ResultTable.WriteCsv(output, Time(unixNanos, 9), LabelsOf(labels), line);
                break;
            default:
                output.WriteLine($"{Time(unixNanos, 3)}  {LabelsOf(labels)}  {ResultTable.Printable(line)}");
                break;
        }
    }

    private static string LabelsOf(SortedDictionary<string, string> labels) =>
        "{" + string.Join(", ", labels.Select(l => $"{l.Key}={JsonSerializer.Serialize(l.Value, Json)}")) + "}";

    private static string Time(long unixNanos, int digits)
    {
        var (seconds, nanos) = Math.DivRem(unixNanos, 1_000_000_000);
        var fraction = nanos.ToString("D9", CultureInfo.InvariantCulture)[..digits];
        return DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture) + "." + fraction + "Z";
    }

    private static string Seconds(TimeSpan span) => span.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
}
