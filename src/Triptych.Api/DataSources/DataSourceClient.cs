using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Triptych.Api.Http;
using Triptych.Primitives.Memory;

namespace Triptych.Api.DataSources;

/// <summary>What a data source answered; dispose it after use.</summary>
/// <param name="StatusCode">Its own status.</param>
/// <param name="ContentType">The type without parameters, in small letters.</param>
/// <param name="Body">The answer, unpacked.</param>
internal sealed record DataSourceAnswer(int StatusCode, string ContentType, PooledBytes Body) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Body.Dispose();
}

/// <summary>
/// Asks one data source over HTTP: with the headers that the configuration gives it, no redirect followed, no cookie kept, no proxy in between, the answer
/// bounded before it is passed on. Any thread may call.
/// </summary>
internal sealed class DataSourceClient : IDisposable
{
    // Browsers ask for a dashboard's panels all at once; what is more waits within its time limit.
    private const int MaxConnections = 16;

    private readonly DataSource _source;
    private readonly DataSourceLimits _limits;
    private readonly IngestLimits _answers;
    private readonly TimeProvider _time;
    private readonly HttpClient _client;

    public DataSourceClient(DataSource source, DataSourceLimits limits, MemoryBudget answers, TimeProvider time)
    {
        _source = source;
        _limits = limits;
        _time = time;
        _answers = new IngestLimits(answers, limits.MaxAnswerBytes, (int)Math.Min(int.MaxValue, limits.MaxAnswerBytes));
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            MaxConnectionsPerServer = MaxConnections,
            MaxResponseHeadersLength = 64,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectCallback = ServerReach.ConnectAsync,
        };
#pragma warning disable CA5359 // The configuration of this one data source asks for it.
        if (source.SkipsTlsVerification) handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        else if (source.TrustedCertificates is { } pem) handler.SslOptions.CertificateChainPolicy = Trusting(pem);
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Sends a request and reads the whole answer.</summary>
    /// <param name="method">GET or POST.</param>
    /// <param name="pathAndQuery">Without a slash before.</param>
    /// <param name="form">The body of a POST; null for none.</param>
    /// <param name="headers">Headers of the caller that may pass.</param>
    /// <param name="cancellationToken">The caller went away.</param>
    /// <returns>The answer, or why there is none: a status and one line without a secret.</returns>
    public async Task<(DataSourceAnswer? Answer, BodyError? Error)> SendAsync(
        HttpMethod method, string pathAndQuery, ReadOnlyMemory<byte>? form, IEnumerable<KeyValuePair<string, string>> headers,
        CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(_limits.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            using var request = RequestOf(method, pathAndQuery, form, headers);
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return await ReadAsync(response, either.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return (null, new BodyError(504, $"the data source {_source.Name} did not answer within {_limits.Timeout.TotalSeconds:0.###} s"));
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException or InvalidDataException)
        {
            return (null, new BodyError(502, $"the data source {_source.Name} cannot be reached: {ReasonOf(e)}"));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private HttpRequestMessage RequestOf(
        HttpMethod method, string pathAndQuery, ReadOnlyMemory<byte>? form, IEnumerable<KeyValuePair<string, string>> headers)
    {
        var request = new HttpRequestMessage(method, new Uri($"{_source.Url!.AbsoluteUri.TrimEnd('/')}/{pathAndQuery}", UriKind.Absolute));
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "zstd, gzip");
        foreach (var (name, value) in _source.Headers)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (form is { } body)
        {
            request.Content = new ReadOnlyMemoryContent(body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/x-www-form-urlencoded");
        }

        return request;
    }

    private async Task<(DataSourceAnswer? Answer, BodyError? Error)> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        // What it says of credentials is about ours, not about the browser's, which would be asked for a password.
        if (status is 401 or 403 or 407) return (null, new BodyError(502, $"the data source {_source.Name} refused this server's credentials ({status})"));
        if (status is >= 300 and < 400) return (null, new BodyError(502, $"the data source {_source.Name} redirects elsewhere ({status}), which is not followed"));
        if (response.Content.Headers.ContentEncoding.Count > 1)
            return (null, new BodyError(502, $"the answer of the data source {_source.Name} is packed several times"));
        var encoding = response.Content.Headers.ContentEncoding.FirstOrDefault() ?? "";
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var (body, error) = await RequestBody.ReadAsync(
            stream, encoding.Trim().ToLowerInvariant(), response.Content.Headers.ContentLength, _answers.ForRequest(), cancellationToken);
        if (body is not null) return (new DataSourceAnswer(status, response.Content.Headers.ContentType?.MediaType?.ToLowerInvariant() ?? "", body), null);
        if (error!.StatusCode == 503) return (null, new BodyError(503, "too many answers of data sources are held in memory at the moment: try again"));
        var reason = error.StatusCode == 413 ? $"is larger than {_limits.MaxAnswerBytes} bytes" : "cannot be read: " + error.Message;
        return (null, new BodyError(502, $"the answer of the data source {_source.Name} {reason}"));
    }

    private static X509ChainPolicy Trusting(string pem)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPem(pem);
        return policy;
    }

    // The innermost says what happened; those around it name hosts and ports.
    private static string ReasonOf(Exception e)
    {
        while (e.InnerException is { } inner) e = inner;
        return e switch
        {
            SocketException socket => socket.SocketErrorCode.ToString(),
            AuthenticationException => "its certificate or TLS was not accepted",
            HttpRequestException http => http.HttpRequestError.ToString(),
            _ => e.Message.ReplaceLineEndings(" "),
        };
    }
}
