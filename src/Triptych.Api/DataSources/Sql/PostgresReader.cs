using System.Buffers;
using System.Data;
using System.Globalization;
using System.Net.Sockets;
using Npgsql;

namespace Triptych.Api.DataSources.Sql;

/// <summary>
/// Reads from one PostgreSQL database. A query runs as the cursor of a transaction that reads only and has already read, so that it can be neither
/// anything else than a query nor several, nor turn the transaction into one that writes; the server ends it when its time is over. What functions do
/// that the role may call is the role's affair. Connections are kept, a few, and forget their session between queries. Any thread may call.
/// </summary>
internal sealed class PostgresReader(DataSource source, DataSourceLimits limits, TimeProvider time) : IAsyncDisposable
{
    private const int MaxConnections = 4;
    private const int RowsAtOnce = 1000;
    private const string Cursor = "DECLARE triptych_rows NO SCROLL CURSOR FOR\n";

    // What a value takes in memory beside its characters.
    private const int BytesPerValue = 40;

    private readonly NpgsqlDataSource _pool = new NpgsqlDataSourceBuilder(ConnectionString(source.Postgres!, limits)).Build();

    /// <summary>Runs a query; what it answers is charged to <paramref name="room"/>.</summary>
    /// <returns>Its rows, or why there are none: one line without a secret.</returns>
    public async Task<(SqlTable? Table, string? Problem)> ReadAsync(string sql, SqlAnswerRoom room, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(limits.Timeout + TimeSpan.FromSeconds(5), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            await ServerReach.ResolveAsync(source.Postgres!.Host, either.Token);
            await using var connection = await _pool.OpenConnectionAsync(either.Token);
            await BeginAsync(connection, either.Token);
            await DeclareAsync(connection, sql, either.Token);
            return (await FetchAsync(connection, room, either.Token), null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, TooLate);
        }
        catch (Exception e) when (e is NpgsqlException or IOException or SocketException or TimeoutException or InvalidOperationException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return (null, Describe(e, sql));
        }
    }

    /// <summary>Why it cannot be read from; null where it can.</summary>
    public async Task<string?> FindProblemAsync(SqlAnswerRoom room, CancellationToken cancellationToken) =>
        (await ReadAsync("SELECT 1", room, cancellationToken)).Problem;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    private string TooLate => $"the data source {source.Name} did not answer within {limits.Timeout.TotalSeconds:0.###} s";

    private async Task BeginAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var timeoutMs = ((long)limits.Timeout.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);

