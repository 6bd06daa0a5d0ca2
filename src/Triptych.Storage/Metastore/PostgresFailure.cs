using System.Net.Sockets;
using Npgsql;

namespace Triptych.Storage.Metastore;

/// <summary>What a failure of PostgreSQL means, and the one line that tells it.</summary>
internal static class PostgresFailure
{
    /// <summary>
    /// Whether the connection is gone or cannot be made just now, so that another may do better: a dead socket, an answer that did not come,
    /// a server that is going down or coming up. Not: what the server said about the statement, the user or the database.
    /// </summary>
    public static bool IsConnectionLost(Exception e) => e switch
    {
        PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow } => true,
        PostgresException p => p.SqlState.StartsWith("08", StringComparison.Ordinal),
        NpgsqlException or SocketException or TimeoutException or IOException => e is not MetastoreException,
        _ => false,
    };

    /// <summary>Whether the failure comes from PostgreSQL or the way to it at all.</summary>
    public static bool IsExpected(Exception e) => e is PostgresException || IsConnectionLost(e);

    /// <summary>One line without secrets.</summary>
    public static MetastoreException Describe(Exception e, PostgresOptions options) => new($"{options.Place}: {OneLine(Text(e, options))}", e);

    private static string Text(Exception e, PostgresOptions options) => e switch
    {
        PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } =>
            $"a statement was ended, it took longer than {options.StatementTimeout.TotalSeconds:0} s ({((PostgresException)e).MessageText})",
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } p => $"the server is read-only: {p.MessageText}",
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } p => $"the server's disk is full: {p.MessageText}",
        PostgresException p => $"{p.MessageText} (SQLSTATE {p.SqlState})",
        _ => $"cannot be reached: {Innermost(e).Message}",
    };

    private static Exception Innermost(Exception e)
    {
        while (e.InnerException is { } inner)
            e = inner;
        return e;
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();
}
