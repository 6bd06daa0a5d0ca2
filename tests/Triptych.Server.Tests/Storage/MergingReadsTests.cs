using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Triptych.Server.Tests.Storage;

/// <summary>
/// Reads of all three signals while blocks are made, merged and rewritten all the time: heads of a few records, writers, and deletions in between of what
/// the writers wrote beside it. What a query asks for is complete by then, so each answer has one right value.
/// </summary>
public sealed class MergingReadsTests : IAsyncLifetime
{
    // Far beyond what it takes: only a test that would never end fails by it.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);
    private readonly ServerProcess _server = new();
    private readonly CancellationTokenSource _end = new();

    private static bool IsLong => Environment.GetEnvironmentVariable("TRIPTYCH_TEST_LONG") == "1";

    private static TimeSpan AtLeast => TimeSpan.FromMinutes(4);

    public async ValueTask InitializeAsync()
    {
        if (!IsLong) return;
        _server.Set("TRIPTYCH_STORAGE_FLUSH_SIZE", "1KiB").Set("TRIPTYCH_STORAGE_COMPACTION_WORKERS", "2").Set("TRIPTYCH_WEB_ENABLE_ADMIN_API", "true");
        await _server.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _end.Dispose();
    }

    [Fact]
    public async Task Every_answer_is_exactly_right_while_blocks_are_made_merged_and_rewritten()
    {
        Assert.SkipUnless(IsLong, "takes minutes: ./test --long runs it");
        var start = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / 60 * 60) - TimeSpan.FromMinutes(Lots.Minutes + 10);
        LotSignal[] signals = [new MetricLots(_server), new LogLots(_server), new TraceLots(_server)];
        var ran = Stopwatch.StartNew();
        var runs = signals.Select(s => new Run(s, new Lots(start))).ToList();
        var tasks = runs.SelectMany(r => new[] { WhileNeededAsync(r.WriteAsync), WhileNeededAsync(r.ReadAsync), WhileNeededAsync(r.DeleteAsync) }).ToList();
        tasks.Add(EndWhenEnoughAsync(runs, ran));

        await Task.WhenAll(tasks);
        foreach (var run in runs)
        {
            await run.CheckAllAsync();
            TestContext.Current.TestOutputHelper!.WriteLine($"{run} in {ran.Elapsed.TotalSeconds:0} s, {MergesOf(run)} merges");
        }