        // After a query, PostgreSQL does not let a transaction become one that writes.
        await using var begin = new NpgsqlCommand(
            $"""
            BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = {timeoutMs};
            SET LOCAL idle_in_transaction_session_timeout = {timeoutMs}; SET LOCAL cursor_tuple_fraction = 1; SET LOCAL DateStyle = 'ISO, YMD';
            SET LOCAL TimeZone = 'UTC'; SELECT 1
            """,
            connection);
        await begin.ExecuteNonQueryAsync(cancellationToken);
    }

    // The commands of a batch are not taken apart at their semicolons, and PostgreSQL takes one statement for each.
    private static async Task DeclareAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Cursor + sql.Trim().TrimEnd(';').TrimEnd()));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<SqlTable> FetchAsync(NpgsqlConnection connection, SqlAnswerRoom room, CancellationToken cancellationToken)
    {
        List<SqlColumn>? columns = null;
        for (var rows = 0; ; rows += RowsAtOnce)
        {
            var wanted = Math.Min(RowsAtOnce, limits.MaxRows - rows + 1);
            var count = string.Create(CultureInfo.InvariantCulture, $"FETCH FORWARD {wanted} FROM triptych_rows");
            await using var fetch = new NpgsqlCommand(count, connection) { AllResultTypesAreUnknown = true };
            await using var reader = await fetch.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancellationToken);
            columns ??= [.. Enumerable.Range(0, reader.FieldCount).Select(i => ColumnOf(reader, i))];
            var read = 0;
            try
            {
                while (await reader.ReadAsync(cancellationToken))
                {
                    if (rows + ++read > limits.MaxRows) break;
                    for (var i = 0; i < columns.Count; i++) columns[i].Values.Add(await ReadValueAsync(reader, i, columns[i].Kind, room, cancellationToken));
                }
            }
            catch (SqlAnswerTooLargeException)
            {
                // Else the rest would be read to its end.
                fetch.Cancel();
                throw;
            }

            if (rows + read > limits.MaxRows || read < wanted) return new SqlTable(columns, IsCut: rows + read > limits.MaxRows);
        }
    }

    private static SqlColumn ColumnOf(NpgsqlDataReader reader, int i) => new(reader.GetName(i), SqlText.KindOf(reader.GetDataTypeName(i)), []);

    private static async ValueTask<object?> ReadValueAsync(
        NpgsqlDataReader reader, int i, SqlColumnKind kind, SqlAnswerRoom room, CancellationToken cancellationToken)
    {
        room.Take(BytesPerValue);
        if (await reader.IsDBNullAsync(i, cancellationToken)) return null;
        using var text = await reader.GetTextReaderAsync(i, cancellationToken);
        var buffer = ArrayPool<char>.Shared.Rent(4096);
        try
        {
            var first = await text.ReadBlockAsync(buffer, cancellationToken);
            room.Take(2 * first);
            if (first < buffer.Length) return SqlText.Read(kind, new string(buffer, 0, first));
            var made = new System.Text.StringBuilder().Append(buffer, 0, first);
            while (await text.ReadBlockAsync(buffer, cancellationToken) is var more and > 0)
            {
                room.Take(4 * more);
                made.Append(buffer, 0, more);
            }

            return SqlText.Read(kind, made.ToString());
        }
        finally
        {
            ArrayPool<char>.Shared.Return(buffer);
        }
    }

    private string Describe(Exception e, string sql) => e switch
    {
        SqlAnswerTooLargeException => e.Message,
        PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } => TooLate,
        PostgresException p => $"{p.MessageText} (SQLSTATE {p.SqlState}){PlaceOf(p, sql)}",
        NpgsqlException { InnerException: TimeoutException } => TooLate,
        NpgsqlException or IOException or SocketException or TimeoutException or InvalidOperationException =>
            $"the data source {source.Name} cannot be reached: {ReasonOf(e)}",
        _ => e.Message,
    };

    // PostgreSQL counts characters from 1, from the start of the cursor's declaration.
    private static string PlaceOf(PostgresException e, string sql)
    {
        var at = e.Position - Cursor.Length + (sql.Length - sql.TrimStart().Length);
        if (at < 1 || at > sql.Length) return "";
        var before = sql[..(at - 1)];
        var column = at - 1 - (before.LastIndexOf('\n') + 1) + 1;
        return string.Create(CultureInfo.InvariantCulture, $" at line {before.Count(static c => c == '\n') + 1}, col {column}");
    }

    // The innermost says what happened; those around it name hosts and ports.
    private static string ReasonOf(Exception e)
    {
        while (e.InnerException is { } inner) e = inner;
        return e is SocketException socket ? socket.SocketErrorCode.ToString() : e.Message.ReplaceLineEndings(" ");
    }

    private static string ConnectionString(PostgresPlace place, DataSourceLimits limits) => new NpgsqlConnectionStringBuilder
    {
        Host = place.Host,
        Port = place.Port,
        Database = place.Database,
        Username = place.User,
        Password = place.Password,
        SslMode = place.SslMode,
        RootCertificate = place.RootCertificateFile,
        ApplicationName = "triptych data source",
        MaxPoolSize = MaxConnections,
        ConnectionIdleLifetime = 60,
        Timeout = (int)Math.Clamp(limits.Timeout.TotalSeconds, 1, 1024),

        // The server ends a statement first and says so; this is for one that does not answer at all.
        CommandTimeout = (int)Math.Min(limits.Timeout.TotalSeconds + 5, int.MaxValue),
        CancellationTimeout = 1000,
        GssEncryptionMode = GssEncryptionMode.Disable,
        IncludeErrorDetail = false,
    }.ConnectionString;
}
