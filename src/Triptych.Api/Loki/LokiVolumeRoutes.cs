using Triptych.Columnar.Rows;
using Triptych.Model.Labels;
using Triptych.Query.Budgets;

namespace Triptych.Api.Loki;

/// <summary>
/// How much there is: <c>index/stats</c> and <c>index/volume</c>. Real numbers, counted by a scan of streams, times and lengths of lines,
/// which reads lines only where a bound lies within a row group.
/// </summary>
internal sealed class LokiVolumeRoutes(ILogSource source)
{
    /// <summary><c>index/stats</c>. Chunks are the blocks that the scan opened: this program has no chunks.</summary>
    public async Task StatsAsync(LokiCall call)
    {
        if (await CountAsync(call) is not { } counts) return;
        await using var reply = new JsonReply(call.Http);
        reply.Writer.WriteStartObject();
        counts.Write(reply.Writer);
        reply.WriteWarnings(counts.Warnings);
        reply.Writer.WriteEndObject();
        await reply.FinishAsync();
    }

    /// <summary><c>index/shards</c>: how a question is best divided among queriers. Here one program answers it on all cores: one shard has all.</summary>
    public async Task ShardsAsync(LokiCall call)
    {
        if (await CountAsync(call) is not { } counts) return;
        await using var reply = new JsonReply(call.Http);
        var json = reply.Writer;
        json.WriteStartObject();
        json.WriteStartArray("shards");
        json.WriteStartObject();
        json.WriteStartObject("bounds");
        json.WriteNumber("min", 0);
        json.WriteNumber("max", ulong.MaxValue);
        json.WriteEndObject();
        json.WriteStartObject("stats");
        counts.Write(json);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        reply.WriteWarnings(counts.Warnings);
        new ReplyStatistics
        {
            SizeBytes = counts.SizeBytes,
            Lines = counts.Entries,
            PassedLines = counts.Entries,
            Blocks = counts.Blocks,
            Entries = 1,
            Elapsed = call.Elapsed,
            Queued = call.Queued,
        }.Write(json, "statistics");
        json.WriteEndObject();
        await reply.FinishAsync();
    }

    /// <summary><c>index/volume</c>: one number for each group, at the end of the range.</summary>
    public Task VolumeAsync(LokiCall call) => VolumesAsync(call, isRange: false);

    /// <summary><c>index/volume_range</c>: a number for each group and step, at the end of the step.</summary>
    public Task VolumeRangeAsync(LokiCall call) => VolumesAsync(call, isRange: true);

    private async Task VolumesAsync(LokiCall call, bool isRange)
    {
        var parameters = call.Parameters;
        var range = parameters.Range();
        var length = range.EndUnixNanos - range.StartUnixNanos;
        var step = isRange ? parameters.StepNanos(range) : Math.Max(1, length);
        var matchers = parameters.RequiredSelector("query");
        var limit = parameters.Count("limit", 100);
        var grouping = ReadGrouping(parameters, ref matchers);
        if (await call.RefusedAsync()) return;
        var buckets = (int)Math.Max(1, (length + step - 1) / step);
        var volumes = await call.EvaluateAsync<Volumes>(async query =>
        {
            var tally = new VolumeTally(grouping, buckets, query);
            var (rows, lineBytes) = (0L, 0L);
            long[] ends = [.. Enumerable.Range(1, buckets - 1).Select(i => range.StartUnixNanos + (i * step) - 1)];
            await ScanAsync(query, matchers, range, ends, (batch, streams) =>
            {
                var times = batch.Column<Int64Column>(0).Values;
                var numbers = batch.Column<Int64Column>(1).Values;
                var lengths = batch.Column<Int64Column>(2).Values;
                for (var i = 0; i < batch.RowCount; i++)
                {
                    lineBytes += lengths[i];
                    var stream = (int)numbers[i];
                    tally.Add(stream, streams.LabelsOf(stream), (int)((times[i] - range.StartUnixNanos) / step), lengths[i]);
                }
            }, statistics => rows = statistics.RowsRead);
            return new Volumes(tally.Largest(limit), rows, lineBytes, query);
        });
        if (volumes is not null) await WriteAsync(call, volumes, range, step);
    }

