using System.Text.Json;
using Triptych.LogQL.Planning;

namespace Triptych.Api.Loki;

/// <summary>
/// The <c>stats</c> object of an answer. What this program has is true; what only Loki's own parts have (ingesters, caches of chunks and results) is zero:
/// clients read the summary and some refuse an object without the rest. Blocks count as chunks.
/// </summary>
internal readonly record struct ReplyStatistics
{
    /// <summary>Bytes that the scans read: pages as they are stored, and memory. Of answers that only count lines, the bytes of these.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>Lines that the scans looked at.</summary>
    public required long Lines { get; init; }

    /// <summary>Lines that passed all filters.</summary>
    public long PassedLines { get; init; }

    /// <summary>Blocks that the scans opened.</summary>
    public int Blocks { get; init; }

    /// <summary>Pages of blocks that were decoded.</summary>
    public long Pages { get; init; }

    /// <summary>Lines or samples in the answer.</summary>
    public required long Entries { get; init; }

    /// <summary>How long the request took so far.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>How long of that it waited.</summary>
    public TimeSpan Queued { get; init; }

    /// <summary>The statistics of a query's answer.</summary>
    public static ReplyStatistics Of(LogQLStatistics query, long entries, LokiCall call) => new()
    {
        SizeBytes = query.SizeBytes,
        Lines = query.Lines,
        PassedLines = query.PassedLines,
        Blocks = query.Blocks,
        Pages = query.Pages,
        Entries = entries,
        Elapsed = call.Elapsed,
        Queued = call.Queued,
    };

    private static readonly string[] Caches =
        ["chunk", "index", "result", "statsResult", "volumeResult", "seriesResult", "labelResult", "instantMetricResult"];

    private static readonly string[] CacheCounts =
        ["entriesFound", "entriesRequested", "entriesStored", "bytesReceived", "bytesSent", "requests", "downloadTime", "queryLengthServed"];

    private static readonly string[] ChunkCounts =
        ["headChunkBytes", "headChunkLines", "decompressedBytes", "decompressedLines", "compressedBytes", "totalDuplicates"];

    /// <summary>Writes the property.</summary>
    public void Write(Utf8JsonWriter json, string name = "stats")
    {
        json.WriteStartObject(name);
        WriteSummary(json);
        json.WriteStartObject("querier");
        WriteStore(json, Blocks, PassedLines);
        json.WriteEndObject();
        json.WriteStartObject("ingester");
        WriteZeros(json, ["totalReached", "totalChunksMatched", "totalBatches", "totalLinesSent"]);
        WriteStore(json, 0, 0);
        json.WriteEndObject();
        json.WriteStartObject("cache");
        foreach (var cache in Caches)
        {
            json.WriteStartObject(cache);
            WriteZeros(json, CacheCounts);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartObject("index");
        json.WriteNumber("totalChunks", Blocks);
        json.WriteNumber("postFilterChunks", Blocks);
        WriteZeros(json, ["shardsDuration"]);
        json.WriteBoolean("usedBloomFilters", false);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteSummary(Utf8JsonWriter json)
    {
        var seconds = (Elapsed - Queued).TotalSeconds;
        json.WriteStartObject("summary");
        json.WriteNumber("bytesProcessedPerSecond", PerSecond(SizeBytes, seconds));
        json.WriteNumber("linesProcessedPerSecond", PerSecond(Lines, seconds));
        json.WriteNumber("totalBytesProcessed", SizeBytes);
        json.WriteNumber("totalLinesProcessed", Lines);
        json.WriteNumber("execTime", seconds);
        json.WriteNumber("queueTime", Queued.TotalSeconds);
        WriteZeros(json, ["subqueries"]);
        json.WriteNumber("totalEntriesReturned", Entries);
        WriteZeros(json, ["splits", "shards"]);
        json.WriteNumber("totalPostFilterLines", PassedLines);
        WriteZeros(json, ["totalStructuredMetadataBytesProcessed"]);
        json.WriteNumber("totalPagesProcessed", Pages);
        json.WriteEndObject();
    }

    private static long PerSecond(long count, double seconds) => seconds > 0 ? (long)(count / seconds) : 0;

    private static void WriteStore(Utf8JsonWriter json, int blocks, long passedLines)
    {
        json.WriteStartObject("store");
        json.WriteNumber("totalChunksRef", blocks);
        json.WriteNumber("totalChunksDownloaded", blocks);
        WriteZeros(json, ["chunksDownloadTime"]);
        json.WriteBoolean("queryReferencedStructuredMetadata", false);
        json.WriteStartObject("chunk");
        WriteZeros(json, ChunkCounts);
        json.WriteNumber("postFilterLines", passedLines);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteZeros(Utf8JsonWriter json, ReadOnlySpan<string> names)
    {
        foreach (var name in names) json.WriteNumber(name, 0);
    }
}
