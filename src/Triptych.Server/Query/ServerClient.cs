using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text.Json;
using Triptych.Server.Hosting;

namespace Triptych.Server.Query;

/// <summary>A running server, asked over HTTP. What it refuses is a <see cref="StartProblem"/> with the server's words.</summary>
internal sealed class ServerClient : IDisposable
{
    private const int MaxErrorLength = 2000;

    private readonly HttpClient _client;
    private readonly AuthenticationHeaderValue? _credentials;

    public ServerClient(Uri server, AuthenticationHeaderValue? credentials)
    {
        _client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = server, Timeout = Timeout.InfiniteTimeSpan };
        _client.DefaultRequestHeaders.Authorization = credentials;
        _credentials = credentials;
    }

    /// <summary>Gets JSON.</summary>
    public async Task<JsonDocument> GetAsync(string path, IReadOnlyList<(string Name, string Value)> parameters, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _client.GetAsync(Relative(path, parameters), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!response.IsSuccessStatusCode) throw await RefusedAsync(response, cancellationToken);
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            return await JsonDocument.ParseAsync(body, cancellationToken: cancellationToken);
        }
        catch (HttpRequestException e)
        {
            throw Unreachable(e);
        }
        catch (JsonException)
        {
            throw new StartProblem($"the answer of {_client.BaseAddress} is not JSON: is another program listening there?");
        }
    }

    /// <summary>Opens a WebSocket. A path that is refused is asked again without an upgrade, for the words of the refusal.</summary>
    public async Task<ClientWebSocket> ConnectAsync(string path, IReadOnlyList<(string Name, string Value)> parameters, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        try
        {
            socket.Options.Proxy = null;
            socket.Options.KeepAliveInterval = TimeSpan.FromSeconds(15);
            socket.Options.KeepAliveTimeout = TimeSpan.FromSeconds(15);
            if (_credentials is not null) socket.Options.SetRequestHeader("Authorization", _credentials.ToString());
            var address = new UriBuilder(new Uri(_client.BaseAddress!, Relative(path, parameters)));
            address.Scheme = address.Scheme == "https" ? "wss" : "ws";
            await socket.ConnectAsync(address.Uri, cancellationToken);
            return socket;
        }
        catch (WebSocketException e)
        {
            socket.Dispose();
            throw await ExplainAsync(path, parameters, e, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static Uri Relative(string path, IReadOnlyList<(string Name, string Value)> parameters) =>
        new(path + "?" + string.Join('&', parameters.Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value)}")), UriKind.Relative);

    private async Task<StartProblem> ExplainAsync(
        string path, IReadOnlyList<(string Name, string Value)> parameters, WebSocketException failure, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Relative(path, parameters));
            request.Headers.TryAddWithoutValidation("Connection", "Upgrade");
            request.Headers.TryAddWithoutValidation("Upgrade", "websocket");
            request.Headers.TryAddWithoutValidation("Sec-WebSocket-Version", "13");
            request.Headers.TryAddWithoutValidation("Sec-WebSocket-Key", Convert.ToBase64String(new byte[16]));
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return (int)response.StatusCode >= 400
                ? await RefusedAsync(response, cancellationToken)
                : new StartProblem($"{_client.BaseAddress} did not open a WebSocket: {failure.Message}");
        }
        catch (HttpRequestException e)
        {
            return Unreachable(e);
        }
    }

    private static async Task<StartProblem> RefusedAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var text = (await response.Content.ReadAsStringAsync(cancellationToken)).Trim().ReplaceLineEndings(" ");
        // Prometheus' form of an error is an object.
        if (text.StartsWith('{'))
        {
            try
            {
                using var json = JsonDocument.Parse(text);
                if (json.RootElement.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.String) text = error.GetString()!;
            }
            catch (JsonException)
            {
                // Shown as the text that it is.
            }
        }

        return new StartProblem(text.Length > MaxErrorLength ? text[..MaxErrorLength] : text.Length == 0 ? $"the server answered {(int)response.StatusCode}" : text);
    }

    private StartProblem Unreachable(HttpRequestException e) =>
        new($"no server answers at {_client.BaseAddress} ({e.Message}): start it, or name it with --server");
}
