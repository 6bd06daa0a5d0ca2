using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Triptych.Server.Tests.Hosting;

public sealed class StartProblemTests : IAsyncDisposable
{
    private readonly ServerProcess _server = new();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_taken_port_is_one_line_that_names_port_and_setting()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        var port = ((IPEndPoint)socket.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture);
        _server.Set("TRIPTYCH_LISTEN_LOKI_PORT", port);
        (await _server.RunAsync("serve")).ShouldBeOneLine(1, port, "listen.loki_port");
    }

    [Fact]
    public async Task A_data_directory_that_cannot_be_made_is_one_line()
    {
        var file = Path.Combine(_server.Folder, "file");
        await File.WriteAllTextAsync(file, "");
        (await _server.RunAsync("serve", "--data-dir", Path.Combine(file, "data"))).ShouldBeOneLine(1, "data directory", file);
    }

    [Fact]
    public async Task A_data_directory_without_a_name_is_one_line() =>
        (await _server.RunAsync("serve", "--data-dir", "")).ShouldBeOneLine(2, "data directory");

    [Fact]
    public async Task A_metastore_that_is_no_database_is_one_line()
    {
        Directory.CreateDirectory(_server.DataDirectory);
        await File.WriteAllTextAsync(Path.Combine(_server.DataDirectory, "metastore.db"), new string('x', 8192));
        (await _server.RunAsync("serve")).ShouldBeOneLine(1, "metastore.db");
    }

    [Fact]
    public async Task A_data_directory_that_another_process_has_is_one_line()
    {
        await _server.StartAsync();
        await using var second = new ServerProcess();
        (await second.RunAsync("serve", "--data-dir", _server.DataDirectory)).ShouldBeOneLine(1, "another process", _server.DataDirectory);
    }

    [Fact]
    public async Task Beyond_loopback_credentials_are_asked_for()
    {
        _server.Set("TRIPTYCH_LISTEN_ADDRESS", "0.0.0.0");
        (await _server.RunAsync("serve")).ShouldBeOneLine(2, "0.0.0.0", "auth.token", "auth.mode: none");
    }

    [Fact]
    public async Task Beyond_loopback_it_starts_with_an_explicit_mode_none()
    {
        _server.Set("TRIPTYCH_LISTEN_ADDRESS", "0.0.0.0").Set("TRIPTYCH_AUTH_MODE", "none");
        await _server.StartAsync();
        _server.IsRunning.ShouldBeTrue();
    }

    [Fact]
    public async Task Files_of_credentials_have_to_hold_some()
    {
        var file = Path.Combine(_server.Folder, "tokens");
        _server.Set("TRIPTYCH_AUTH_TOKEN_FILE", file);
        (await _server.RunAsync("serve")).ShouldBeOneLine(1, "tokens", "auth.token_file");
        await File.WriteAllTextAsync(file, "\n \n");
        (await _server.RunAsync("serve")).ShouldBeOneLine(2, "auth", "empty");
    }
}
