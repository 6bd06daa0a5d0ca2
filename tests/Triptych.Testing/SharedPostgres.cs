namespace Triptych.Testing;

/// <summary>One server for all tests of an assembly that leave it running; started by the first that asks.</summary>
public sealed class SharedPostgres : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private Task<PostgresServer>? _server;

    public Task<PostgresServer> GetAsync()
    {
        lock (_gate)
            return _server ??= PostgresServer.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await (await _server).DisposeAsync();
    }
}
