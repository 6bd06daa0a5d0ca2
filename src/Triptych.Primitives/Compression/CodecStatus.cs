namespace Triptych.Primitives.Compression;

/// <summary>How a one-shot decompression ended.</summary>
public enum CodecStatus
{
    Done = 0,

    /// <summary>The input is not what its format demands, or ends early.</summary>
    Corrupt,

    /// <summary>The output would pass the maximum the caller gave.</summary>
    TooLarge,

    /// <summary>The memory budget refused the output buffer.</summary>
    OutOfBudget,
}
