using System.Globalization;
using System.IO.Compression;
using System.Net;
using Triptych.Ingest.Exposition;
using Triptych.Primitives.Binary;

namespace Triptych.Collect.Scrape;

/// <summary>A target over HTTP: one GET, the answer unpacked as it comes, within the body's limit and the scrape's time.</summary>
internal sealed class HttpSource(
    HttpClient client, Uri url, RequestCredentials credentials, ExpositionFormat? fallback, bool wantsProtobuf, TimeProvider time) : IMetricSource
{
    /// <summary>What all targets share: connections are kept, answers are unpacked by us (bounded), no proxy and no cookies.</summary>
    public static HttpClient CreateClient() => new(new SocketsHttpHandler
    {
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    {
        // Each scrape has a limit of its own.
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <inheritdoc/>
    public async ValueTask<FetchResult> FetchAsync(PooledBufferWriter body, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            return await FetchAsync(body, timeout.TotalSeconds, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return FetchResult.Failed($"the target did not answer within {timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s");
        }
        catch (HttpRequestException e)
        {
            return FetchResult.Failed(e.InnerException is { } inner ? $"{e.Message} ({inner.Message})" : e.Message);
        }
        catch (BufferLimitExceededException)
        {
            return FetchResult.Failed(TooLarge(body));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return FetchResult.Failed(e.Message);
        }
    }

    /// <summary>The client belongs to all targets.</summary>
    public void Dispose()
    {
    }

    internal static string TooLarge(PooledBufferWriter body) => $"the exposition is larger than {body.MaxLength} bytes";

    private async Task<FetchResult> FetchAsync(PooledBufferWriter body, double timeoutSeconds, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.TryAddWithoutValidation("Accept", ContentTypes.Accept(wantsProtobuf));
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip");
        request.Headers.TryAddWithoutValidation("User-Agent", "Triptych/0.1");
        request.Headers.TryAddWithoutValidation("X-Prometheus-Scrape-Timeout-Seconds", timeoutSeconds.ToString(CultureInfo.InvariantCulture));
        request.Headers.Authorization = await credentials.ReadAsync(cancellationToken);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.StatusCode != HttpStatusCode.OK) return FetchResult.Failed($"the target answered with HTTP status {(int)response.StatusCode}");
        var format = ContentTypes.Choose(ReadHeader(response, "Content-Type"), fallback);
        if (format.Error is not null) return format;
        var encoding = ReadHeader(response, "Content-Encoding") ?? "identity";
        var isGzip = string.Equals(encoding, "gzip", StringComparison.OrdinalIgnoreCase);
        if (!isGzip && !string.Equals(encoding, "identity", StringComparison.OrdinalIgnoreCase))
            return FetchResult.Failed($"the target sent the Content-Encoding \"{encoding}\", which was not asked for");
        await using var wire = await response.Content.ReadAsStreamAsync(cancellationToken);
        await using var unpacked = isGzip ? new GZipStream(wire, CompressionMode.Decompress) : null;
        var stream = unpacked ?? wire;
        while (true)
        {
            var read = await stream.ReadAsync(body.GetMemory(1), cancellationToken);
            if (read == 0) return format;
            body.Advance(read);
        }
    }

    private static string? ReadHeader(HttpResponseMessage response, string name) =>
        response.Content.Headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;
}
