using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Parquet.Verification;
using Triptych.Model;

namespace Triptych.Storage.Blocks;

/// <summary>
/// What tools that look at blocks of all signals know about each format (docs/formats/*-block.md): the columns that hold its times, and how
/// its rows are sorted. Another format is looked at as a plain Parquet file.
/// </summary>
/// <param name="Name">Value of <see cref="MetadataKey"/>.</param>
/// <param name="Signal">Whose blocks.</param>
/// <param name="MinTimeColumn">Holds the times that the catalog's smallest one is of.</param>
/// <param name="MaxTimeColumn">The same for the largest one.</param>
/// <param name="OrderedBy">Columns that rows are sorted by within a row group.</param>
public sealed record BlockFormat(string Name, Signal Signal, string MinTimeColumn, string MaxTimeColumn, IReadOnlyList<BlockOrder> OrderedBy)
{
    /// <summary>Key of the footer's metadata that names the format.</summary>
    public const string MetadataKey = "triptych.format";

    private static readonly BlockFormat[] Known =
    [
        new("metrics/1", Signal.Metrics, "min_time", "max_time", [new("name")]),
        new("logs/1", Signal.Logs, "time_unix_nanos", "time_unix_nanos", [new("stream", IsGrouped: true), new("time_unix_nanos")]),
        new("logs/2", Signal.Logs, "time_unix_nanos", "time_unix_nanos", [new("stream", IsGrouped: true), new("time_unix_nanos")]),
        new("traces/1", Signal.Traces, "start_unix_nanos", "start_unix_nanos", [new("trace_id")]),
        new("traces/2", Signal.Traces, "start_unix_nanos", "start_unix_nanos", [new("trace_id")]),
    ];

    /// <summary>The format that a file says it has; null for one that is not known.</summary>
    public static BlockFormat? Of(ParquetFile file) =>
        file.Footer.Metadata.TryGetValue(MetadataKey, out var name) ? Known.FirstOrDefault(format => format.Name == name) : null;

    /// <summary>The order of a file's rows, for a verifier.</summary>
    public static IReadOnlyList<RowOrderKey> OrderOf(ParquetFile file) => Of(file) is not { } format
        ? []
        : [.. format.OrderedBy.Where(order => file.Schema.TryFind(order.Column, out _))
            .Select(order => new RowOrderKey(file.Schema.Column(order.Column), IsGrouped: order.IsGrouped))];
}

/// <summary>A column that rows are sorted by.</summary>
/// <param name="Column">Its name.</param>
/// <param name="IsGrouped">Equal values stand together; their order is by something that the column does not show.</param>
public sealed record BlockOrder(string Column, bool IsGrouped = false);
