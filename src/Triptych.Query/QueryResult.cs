namespace Triptych.Query;

/// <summary>An answer or the reason why there is none.</summary>
public readonly record struct QueryResult<T>
    where T : class
{
    private QueryResult(T? value, QueryError? error)
    {
        Value = value;
        Error = error;
    }

    /// <summary>The answer; null where there is an error.</summary>
    public T? Value { get; }

    /// <summary>The reason why there is no answer.</summary>
    public QueryError? Error { get; }

    /// <summary>An answer.</summary>
    public static implicit operator QueryResult<T>(T value) => new(value, null);

    /// <summary>A failure.</summary>
    public static implicit operator QueryResult<T>(QueryError error) => new(null, error);
}