        _server.Error.ShouldNotContain(" failed");
    }

    private async Task WhileNeededAsync(Func<Task> step)
    {
        try
        {
            while (!_end.IsCancellationRequested) await step();
        }
        finally
        {
            // One that fails ends all.
            await _end.CancelAsync();
        }
    }

    private async Task EndWhenEnoughAsync(IReadOnlyList<Run> runs, Stopwatch ran)
    {
        while (ran.Elapsed < AtLeast || !runs.All(r => r.HasEnough && MergesOf(r) >= 3))
        {
            if (ran.Elapsed > Patience) throw new ShouldAssertException($"{string.Join("; ", runs)}: {_server.Error}");
            if (_end.IsCancellationRequested) return;
            await Task.Delay(50);
        }

        await _end.CancelAsync();
    }

    /// <summary>Merges that made fewer of several blocks, by the server's own diagnostics.</summary>
    private int MergesOf(Run run) => _server.Error.Split('\n').Count(
        l => l.Contains($"{run.Name}: merged", StringComparison.Ordinal) && !l.Contains("(Deletion)", StringComparison.Ordinal));

    /// <summary>What was written of one signal and is to be found, or not any more.</summary>
    private sealed class Run(LotSignal signal, Lots lots)
    {
        private readonly ConcurrentQueue<int> _toDelete = new();
        private readonly Random _random = new(7);
        private int _written;
        private int _deleted;
        private int _reads;

        public string Name => signal.Name;

        public bool HasEnough => _written >= 10 && _deleted >= 3 && _reads >= 25;

        /// <summary>Writes the next lot, in requests whose rows lie all over the hours that the test is about.</summary>
        public async Task WriteAsync()
        {
            var lot = _written;
            foreach (var rows in lots.RowsOf(lot).Chunk(Lots.RowsPerRequest)) await signal.WriteAsync(Lots.Kept, lot, rows);
            await signal.WriteAsync(Lots.Doomed, lot, [.. lots.DoomedOf(lot)]);
            Volatile.Write(ref _written, lot + 1);
            if (lot % 3 == 0) _toDelete.Enqueue(lot);

            // Else the lots of a fast machine would be more than the deletions that make blocks of them.
            while (_toDelete.Count > 2) await Task.Delay(10);
        }

        public async Task DeleteAsync()
        {
            if (!_toDelete.TryDequeue(out var lot))
            {
                await Task.Delay(10);
                return;
            }

            await signal.DeleteAsync(lot, lots.HourOf(lot), lots.HourOf(lot).AddHours(1));
            (await signal.CountAsync(Lots.Doomed, lot, lots.Start, lots.End)).ShouldBe(0, $"{Name}: lot {lot} was deleted");
            Volatile.Write(ref _deleted, lot + 1);

            // Merges come after deletions: without a pause there would be none.
            await signal.WhenMergedAsync(TimeSpan.FromSeconds(2));
        }

        public async Task ReadAsync()
        {
            var written = Volatile.Read(ref _written);
            if (written == 0)
            {
                await Task.Delay(10);
                return;
            }

            // The newest ones are what is being flushed and merged.
            await CheckAsync(_random.Next(2) == 0 ? written - 1 : _random.Next(written));
            if (Volatile.Read(ref _deleted) is var deleted and > 0)
            {
                var lot = _random.Next((deleted + 2) / 3) * 3;
                (await signal.CountAsync(Lots.Doomed, lot, lots.Start, lots.End)).ShouldBe(0, $"{Name}: deleted rows of lot {lot} came back");
            }

            Interlocked.Increment(ref _reads);
        }

        /// <summary>Every lot once more, when nothing is written any more.</summary>
        public async Task CheckAllAsync()
        {
            for (var lot = 0; lot < _written; lot++)
                (await signal.CountAsync(Lots.Kept, lot, lots.Start, lots.End)).ShouldBe(Lots.RowsPerLot, $"{Name}: lot {lot}");
        }

        public override string ToString() => $"{Name}: {_written} lots written, the doomed of {(_deleted + 2) / 3} deleted, {_reads} reads";

        private async Task CheckAsync(int lot)
        {
            var from = lots.Start.AddMinutes(_random.Next(Lots.Minutes - 1));
            var to = _random.Next(2) == 0 ? lots.End : from.AddMinutes(_random.Next(1, Lots.Minutes));
            if (_random.Next(3) == 0) from = lots.Start;
            var expected = lots.RowsOf(lot).Count(r => r > from && r < to);
            (await signal.CountAsync(Lots.Kept, lot, from, to)).ShouldBe(expected, $"{Name}: lot {lot} from {from:u} to {to:u}");
        }
    }
}

/// <summary>Rows by number of a lot: times over some hours, no two of a lot the same, none on a full minute.</summary>
internal sealed class Lots(DateTimeOffset start)
{
    public const int Hours = 3;
    public const int Minutes = Hours * 60;
    public const int RowsPerRequest = 12;
    public const int RowsPerLot = 60;
    public const string Kept = "kept";
    public const string Doomed = "doomed";

    public DateTimeOffset Start => start;

    /// <summary>After the last row, and in the past.</summary>
    public DateTimeOffset End => start.AddMinutes(Minutes);

    /// <summary>Begin of the hour that a lot's doomed rows are in.</summary>
    public DateTimeOffset HourOf(int lot) => start.AddHours(lot % Hours);

    public IEnumerable<DateTimeOffset> DoomedOf(int lot) =>
        Enumerable.Range(0, RowsPerRequest).Select(i => HourOf(lot).AddMinutes(i * 4).AddMilliseconds(1 + i));

    public IEnumerable<DateTimeOffset> RowsOf(int lot)
    {
        var random = new Random(lot);
        for (var row = 0; row < RowsPerLot; row++) yield return start.AddMinutes(random.Next(Minutes)).AddMilliseconds(1 + row);
    }
}

/// <summary>How rows of a signal are written, counted and deleted. Any number of calls at once.</summary>
internal abstract class LotSignal(ServerProcess server)
{
    /// <summary>As the server's diagnostics call it.</summary>
    public abstract string Name { get; }

