using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Triptych.Server.Configuration;
using Triptych.Server.Hosting;
using Triptych.Storage.Backup;

namespace Triptych.Server.Backup;

/// <summary>A running server as the source of a backup, over its admin API.</summary>
internal sealed class RemoteBackup : IBackupSource
{
    private readonly HttpClient _client;
    private readonly Uri _session;

    private RemoteBackup(HttpClient client, Uri session, BackupManifest content)
    {
        _client = client;
        _session = session;
        Content = content;
    }

    /// <inheritdoc/>
    public BackupManifest Content { get; }

    /// <summary>Where the server of a configuration answers, as seen from its own host.</summary>
    /// <exception cref="StartProblem">The configuration switches the port off.</exception>
    public static Uri AddressOf(ListenConfig listen)
    {
        if (listen.UiPort == 0) throw new StartProblem("the port that commands use is switched off: set listen.ui_port, or name the server with --server");
        var isAny = listen.Address.Equals(System.Net.IPAddress.Any) || listen.Address.Equals(System.Net.IPAddress.IPv6Any);
        return new UriBuilder("http", isAny ? "127.0.0.1" : listen.Address.ToString(), listen.UiPort).Uri;
    }

    /// <summary>Asks the server to flush and to hold what it has. The client becomes this object's.</summary>
    /// <exception cref="BackupException">It does not answer, or refuses; the message says which.</exception>
    public static async Task<RemoteBackup> BeginAsync(Uri server, AuthConfig auth, CancellationToken cancellationToken)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = server, Timeout = Timeout.InfiniteTimeSpan };
        RemoteBackup? begun = null;
        try
        {
            client.DefaultRequestHeaders.Authorization = CredentialsOf(auth);
            using var response = await client.PostAsync("/api/triptych/v1/backups", content: null, cancellationToken);
            await ThrowIfRefusedAsync(response, server, cancellationToken);
            var location = response.Headers.Location ?? throw new BackupException($"{server} is not a Triptych server that can be backed up");
            var content = BackupManifest.Read(await response.Content.ReadAsByteArrayAsync(cancellationToken), $"the answer of {server}");
            begun = new RemoteBackup(client, new Uri(server, location + "/"), content);
            return begun;
        }
        catch (HttpRequestException e)
        {
            throw new BackupException($"no server answers at {server} ({e.Message}): start it, or name it with --server", e);
        }
        finally
        {
            if (begun is null) client.Dispose();
        }
    }

    /// <inheritdoc/>
    public async ValueTask CopyAsync(ManifestBlock block, Stream into, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _client.GetAsync(new Uri(_session, "objects/" + block.ObjectKey), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (response.StatusCode == HttpStatusCode.Gone) throw new BlockLostException(block.ObjectKey, await ReadTextAsync(response, cancellationToken));
            await ThrowIfRefusedAsync(response, _client.BaseAddress!, cancellationToken);
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            await ObjectTransfer.ReceiveAsync(body, block, into, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or HttpIOException or EndOfStreamException)
        {
            throw new BackupException($"the server was lost while {block.ObjectKey} was copied ({e.Message}): run the same command again, it goes on from there", e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            using var response = await _client.DeleteAsync(_session.AbsoluteUri.TrimEnd('/'), CancellationToken.None);
        }
        catch (HttpRequestException)
        {
            // The server lets go by itself after a while.
        }

        _client.Dispose();
    }

    /// <summary>The credentials that a server of this configuration asks for; null where it asks for none.</summary>
    /// <exception cref="StartProblem">They are in a file that cannot be read.</exception>
    public static AuthenticationHeaderValue? CredentialsOf(AuthConfig auth)
    {
        if (auth.Mode == AuthMode.None) return null;
        if (!string.IsNullOrWhiteSpace(auth.Token)) return new AuthenticationHeaderValue("Bearer", auth.Token.Trim());
        try
        {
            if (auth.TokenFile is not null && File.ReadLines(auth.TokenFile).Select(l => l.Trim()).FirstOrDefault(l => l.Length > 0) is { } token)
            {
                return new AuthenticationHeaderValue("Bearer", token);
            }

            var password = auth.Password ?? (auth.PasswordFile is null ? null : File.ReadAllText(auth.PasswordFile).TrimEnd('\r', '\n'));
            return auth.Username is null || password is null
                ? null
                : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{auth.Username}:{password}")));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartProblem($"credentials cannot be read: {e.Message}");
        }
    }

    private static async Task ThrowIfRefusedAsync(HttpResponseMessage response, Uri server, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode) return;
        throw new BackupException($"{server} answered {(int)response.StatusCode}: {await ReadTextAsync(response, cancellationToken)}");
    }

    private static async Task<string> ReadTextAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var text = (await response.Content.ReadAsStringAsync(cancellationToken)).Trim().ReplaceLineEndings(" ");
        return text.Length > 300 ? text[..300] : text;
    }
}
