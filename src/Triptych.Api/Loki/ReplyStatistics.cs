using System.Text.Json;

namespace Triptych.Api.Loki;

/// <summary>
/// The <c>stats</c> object of an answer. The summary is filled from the scan; the rest describes Loki's own parts (ingesters, chunk cache, index), which this
/// program does not have, and is zero: clients read the summary and some refuse an object without the rest.
/// </summary>
/// <param name="SizeBytes">Bytes that the scans read.</param>
/// <param name="Lines">Lines that the scans looked at.</param>
/// <param name="Entries">Lines or samples in the answer.</param>
/// <param name="Elapsed">How long the evaluation took.</param>
internal readonly record struct ReplyStatistics(long SizeBytes, long Lines, long Entries, TimeSpan Elapsed)
{
    private static readonly string[] Caches =
        ["chunk", "index", "result", "statsResult", "volumeResult", "seriesResult", "labelResult", "instantMetricResult"];

    private static readonly string[] CacheCounts =
        ["entriesFound", "entriesRequested", "entriesStored", "bytesReceived", "bytesSent", "requests", "downloadTime", "queryLengthServed"];

    private static readonly string[] ChunkCounts =
        ["headChunkBytes", "headChunkLines", "decompressedBytes", "decompressedLines", "compressedBytes", "totalDuplicates", "postFilterLines"];

    /// <summary>Writes the property.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("stats");
        WriteSummary(json);
        json.WriteStartObject("querier");
        WriteStore(json);
        json.WriteEndObject();
        json.WriteStartObject("ingester");
        WriteZeros(json, ["totalReached", "totalChunksMatched", "totalBatches", "totalLinesSent"]);
        WriteStore(json);
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
        WriteZeros(json, ["totalChunks", "postFilterChunks", "shardsDuration"]);
        json.WriteBoolean("usedBloomFilters", false);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteSummary(Utf8JsonWriter json)
    {
        var seconds = Elapsed.TotalSeconds;
        json.WriteStartObject("summary");
        json.WriteNumber("bytesProcessedPerSecond", PerSecond(SizeBytes, seconds));
        json.WriteNumber("linesProcessedPerSecond", PerSecond(Lines, seconds));
        json.WriteNumber("totalBytesProcessed", SizeBytes);
        json.WriteNumber("totalLinesProcessed", Lines);
        json.WriteNumber("execTime", seconds);
        WriteZeros(json, ["queueTime", "subqueries"]);
        json.WriteNumber("totalEntriesReturned", Entries);
        WriteZeros(json, ["splits", "shards", "totalPostFilterLines", "totalStructuredMetadataBytesProcessed"]);
        json.WriteEndObject();
    }

    private static long PerSecond(long count, double seconds) => seconds > 0 ? (long)(count / seconds) : 0;

    private static void WriteStore(Utf8JsonWriter json)
    {
        json.WriteStartObject("store");
        WriteZeros(json, ["totalChunksRef", "totalChunksDownloaded", "chunksDownloadTime"]);
        json.WriteBoolean("queryReferencedStructuredMetadata", false);
        json.WriteStartObject("chunk");
        WriteZeros(json, ChunkCounts);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteZeros(Utf8JsonWriter json, ReadOnlySpan<string> names)
    {
        foreach (var name in names) json.WriteNumber(name, 0);
    }
}
