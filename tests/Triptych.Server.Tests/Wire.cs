using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Compression;

namespace Triptych.Server.Tests;

/// <summary>Requests as clients send them, byte by byte under the test's control.</summary>
internal static class Wire
{
    public const string Protobuf = "application/x-protobuf";
    public const string Json = "application/json";
    public const string TraceService = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    public const string MetricsService = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
    public const string LogsService = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

    /// <summary>One client for all tests, which looks up no proxy and decompresses nothing.</summary>
    public static readonly HttpClient Client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(100) };

    public static async Task<Answer> SendAsync(HttpRequestMessage request, HttpClient? client = null)
    {
        using (request)
        {
            using var response = await (client ?? Client).SendAsync(request);
            var body = await response.Content.ReadAsByteArrayAsync();
            return new Answer(response, body);
        }
    }

    public static Task<Answer> GetAsync(Uri url, Action<HttpRequestMessage>? change = null, HttpClient? client = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, url);
        change?.Invoke(request);
        return SendAsync(request, client);
    }

    public static Task<Answer> PostAsync(
        Uri url, byte[] body, string? contentType, string? encoding = null, Action<HttpRequestMessage>? change = null, HttpClient? client = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        if (contentType is not null) request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        if (encoding is not null) request.Content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        change?.Invoke(request);
        return SendAsync(request, client);
    }

    /// <summary>A unary gRPC call of one framed message.</summary>
    public static Task<Answer> CallAsync(Uri url, byte[] message, string? encoding = null, Action<HttpRequestMessage>? change = null) =>
        CallFramedAsync(url, Frame(message, encoding is not null), encoding, change);

    /// <summary>A unary gRPC call with exactly these bytes as its body.</summary>
    public static Task<Answer> CallFramedAsync(Uri url, byte[] framed, string? encoding = null, Action<HttpRequestMessage>? change = null)
    {
        var request = Http2(new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(framed) });
        request.Content!.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        if (encoding is not null) request.Headers.Add("grpc-encoding", encoding);
        change?.Invoke(request);
        return SendAsync(request);
    }

    public static HttpRequestMessage Http2(HttpRequestMessage request)
    {
        request.Version = HttpVersion.Version20;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        return request;
    }

    public static byte[] Frame(byte[] message, bool compressed = false, uint? length = null)
    {
        var framed = new byte[5 + message.Length];
        framed[0] = (byte)(compressed ? 1 : 0);
        BinaryPrimitives.WriteUInt32BigEndian(framed.AsSpan(1), length ?? (uint)message.Length);
        message.CopyTo(framed, 5);
        return framed;
    }

    public static byte[] Gzip(ReadOnlySpan<byte> data)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest)) gzip.Write(data);
        return output.ToArray();
    }

    /// <summary>So many zero bytes, gzipped, without ever being in memory.</summary>
    public static byte[] GzipOfZeros(long count)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest))
        {
            var block = new byte[1 << 20];
            for (; count > 0; count -= block.Length) gzip.Write(block);
        }

        return output.ToArray();
    }

    public static byte[] ZstdFrame(ReadOnlySpan<byte> data)
    {
        using var output = new PooledBufferWriter();
        Zstd.Compress(data, output, 1);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>A zstd frame of run-length blocks (RFC 8878): 128 kB of zeros each, with a window of 2^windowLog bytes and no content size.</summary>
    public static byte[] ZstdOfZeros(int blocks, int windowLog)
    {
        using var output = new MemoryStream();
        output.Write([0x28, 0xb5, 0x2f, 0xfd, 0x00, (byte)((windowLog - 10) << 3)]);
        for (var i = 0; i < blocks; i++)
        {
            var header = (128 * 1024 << 3) | (1 << 1) | (i == blocks - 1 ? 1 : 0);
            output.Write([(byte)header, (byte)(header >> 8), (byte)(header >> 16), 0]);
        }

        return output.ToArray();
    }

    public static byte[] SnappyBlock(ReadOnlySpan<byte> data)
    {
        using var output = new PooledBufferWriter();
        Snappy.Compress(data, output);
        return output.WrittenSpan.ToArray();
    }
}

/// <summary>An answer, read to its end.</summary>
internal sealed class Answer(HttpResponseMessage response, byte[] body)
{
    public int Status { get; } = (int)response.StatusCode;

    public Version Version { get; } = response.Version;

    public byte[] Body => body;

    public string Text => Encoding.UTF8.GetString(body);

    public string? ContentType { get; } = response.Content.Headers.ContentType?.MediaType;

    public string? RetryAfter { get; } = response.Headers.TryGetValues("Retry-After", out var values) ? values.Single() : null;

    /// <summary>Warnings of an answer that has no member for them.</summary>
    public string? Warning { get; } = response.Headers.TryGetValues("Warning", out var warnings) ? string.Join("; ", warnings) : null;

    /// <summary>The methods that the path has, where the one of the request is none of them.</summary>
    public string Allow { get; } = string.Join(", ", response.Content.Headers.Allow);

    /// <summary>gRPC's status, from the trailers or, where there is no message, the headers.</summary>
    public int? GrpcStatus { get; } = Find(response, "grpc-status") is { } status ? int.Parse(status, CultureInfo.InvariantCulture) : null;

    public string GrpcMessage { get; } = Uri.UnescapeDataString(Find(response, "grpc-message") ?? "");

    public string? GrpcDetails { get; } = Find(response, "grpc-status-details-bin");

    public byte[] GrpcBody => body[5..];

    /// <summary>Fails unless the answer is this status with one line that says the texts.</summary>
    public void ShouldBeOneLine(int status, params string[] texts)
    {
        Status.ShouldBe(status, Text);
        Text.TrimEnd('\n').ShouldNotContain('\n');
        Text.ShouldNotContain("   at ");
        foreach (var text in texts) Text.ShouldContain(text);
    }

    private static string? Find(HttpResponseMessage response, string name) =>
        response.TrailingHeaders.TryGetValues(name, out var trailer) ? trailer.Single()
            : response.Headers.TryGetValues(name, out var header) ? header.Single() : null;
}
