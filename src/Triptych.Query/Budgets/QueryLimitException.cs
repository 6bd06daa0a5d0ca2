namespace Triptych.Query.Budgets;

/// <summary>A query wanted more than it may use. The message is for the client. Thrown because it unwinds an evaluation at any depth.</summary>
/// <param name="message">What it wanted and what the limit is.</param>
/// <param name="isBusy">Whether it is other queries that have what it wanted, so that it may come again.</param>
public sealed class QueryLimitException(string message, bool isBusy = false) : Exception(message)
{
    /// <summary>Whether the same query may be answered later.</summary>
    public bool IsBusy { get; } = isBusy;
}
