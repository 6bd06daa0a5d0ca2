namespace Triptych.Traces;

/// <summary>What the traces store may take and hold.</summary>
public sealed record TraceStoreOptions
{
    /// <summary>How long before its arrival a span may have started.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How far ahead of the clock a span may start.</summary>
    public TimeSpan MaxFuture { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Memory for footers, resources and scopes of open blocks, in bytes.</summary>
    public long OpenBlockBytes { get; init; } = 256L * 1024 * 1024;
}