    private static VolumeGrouping ReadGrouping(LokiParameters parameters, ref IReadOnlyList<LabelMatcher> matchers)
    {
        var aggregateBy = parameters.Text("aggregateBy") ?? "series";
        if (aggregateBy is not ("series" or "labels")) parameters.Fail("aggregateBy", "must be series or labels");
        var byName = aggregateBy == "labels";
        var given = matchers;
        var targets = (parameters.Text("targetLabels") ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (targets.Length == 0)
        {
            // As Loki: without target labels those of the selector count, and all of them for a selector without any.
            return new VolumeGrouping(given.Count == 0 ? null : given.Select(m => m.Name).ToHashSet(StringComparer.Ordinal), byName);
        }

        var missing = targets.Where(t => given.All(m => m.Name != t)).Select(t => LabelMatcher.Create(t, MatchOp.NotEqual, ""));
        matchers = [.. given, .. missing];
        return new VolumeGrouping(targets.ToHashSet(StringComparer.Ordinal), byName);
    }

    private static async Task WriteAsync(LokiCall call, Volumes volumes, TimeRange range, long step)
    {
        await using var reply = new JsonReply(call.Http);
        var json = reply.Writer;
        // As Loki: a range whose series have a point each comes back as a vector.
        var isVector = volumes.Largest.All(v => v.SizeBytes.Count(s => s > 0) <= 1);
        json.WriteStartObject();
        json.WriteString("status", "success");
        reply.WriteWarnings(volumes.Query.Warnings);
        json.WriteStartObject("data");
        json.WriteString("resultType", isVector ? "vector" : "matrix");
        json.WriteStartArray("result");
        foreach (var volume in volumes.Largest)
        {
            json.WriteStartObject();
            json.WritePropertyName("metric");
            reply.WriteLabels(volume.Labels, volumes.Query.Symbols);
            if (isVector) json.WritePropertyName("value");
            else json.WriteStartArray("values");
            WriteSamples(reply, volume, range, step, isVector);
            if (!isVector) json.WriteEndArray();
            json.WriteEndObject();
            await reply.FlushIfFullAsync();
        }

        json.WriteEndArray();
        new ReplyStatistics
        {
            SizeBytes = volumes.LineBytes,
            Lines = volumes.Rows,
            PassedLines = volumes.Rows,
            Entries = volumes.Largest.Count,
            Elapsed = call.Elapsed,
            Queued = call.Queued,
        }.Write(json);
        json.WriteEndObject();
        json.WriteEndObject();
        await reply.FinishAsync();
    }

    private static void WriteSamples(JsonReply reply, Volume volume, TimeRange range, long step, bool isVector)
    {
        // Empty lines have a volume too: zero bytes, at the end of the range.
        if (isVector && volume.TotalBytes == 0) reply.WriteSample(range.EndUnixNanos, 0);
        for (var bucket = 0; bucket < volume.SizeBytes.Length; bucket++)
        {
            if (volume.SizeBytes[bucket] == 0) continue;
            reply.WriteSample(Math.Min(range.EndUnixNanos, range.StartUnixNanos + ((bucket + 1) * step)), volume.SizeBytes[bucket]);
        }
    }

    /// <summary>Counts what the request selects; null where the answer is written.</summary>
    private async Task<Counts?> CountAsync(LokiCall call)
    {
        var range = call.Parameters.Range();
        var matchers = call.Parameters.RequiredSelector("query");
        if (await call.RefusedAsync()) return null;
        return await call.EvaluateAsync<Counts>(async query =>
        {
            var counted = new Counts();
            var streams = new HashSet<long>();
            await ScanAsync(query, matchers, range, [], (batch, _) =>
            {
                var lengths = batch.Column<Int64Column>(2);
                foreach (var count in batch.Column<Int64Column>(3).Values) counted.Entries += count;
                foreach (var stream in batch.Column<Int64Column>(1).Values) streams.Add(stream);
                foreach (var length in lengths.Values) counted.SizeBytes += length;
            }, statistics => counted.Blocks = statistics.BlocksRead);
            counted.Streams = streams.Count;
            counted.Warnings = query.Warnings;
            return counted;
        });
    }

    private async ValueTask ScanAsync(
        QueryContext query,
        IReadOnlyList<LabelMatcher> matchers,
        TimeRange range,
        long[] bounds,
        Action<RecordBatch, StreamDictionary> take,
        Action<Columnar.ScanStatistics>? finish = null)
    {
        var request = new RowScanRequest
        {
            Tenant = query.Tenant,
            MinTimeUnixNanos = range.StartUnixNanos,
            MaxTimeUnixNanos = range.EndUnixNanos,
            Symbols = query.Symbols,
            Budget = query.Memory,
            Projection = [LogColumns.TimeUnixNanos, LogColumns.Stream, LogColumns.LineLengthBytes, LogColumns.RecordCount],
            Matchers = matchers,
            Fold = new RowFold(bounds),
        };
        var symbolBytes = 0L;
        await using var scan = await source.OpenAsync(request, query.CancellationToken);
        using var followed = query.Follow(scan.Statistics);
        while (await scan.NextAsync(query.CancellationToken) is { } batch)
        {
            take(batch, scan.Streams);
            query.Charge(query.Symbols.SizeBytes - symbolBytes);
            symbolBytes = query.Symbols.SizeBytes;
        }

        query.BytesRead += scan.Statistics.BytesRead;
        foreach (var warning in scan.Statistics.Warnings) query.Warn(warning);
        finish?.Invoke(scan.Statistics);
    }

    private sealed class Counts
    {
        public long Streams { get; set; }

        public long Entries { get; set; }

        public long SizeBytes { get; set; }

        public int Blocks { get; set; }

        public IReadOnlyCollection<string> Warnings { get; set; } = [];

        public void Write(System.Text.Json.Utf8JsonWriter json)
        {
            json.WriteNumber("streams", Streams);
            json.WriteNumber("chunks", Blocks);
            json.WriteNumber("entries", Entries);
            json.WriteNumber("bytes", SizeBytes);
        }
    }

    private sealed record Volumes(IReadOnlyList<Volume> Largest, long Rows, long LineBytes, QueryContext Query);
}
