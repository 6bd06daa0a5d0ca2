namespace Triptych.Ingest;

/// <summary>What a log record may be at most, whichever way it comes in.</summary>
public static class LogLimits
{
    /// <summary>The longest line, in bytes.</summary>
    public const int MaxLineBytes = 10 * 1024 * 1024;
}