    protected ServerProcess Server => server;

    /// <summary>Writes rows as one request; they are acknowledged.</summary>
    public abstract Task WriteAsync(string app, int lot, IReadOnlyList<DateTimeOffset> rows);

    /// <summary>How many rows there are between two full minutes. An answer that says that it is not complete fails.</summary>
    public abstract Task<long> CountAsync(string app, int lot, DateTimeOffset from, DateTimeOffset to);

    /// <summary>Deletes the doomed rows of a lot and returns when that is complete.</summary>
    public async Task DeleteAsync(int lot, DateTimeOffset from, DateTimeOffset to)
    {
        const string Deletions = "/api/triptych/v1/deletions";
        var query = Uri.EscapeDataString(SelectorOf(Lots.Doomed, lot));
        var parameters = $"?signal={Name.ToLowerInvariant()}&query={query}&start={from.ToUnixTimeSeconds()}&end={to.ToUnixTimeSeconds()}";
        var asked = await Wire.PostAsync(server.Url(server.UiPort, Deletions + parameters), [], null);
        asked.Status.ShouldBe(202, asked.Text);
        using var request = JsonDocument.Parse(asked.Body);
        var id = request.RootElement.GetProperty("id").GetString();
        while (true)
        {
            var answer = await Wire.GetAsync(server.Url(server.UiPort, $"{Deletions}/{id}"));
            answer.Status.ShouldBe(200, answer.Text);
            using var state = JsonDocument.Parse(answer.Body);
            if (state.RootElement.GetProperty("state").GetString() == "done") return;
            await Task.Delay(20);
        }
    }

    /// <summary>Waits until no merge is due, but not for long.</summary>
    public async Task WhenMergedAsync(TimeSpan patience)
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < patience; await Task.Delay(50))
        {
            var answer = await Wire.GetAsync(server.Url(server.UiPort, "/api/triptych/v1/status/storage"));
            using var status = JsonDocument.Parse(answer.Body);
            if (status.RootElement.GetProperty("signals").GetProperty(Name.ToLowerInvariant()).GetProperty("pendingMerges").GetInt32() == 0) return;
        }
    }

    protected abstract string SelectorOf(string app, int lot);

    protected static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    protected static string Nanos(DateTimeOffset time) => Text(time.ToUnixTimeMilliseconds() * 1_000_000);

    protected async Task PostAsync(int port, string path, string json)
    {
        var answer = await Wire.PostAsync(server.Url(port, path), System.Text.Encoding.UTF8.GetBytes(json), Wire.Json);
        answer.Status.ShouldBeInRange(200, 204, answer.Text);
        answer.Text.ShouldNotContain("rejected");
    }

    /// <summary>The one number of an answer whose members lead to it; 0 where it holds no series.</summary>
    protected async Task<long> NumberAsync(Uri url, string[] seriesPath, Func<JsonElement, string> valueOf)
    {
        var answer = await Wire.GetAsync(url);
        answer.Status.ShouldBe(200, answer.Text);
        answer.Text.ShouldNotContain("warnings");
        answer.Text.ShouldNotContain("partial", Case.Insensitive);
        using var json = JsonDocument.Parse(answer.Body);
        var series = seriesPath.Aggregate(json.RootElement, static (at, name) => at.GetProperty(name)).EnumerateArray().ToList();
        series.Count.ShouldBeLessThanOrEqualTo(1, answer.Text);
        return series.Count == 0 ? 0 : (long)double.Parse(valueOf(series[0]), CultureInfo.InvariantCulture);
    }
}

/// <summary>Samples of a series for each lot and app.</summary>
internal sealed class MetricLots(ServerProcess server) : LotSignal(server)
{
    public override string Name => "Metrics";

    public override Task WriteAsync(string app, int lot, IReadOnlyList<DateTimeOffset> rows)
    {
        var attributes = $$$"""[{"key":"app","value":{"stringValue":"{{{app}}}"}},{"key":"lot","value":{"stringValue":"{{{lot}}}"}}]""";
        var points = string.Join(',', rows.Select(r => $$"""{"timeUnixNano":"{{Nanos(r)}}","asDouble":1,"attributes":{{attributes}}}"""));
        var metric = $$$"""{"name":"rows","gauge":{"dataPoints":[{{{points}}}]}}""";
        return PostAsync(Server.OtlpHttpPort, "/v1/metrics", $$$"""{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{{{metric}}}]}]}]}""");
    }

