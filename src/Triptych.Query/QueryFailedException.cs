namespace Triptych.Query;

/// <summary>
/// An evaluation cannot go on: a duplicate label set, a many-to-many match, something not evaluated yet. Thrown because it unwinds an
/// evaluation at any depth; the language's engine turns it into a <see cref="QueryError"/>.
/// </summary>
public sealed class QueryFailedException(QueryErrorKind kind, string message) : Exception(message)
{
    /// <summary>What kind of failure it is.</summary>
    public QueryErrorKind Kind { get; } = kind;

    /// <summary>A failure on the data.</summary>
    public static QueryFailedException Execution(string message) => new(QueryErrorKind.Execution, message);

    /// <summary>A construct that this version does not evaluate.</summary>
    public static QueryFailedException NotEvaluated(string message) => new(QueryErrorKind.NotEvaluated, message);
}
