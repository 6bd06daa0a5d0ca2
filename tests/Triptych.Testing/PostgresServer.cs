using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Triptych.Storage.Metastore;

namespace Triptych.Testing;

/// <summary>
/// A PostgreSQL server of the tests' own, on a free port of loopback, that asks for a password. It ends when it is disposed, and also when the
/// test process dies: a shell between them waits for the end of its standard input. Needs Debian's <c>postgresql</c> (./test installs it).
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    public const string User = "triptych";
    public const string Password = "only for tests";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly PortLease _port = new(1);
    private readonly string _folder;
    private readonly string _binaries;
    private Process? _shell;
    private int _databases;

    private PostgresServer(string folder, string binaries)
    {
        _folder = folder;
        _binaries = binaries;
    }

    public int Port => _port.Ports[0];

    private string Data => Path.Combine(_folder, "data");

    /// <summary>Makes a new cluster and starts it.</summary>
    public static async Task<PostgresServer> StartAsync()
    {
        var server = new PostgresServer(Directory.CreateTempSubdirectory("triptych-postgres-").FullName, FindBinaries());
        await File.WriteAllTextAsync(Path.Combine(server._folder, "password"), Password);
        if (Environment.IsPrivilegedProcess)
            await RunAsync("chown", ["-R", "postgres:", server._folder]);
        string[] initdb =
        [
            Path.Combine(server._binaries, "initdb"), "-D", server.Data, "-U", User, "--auth=scram-sha-256",
            "--pwfile=" + Path.Combine(server._folder, "password"), "--encoding=UTF8", "--no-locale", "--no-sync",
        ];
        var command = AsServerUser(initdb);
        await RunAsync(command[0], command[1..]);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>A new, empty database, and how to reach it.</summary>
    public async Task<PostgresOptions> CreateDatabaseAsync()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"test{Interlocked.Increment(ref _databases)}");
        await ExecuteAsync("postgres", $"CREATE DATABASE {name}");
        return OptionsOf(name);
    }

    public PostgresOptions OptionsOf(string database) => new()
    {
        Host = "127.0.0.1",
        Port = Port,
        Database = database,
        User = User,
        Password = Password,
        RetryFor = TimeSpan.FromMinutes(2),
        LockPatience = TimeSpan.FromMinutes(1),
        StatementTimeout = TimeSpan.FromMinutes(1),
        ConnectTimeout = TimeSpan.FromMinutes(1),
    };

    /// <summary>A connection beside the one that is tested.</summary>
    public async Task<NpgsqlConnection> ConnectAsync(string database)
    {
        var connection = new NpgsqlConnection($"Host=127.0.0.1;Port={Port};Username={User};Password={Password};Database={database};Pooling=false;Timeout=60");
        await connection.OpenAsync();
        return connection;
    }

    public async Task<object?> ExecuteAsync(string database, string sql)
    {
        await using var connection = await ConnectAsync(database);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>kill -9 of the server and all of its processes, at once.</summary>
    public async Task KillAsync()
    {
        var main = int.Parse(File.ReadLines(Path.Combine(Data, "postmaster.pid")).First(), CultureInfo.InvariantCulture);
        var children = ChildrenOf(main);
        foreach (var id in children.Prepend(main))
        {
            try
            {
                using var process = Process.GetProcessById(id);
                process.Kill();
            }
            catch (ArgumentException)
            {
                // Ended by itself.
            }
        }

        await EndShellAsync();
    }

    /// <summary>Starts after <see cref="KillAsync"/>; returns when it answers.</summary>
    public async Task StartAgainAsync()
    {
        var began = Stopwatch.StartNew();
        while (true)
        {
            Launch();
            while (!_shell!.HasExited)
            {
                try
                {
                    await using var connection = await ConnectAsync("postgres");
                    return;
                }
                catch (NpgsqlException) when (began.Elapsed < Patience)
                {
                    await Task.Delay(20);
                }
            }

            // A former server's shared memory may still be in use by processes that are about to end.
            if (began.Elapsed > Patience)
                throw new InvalidOperationException($"PostgreSQL does not start: {await File.ReadAllTextAsync(Path.Combine(_folder, "log"))}");
            await Task.Delay(100);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndShellAsync();
        _port.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string FindBinaries()
    {
        var installed = Directory.Exists("/usr/lib/postgresql")
            ? Directory.EnumerateDirectories("/usr/lib/postgresql").Select(d => Path.Combine(d, "bin")).Where(b => File.Exists(Path.Combine(b, "initdb")))
            : [];
        return installed.OrderDescending(StringComparer.Ordinal).FirstOrDefault()
            ?? throw new InvalidOperationException("PostgreSQL's server is missing; install it with: sudo apt-get install -y postgresql");
    }

    // PostgreSQL refuses to run as root.
    private static string[] AsServerUser(string[] command) =>
        Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", .. command] : command;

    private static List<int> ChildrenOf(int parent)
    {
        var children = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                continue;
            try
            {
                // "id (name) state parent …"; a name may hold spaces.
                var stat = File.ReadAllText(Path.Combine(folder, "stat"));
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                if (int.Parse(fields[1], CultureInfo.InvariantCulture) == parent)
                    children.Add(id);
            }
            catch (IOException)
            {
                // Ended meanwhile.
            }
        }

        return children;
    }

    private static async Task RunAsync(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = "/",
        })!;
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {await error}");
    }

    private void Launch()
    {
        // The shell ends when the server does, or ends it (SIGQUIT: at once) when its own input ends.
        const string Script =
            """
            log=$1; shift
            "$@" >>"$log" 2>&1 &
            server=$!
            { cat >/dev/null; kill -QUIT $server 2>/dev/null; } <&3 &
            wait $server
            """;
        string[] server =
        [
            Path.Combine(_binaries, "postgres"), "-D", Data, "-p", Port.ToString(CultureInfo.InvariantCulture), "-c", "listen_addresses=127.0.0.1",
            "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "max_connections=60",
        ];
        string[] shell = ["sh", "-c", "exec 3<&0; " + Script, "sh", Path.Combine(_folder, "log"), .. server];
        var command = AsServerUser(shell);
        _shell?.Dispose();
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, UseShellExecute = false, WorkingDirectory = "/" };
        _shell = Process.Start(start)!;
    }

    private async Task EndShellAsync()
    {
        if (_shell is null)
            return;
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync();
    }
}
