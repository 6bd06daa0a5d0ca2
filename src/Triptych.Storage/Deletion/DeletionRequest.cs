using System.Text.Json;
using System.Text.Json.Serialization;
using Triptych.Model;
using Triptych.Storage.Metastore;

namespace Triptych.Storage.Deletion;

/// <summary>How far a deletion is.</summary>
public enum DeletionState
{
    /// <summary>Blocks are still to be rewritten.</summary>
    Pending,

    /// <summary>Nothing of what was asked for is left, but for blocks that cannot be read.</summary>
    Done,

    /// <summary>It was called off; what had gone by then stays gone.</summary>
    Cancelled,
}

/// <summary>A deletion as it is stored: JSON under its id in the scope <see cref="DeletionLedger.Scope"/>. Immutable.</summary>
public sealed record DeletionRequest
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>32 hex digits that sort by time of the request.</summary>
    public required string Id { get; init; }

    /// <summary>Name of the tenant whose rows go.</summary>
    public required string Tenant { get; init; }

    /// <summary>Of which kind.</summary>
    public required Signal Signal { get; init; }

    /// <summary>Selectors as they were written, in the signal's own language; a row goes that one of them matches.</summary>
    public required IReadOnlyList<string> Selectors { get; init; }

    /// <summary>First time, in the signal's unit.</summary>
    public required long MinTime { get; init; }

    /// <summary>Last time, inclusive.</summary>
    public required long MaxTime { get; init; }

    /// <summary>When it was asked for.</summary>
    public required long CreatedUnixMs { get; init; }

    /// <summary>Only blocks of WAL segments up to this one are touched: what was acknowledged later is no victim.</summary>
    public required long ThroughSegment { get; init; }

    /// <summary>How far it is.</summary>
    public DeletionState State { get; init; }

    /// <summary>Blocks rewritten or dropped.</summary>
    public long BlocksDone { get; init; }

    /// <summary>Rows that went: log records, spans; of metrics what the merger counts.</summary>
    public long RowsDeleted { get; init; }

    /// <summary>Object keys of blocks that could not be read: what they hold is still there.</summary>
    public IReadOnlyList<string> Unreadable { get; init; } = [];

    /// <summary>When it was done or called off; 0 before.</summary>
    public long FinishedUnixMs { get; init; }

    internal MetastoreValue ToValue() => new(DeletionLedger.Scope, Id, JsonSerializer.SerializeToUtf8Bytes(this, Json));

    /// <exception cref="InvalidDataException">The bytes are none.</exception>
    internal static DeletionRequest Read(VersionedValue value)
    {
        try
        {
            return JsonSerializer.Deserialize<DeletionRequest>(value.Value.Span, Json) ?? throw new InvalidDataException($"Deletion {value.Key} is empty.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"Deletion {value.Key} cannot be read from the metastore: {e.Message}", e);
        }
    }
}
