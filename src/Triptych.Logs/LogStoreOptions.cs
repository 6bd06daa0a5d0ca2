namespace Triptych.Logs;

/// <summary>What the logs store may take and hold.</summary>
public sealed record LogStoreOptions
{
    /// <summary>How old a log record may be when it arrives.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How far ahead of the clock a log record may be.</summary>
    public TimeSpan MaxFuture { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Memory for what is kept of open blocks, in bytes.</summary>
    public long OpenBlockBytes { get; init; } = 128L * 1024 * 1024;
}
