namespace Triptych.Query.Budgets;

/// <summary>A query wanted more than it may use. The message is for the client. Thrown because it unwinds an evaluation at any depth.</summary>
public sealed class QueryLimitException(string message) : Exception(message);
