namespace Triptych.Api.Prometheus;

/// <summary>How far the replay of the write-ahead log is, in segments.</summary>
public readonly record struct WalReplay(long Min, long Max, long Current);

/// <summary>What the program knows about itself and the status endpoints of Prometheus ask for.</summary>
public sealed record ServerFacts
{
    /// <summary>When the program started.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The settings given on the command line, as text.</summary>
    public IReadOnlyDictionary<string, string> Flags { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The configuration in force, as YAML without secrets.</summary>
    public required Func<string> ConfigYaml { get; init; }

    /// <summary>When the configuration in force was read.</summary>
    public required Func<DateTimeOffset> ConfigReadAt { get; init; }

    /// <summary>Whether the last attempt to read the configuration succeeded.</summary>
    public required Func<bool> ConfigIsCurrent { get; init; }

    /// <summary>How long metrics are kept, as text for people: <c>15d</c>.</summary>
    public required string StorageRetention { get; init; }

    /// <summary>Blocks and WAL segments that were set aside as corrupt since the start.</summary>
    public required Func<long> CorruptionCount { get; init; }

    /// <summary>How far replay is.</summary>
    public required Func<WalReplay> Replay { get; init; }
}
