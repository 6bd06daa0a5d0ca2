using Triptych.Query;

namespace Triptych.LogQL.Planning;

/// <summary>Carries a query's failure out of an evaluation at any depth; the engine turns it into its value.</summary>
internal sealed class EvaluationException(QueryError error) : Exception(error.Message)
{
    public QueryError Error { get; } = error;
}
