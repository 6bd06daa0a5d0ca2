using System.Text.Json;

namespace Triptych.Ingest.PrometheusTsdb;

/// <summary>What the <c>meta.json</c> of a block says.</summary>
public sealed record BlockDescription
{
    private const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>The block's directory.</summary>
    public required string Directory { get; init; }

    /// <summary>The block's id, which is the name of its directory.</summary>
    public required string Ulid { get; init; }

    /// <summary>First time that it may hold, Unix milliseconds.</summary>
    public required long MinTimeMs { get; init; }

    /// <summary>End of the times that it may hold, exclusive.</summary>
    public required long MaxTimeMs { get; init; }

    /// <summary>How many samples it says to hold.</summary>
    public long Samples { get; init; }

    /// <summary>Blocks that it was made of, and that it takes the place of.</summary>
    public IReadOnlyList<string> Parents { get; init; } = [];

    /// <summary>Whether it was made of samples that came out of order: then it says nothing about how far other blocks reach.</summary>
    public bool IsFromOutOfOrder { get; init; }

    /// <summary>Bytes of its files.</summary>
    public long SizeBytes { get; init; }

    /// <summary>Reads it.</summary>
    /// <exception cref="TsdbDamageException">It is missing or makes no sense.</exception>
    public static BlockDescription Read(string directory)
    {
        var path = Path.Combine(directory, "meta.json");
        using var file = new SourceFile(path);
        if (file.Length > MaxBytes) throw new TsdbDamageException(path, 0, $"the file has {file.Length} bytes, more than {MaxBytes}");
        try
        {
            using var json = JsonDocument.Parse(file.Read(0, (int)file.Length).ToArray());
            var root = json.RootElement;
            var version = root.GetProperty("version").GetInt32();
            if (version != 1) throw new TsdbDamageException(path, 0, $"the block has version {version}; only version 1 can be read");
            var compaction = root.TryGetProperty("compaction", out var c) && c.ValueKind == JsonValueKind.Object ? c : default;
            return new BlockDescription
            {
                Directory = directory,
                Ulid = Path.GetFileName(directory),
                MinTimeMs = root.GetProperty("minTime").GetInt64(),
                MaxTimeMs = root.GetProperty("maxTime").GetInt64(),
                Samples = root.TryGetProperty("stats", out var stats) && stats.ValueKind == JsonValueKind.Object && stats.TryGetProperty("numSamples", out var samples)
                    ? samples.GetInt64()
                    : 0,
                Parents = [.. Items(compaction, "parents").Select(static p => p.GetProperty("ulid").GetString() ?? "")],
                IsFromOutOfOrder = Items(compaction, "hints").Any(static h => h.ValueEquals("from-out-of-order")),
                SizeBytes = new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories).Sum(static f => f.Length),
            };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            var offset = e is JsonException { BytePositionInLine: { } position, LineNumber: 0 } ? position : 0;
            throw new TsdbDamageException(path, offset, $"it cannot be read as the description of a block: {e.Message}");
        }
        catch (Exception e) when (e is not TsdbDamageException && e is IOException or UnauthorizedAccessException)
        {
            throw new TsdbDamageException(path, 0, $"the block cannot be read: {e.Message}");
        }
    }

    private static IEnumerable<JsonElement> Items(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray()
            : [];
}
