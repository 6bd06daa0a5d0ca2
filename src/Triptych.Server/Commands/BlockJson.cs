using System.Text.Json;
using System.Text.Json.Nodes;
using Triptych.Columnar.Parquet;
using Triptych.Model;
using Triptych.Storage.Blocks;
using Triptych.Storage.Catalog;

namespace Triptych.Server.Commands;

/// <summary>Blocks as JSON. Times are in the unit of the signal (metrics: ms, else ns), sizes in bytes.</summary>
internal static class BlockJson
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static string List(IReadOnlyList<BlockMeta> blocks) => Write(new JsonArray([.. blocks.Select(block => (JsonNode)new JsonObject
    {
        ["id"] = block.Id.ToString("D"),
        ["signal"] = NameOf(block.Signal),
        ["tenant"] = block.Tenant.Name,
        ["level"] = block.Level,
        ["min_time"] = block.MinTime,
        ["max_time"] = block.MaxTime,
        ["rows"] = block.Rows,
        ["size_bytes"] = block.SizeBytes,
        ["object_key"] = block.ObjectKey,
        ["first_segment"] = block.FirstSegment,
        ["last_segment"] = block.LastSegment,
    })]));

    public static string Inspect(string path, ParquetFooter footer) => Write(new JsonObject
    {
        ["path"] = path,
        ["rows"] = footer.RowCount,
        ["size_bytes"] = footer.FileLength,
        ["created_by"] = footer.CreatedBy,
        ["metadata"] = new JsonObject(
            footer.Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
        ["columns"] = new JsonArray([.. footer.Schema.Columns.Select(column => (JsonNode)Column(column))]),
        ["sections"] = new JsonArray([.. footer.Sections.OrderBy(section => section.Value.Offset).Select(section => (JsonNode)new JsonObject
        {
            ["name"] = section.Key,
            ["offset"] = section.Value.Offset,
            ["size_bytes"] = section.Value.Length,
            ["crc32"] = section.Value.Crc32,
        })]),
        ["row_groups"] = new JsonArray([.. footer.RowGroups.Select(group => (JsonNode)new JsonObject
        {
            ["first_row"] = group.FirstRow,
            ["rows"] = group.RowCount,
            ["columns"] = new JsonArray([.. group.Columns.Select(chunk => (JsonNode)Chunk(chunk))]),
        })]),
    });

    public static string Verify(IReadOnlyList<BlockReport> reports) => Write(new JsonArray([.. reports.Select(report => (JsonNode)new JsonObject
    {
        ["path"] = report.Path,
        ["size_bytes"] = report.SizeBytes,
        ["rows"] = report.Rows,
        ["pages"] = report.Pages,
        ["ok"] = report.Problems.Count == 0,
        ["set_aside"] = report.SetAside is { } aside
            ? new JsonObject { ["offset"] = aside.Offset, ["reason"] = aside.Reason, ["found_unix_ms"] = aside.FoundUnixMs }
            : null,
        ["problems"] = new JsonArray([.. report.Problems.Select(problem => (JsonNode)new JsonObject
        {
            ["file"] = problem.FileName,
            ["offset"] = problem.Offset,
            ["problem"] = problem.Problem,
        })]),
    })]));

    /// <summary>As users write it.</summary>
    public static string NameOf(Signal signal) => signal switch
    {
        Signal.Metrics => "metrics",
        Signal.Logs => "logs",
        _ => "traces",
    };

    /// <summary>Physical type with its width, meaning, and whether it can be null.</summary>
    public static string TypeOf(ParquetColumn column) =>
        column.Type + (column.TypeLength > 0 ? $"({column.TypeLength})" : "")
        + (column.LogicalType == ParquetLogicalType.None ? "" : $" {column.LogicalType}") + (column.IsNullable ? " nullable" : "");

    private static JsonObject Column(ParquetColumn column) => new()
    {
        ["name"] = column.Name,
        ["type"] = column.Type.ToString(),
        ["width"] = column.TypeLength,
        ["meaning"] = column.LogicalType.ToString(),
        ["nullable"] = column.IsNullable,
        ["repeated"] = column.IsRepeated,
    };

    private static JsonObject Chunk(ColumnChunkInfo chunk) => new()
    {
        ["column"] = chunk.Column.Name,
        ["offset"] = chunk.StartOffset,
        ["stored_bytes"] = chunk.CompressedBytes,
        ["plain_bytes"] = chunk.UncompressedBytes,
        ["values"] = chunk.ValueCount,
        ["nulls"] = chunk.Statistics.NullCount,
        ["codec"] = chunk.Codec.ToString(),
        ["encodings"] = new JsonArray([.. chunk.Encodings.Select(encoding => (JsonNode)encoding.ToString())]),
        ["min_hex"] = chunk.Statistics.Min is { } min ? Convert.ToHexStringLower(min) : null,
        ["max_hex"] = chunk.Statistics.Max is { } max ? Convert.ToHexStringLower(max) : null,
        ["page_index"] = chunk.HasPageIndex,
        ["bloom_filter"] = chunk.HasBloomFilter,
    };

    private static string Write(JsonNode node) => node.ToJsonString(Indented) + "\n";
}
