namespace Triptych.Query;

/// <summary>What kind of failure a query ended with; each protocol has its own status for it.</summary>
public enum QueryErrorKind
{
    /// <summary>The text or a parameter is not valid.</summary>
    BadData,

    /// <summary>The text is valid, and this version does not evaluate something in it. The message names it.</summary>
    NotEvaluated,

    /// <summary>Evaluation failed on the data (many-to-many match, duplicate label set, a limit).</summary>
    Execution,

    /// <summary>The deadline passed.</summary>
    Timeout,

    /// <summary>The client went away.</summary>
    Canceled,

    /// <summary>An operator stopped the query; the client still waits and is told.</summary>
    Stopped,

    /// <summary>Storage failed.</summary>
    Storage,

    /// <summary>Storage does not have what was asked for yet, as while it replays its write-ahead log; the same query is answered later.</summary>
    NotReady,
}

/// <summary>Why a query has no answer, with the position where the language knows one already in the message.</summary>
public sealed record QueryError(QueryErrorKind Kind, string Message)
{
    /// <summary>What the client is told to wait before it asks again; null where that would not help.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