    public override Task<long> CountAsync(string app, int lot, DateTimeOffset from, DateTimeOffset to)
    {
        var query = $"sum(count_over_time({SelectorOf(app, lot)}[{(to - from).TotalSeconds:0}s]))";
        return NumberAsync(
            Server.Url(Server.PrometheusPort, $"/api/v1/query?time={to.ToUnixTimeSeconds()}&query={Uri.EscapeDataString(query)}"), ["data", "result"],
            static series => series.GetProperty("value")[1].GetString()!);
    }

    protected override string SelectorOf(string app, int lot) => $"rows{{app=\"{app}\",lot=\"{lot}\"}}";
}

/// <summary>Lines of a stream for each lot and app.</summary>
internal sealed class LogLots(ServerProcess server) : LotSignal(server)
{
    public override string Name => "Logs";

    public override Task WriteAsync(string app, int lot, IReadOnlyList<DateTimeOffset> rows)
    {
        var lines = string.Join(',', rows.Select(static r => $"[\"{Nanos(r)}\",\"a line of {Nanos(r)}\"]"));
        return PostAsync(Server.LokiPort, "/loki/api/v1/push", $$$"""{"streams":[{"stream":{"app":"{{{app}}}","lot":"{{{lot}}}"},"values":[{{{lines}}}]}]}""");
    }

    public override Task<long> CountAsync(string app, int lot, DateTimeOffset from, DateTimeOffset to)
    {
        var query = $"sum(count_over_time({SelectorOf(app, lot)} |= \"line\" [{(to - from).TotalSeconds:0}s]))";
        return NumberAsync(
            Server.Url(Server.LokiPort, $"/loki/api/v1/query?time={Nanos(to)}&query={Uri.EscapeDataString(query)}"), ["data", "result"],
            static series => series.GetProperty("value")[1].GetString()!);
    }

    protected override string SelectorOf(string app, int lot) => $"{{app=\"{app}\",lot=\"{lot}\"}}";
}

/// <summary>Spans with the lot as an attribute and the app as one of their resource; those of an hour and lot are one trace.</summary>
internal sealed class TraceLots(ServerProcess server) : LotSignal(server)
{
    public override string Name => "Traces";

    public override Task WriteAsync(string app, int lot, IReadOnlyList<DateTimeOffset> rows)
    {
        var spans = rows.Select(r => $$$"""
            {"traceId":"{{{lot + 1:x16}}}{{{r.ToUnixTimeSeconds() / 3600:x16}}}","spanId":"{{{(r.ToUnixTimeMilliseconds() * 2) + (app == Lots.Kept ? 0 : 1):x16}}}",
             "name":"row","kind":1,"startTimeUnixNano":"{{{Nanos(r)}}}","endTimeUnixNano":"{{{Nanos(r)}}}",
             "attributes":[{"key":"lot","value":{"stringValue":"{{{lot}}}"}}]}
            """);
        var resource = $$$"""{"attributes":[{"key":"app","value":{"stringValue":"{{{app}}}"}}]}""";
        return PostAsync(
            Server.OtlpHttpPort, "/v1/traces", $$$"""{"resourceSpans":[{"resource":{{{resource}}},"scopeSpans":[{"spans":[{{{string.Join(',', spans)}}}]}]}]}""");
    }

    public override Task<long> CountAsync(string app, int lot, DateTimeOffset from, DateTimeOffset to)
    {
        var query = Uri.EscapeDataString($"{SelectorOf(app, lot)} | count_over_time()");
        return NumberAsync(
            Server.Url(Server.TempoPort, $"/api/metrics/query?start={from.ToUnixTimeSeconds()}&end={to.ToUnixTimeSeconds()}&q={query}"), ["series"],
            static series => series.GetProperty("value").GetRawText());
    }

    protected override string SelectorOf(string app, int lot) => $"{{ resource.app = \"{app}\" && span.lot = \"{lot}\" }}";
}
