using System.Globalization;
using Dapper;
using Npgsql;

namespace Triptych.Storage.Metastore;

/// <summary>
/// One connection to PostgreSQL that holds the writer's lock of a schema. The lock is of the session: PostgreSQL lets go of it when the
/// connection ends, however the process does, and not before the session's last transaction is decided. So whoever has it knows that no
/// commit of a former holder is still to come.
/// </summary>
internal sealed class PostgresSession : IAsyncDisposable
{
    /// <summary>First half of the writer lock's key; the second is the hash of the schema's name.</summary>
    private const int WriterLock = 0x54_72_70_57;

    private static readonly Version OldestServer = new(13, 0);
    private static readonly TimeSpan LockPoll = TimeSpan.FromMilliseconds(50);

    private PostgresSession(NpgsqlConnection connection) => Connection = connection;

    /// <summary>The connection; one call at a time.</summary>
    public NpgsqlConnection Connection { get; }

    /// <summary>The process at the server's side.</summary>
    public int BackendId => Connection.ProcessID;

    /// <summary>Connects and sets limits; takes no lock.</summary>
    /// <param name="options">Where.</param>
    /// <param name="applicationName">How <c>pg_stat_activity</c> shall call it.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public static async Task<PostgresSession> ConnectAsync(PostgresOptions options, string applicationName, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(options.ConnectionString(applicationName));
        PostgresSession? made = null;
        try
        {
            await connection.OpenAsync(cancellationToken);
            if (connection.PostgreSqlVersion < OldestServer)
            {
                throw new MetastoreException(
                    $"{options.Place} is version {connection.PostgreSqlVersion}; version {OldestServer.Major} or newer is needed.");
            }

            // Keep-alives let the server notice within half a minute that this host is gone, and let go of the lock.
            var statementMs = ((long)options.StatementTimeout.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
            await connection.ExecuteAsync(
                $"""
                SET statement_timeout = {statementMs}; SET idle_in_transaction_session_timeout = 60000;
                SET synchronous_commit = on; SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 4
                """);
            made = new PostgresSession(connection);
            return made;
        }
        finally
        {
            if (made is null)
                await connection.DisposeAsync();
        }
    }

    /// <summary>Takes the writer's lock, waiting for a holder that is just going away.</summary>
    /// <exception cref="MetastoreException">Another process has it.</exception>
    public async Task LockAsync(PostgresOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var key = new { @lock = WriterLock, schema = options.Schema };
        while (!await Connection.ExecuteScalarAsync<bool>("SELECT pg_try_advisory_lock(@lock, hashtext(@schema))", key))
        {
            if (time.GetElapsedTime(began) >= options.LockPatience)
            {
                var holder = await Connection.QueryFirstOrDefaultAsync<string>(
                    """
                    SELECT coalesce(a.application_name, '') || coalesce(' from ' || host(a.client_addr), '')
                    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
                    WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database()
                      AND l.classid::bigint = @lock AND l.objid::bigint = (hashtext(@schema)::bigint & 4294967295)
                    """,
                    key);
                throw new MetastoreException(
                    $"{options.Place}, schema {options.Schema} is in use by another process ({holder ?? "which has just ended"}): "
                    + "one server writes a schema. Stop that one, or set another schema.");
            }

            await Task.Delay(LockPoll, time, cancellationToken);
        }
    }

    /// <summary>Ends a session of ours that the server still believes in, as after a network failure.</summary>
    public Task EndAsync(int backendId, string applicationName) => Connection.ExecuteAsync(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = @backendId AND application_name = @applicationName AND usename = current_user",
        new { backendId, applicationName });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await Connection.DisposeAsync();
        }
        catch (Exception e) when (PostgresFailure.IsExpected(e))
        {
            // It was broken; the server's side ends by itself.
        }
    }
}
