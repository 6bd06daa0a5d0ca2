using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Triptych.Server.Tests.Intake;

/// <summary>Compression bombs and crowds: the memory of a server of its own stays bounded.</summary>
public sealed class BoundedMemoryTests
{
    private const long MostResidentBytes = 400L * 1024 * 1024;

    [Fact]
    public async Task Bombs_are_refused_and_the_server_stays_small()
    {
        await using var server = new ServerProcess();
        await server.StartAsync();
        var gzip = Wire.GzipOfZeros(1L << 30);
        var zstd = Wire.ZstdOfZeros(blocks: 8192, windowLog: 23);
        foreach (var path in new[] { "/v1/logs", "/v1/metrics", "/v1/traces" })
        {
            (await Wire.PostAsync(server.Url(server.OtlpHttpPort, path), gzip, Wire.Protobuf, "gzip")).Status.ShouldBe(413);
            (await Wire.PostAsync(server.Url(server.OtlpHttpPort, path), zstd, Wire.Json, "zstd")).ShouldBeOneLine(413, "after decompression");
        }

        (await Wire.PostAsync(server.Url(server.LokiPort, "/loki/api/v1/push"), gzip, Wire.Json, "gzip")).ShouldBeOneLine(413, "after decompression");
        var snappy = Wire.SnappyBlock(new byte[40_000_000]);
        (await Wire.PostAsync(server.Url(server.PrometheusPort, "/api/v1/write"), snappy, Wire.Protobuf, "snappy")).ShouldBeOneLine(413, "after decompression");
        (await Wire.PostAsync(server.Url(server.LokiPort, "/loki/api/v1/push"), snappy, Wire.Protobuf)).ShouldBeOneLine(413, "after decompression");
        var call = await Wire.CallAsync(server.Url(server.OtlpGrpcPort, Wire.LogsService), gzip, "gzip");
        (call.GrpcStatus, call.GrpcMessage).ShouldBe((8, "body is larger than 33554432 bytes after decompression"));

        // All at once: some find no room just now, which is an answer that says so.
        var crowd = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/logs"), gzip, Wire.Protobuf, "gzip")));
        crowd.ShouldAllBe(a => a.Status == 413 || (a.Status == 503 && a.RetryAfter == "1"));
        (await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/logs"), Bodies.Logs("after", "x"), Wire.Protobuf)).Status.ShouldBe(200);
        server.PeakResidentBytes.ShouldBeLessThan(MostResidentBytes);
    }

    [Fact]
    public async Task A_window_of_zstd_above_8_MB_is_refused()
    {
        await using var server = new ServerProcess();
        await server.StartAsync();
        var wide = await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/logs"), Wire.ZstdOfZeros(blocks: 1, windowLog: 27), Wire.Json, "zstd");
        wide.ShouldBeOneLine(400, "zstd");
        var narrow = await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/logs"), Wire.ZstdOfZeros(blocks: 1, windowLog: 23), Wire.Protobuf, "zstd");
        narrow.Status.ShouldBe(400, "the zeros are no message");
        narrow.Text.ShouldContain("offset");
    }

    [Fact]
    public async Task Too_large_as_sent_is_413_before_it_is_read()
    {
        await using var server = new ServerProcess();
        server.Set("TRIPTYCH_INGEST_MAX_COMPRESSED_SIZE", "1000");
        await server.StartAsync();
        var body = Bodies.Logs("large", new string('x', 2000));
        (await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/logs"), body, Wire.Protobuf)).Status.ShouldBe(413);
        (await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/logs"), body, Wire.Protobuf, change: r => r.Headers.TransferEncodingChunked =
            true)).Status.ShouldBe(413);
        (await Wire.CallAsync(server.Url(server.OtlpGrpcPort, Wire.LogsService), body)).GrpcStatus.ShouldBe(8);
        (await Wire.PostAsync(server.Url(server.LokiPort, "/loki/api/v1/push"), Bodies.PushJson("large", new string('x', 2000)), Wire.Json))
            .ShouldBeOneLine(413);
        (await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/logs"), Bodies.Logs("small", "x"), Wire.Protobuf)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task What_would_not_fit_even_alone_is_413_and_is_not_asked_to_come_again()
    {
        await using var server = new ServerProcess();
        await server.StartAsync();
        byte[] Body(int lines) => Bodies.Logs("large", [.. Enumerable.Range(0, lines).Select(i => i + new string('x', 100_000))]);
        var url = server.Url(server.OtlpHttpPort, "/v1/logs");
        var fits = await Wire.PostAsync(url, Body(200), Wire.Protobuf);
        fits.Status.ShouldBe(200, fits.Text);

        // The answer may be here before what the request held is given back.
        await UntilInFlightAsync(server, held => held == 0);
        var refused = await Wire.PostAsync(url, Wire.Gzip(Body(320)), Wire.Protobuf, "gzip");
        (refused.Status, refused.RetryAfter).ShouldBe((413, null), refused.Text);
        refused.Text.ShouldContain("send smaller ones");
        await UntilInFlightAsync(server, held => held == 0);
        var call = await UntilAsync(() => Wire.CallAsync(server.Url(server.OtlpGrpcPort, Wire.LogsService), Body(320)), _ => true);
        (call.GrpcStatus, call.GrpcDetails).ShouldBe((8, null), call.GrpcMessage);
        server.PeakResidentBytes.ShouldBeLessThan(MostResidentBytes);
    }

    [Fact]
    public async Task Bodies_over_the_budget_are_asked_to_come_again_and_then_taken()
    {
        await using var server = new ServerProcess();
        server.Set("TRIPTYCH_INGEST_MAX_BYTES_IN_FLIGHT", "8MiB").Set("TRIPTYCH_INGEST_MAX_BODY_SIZE", "4MiB");
        await server.StartAsync();

        // One that holds most of the budget, because the rest of it does not come.
        var url = server.Url(server.OtlpHttpPort, "/v1/logs");
        using var holder = await HoldAsync(server, 3_900_000);
        var large = Bodies.Logs("crowd", new string('x', 3_900_000));
        var refused = await UntilAsync(() => Wire.PostAsync(url, large, Wire.Protobuf), a => a.Status == 503);
        refused.RetryAfter.ShouldBe("1");
        refused.Text.ShouldContain("in flight");
        var call = await UntilAsync(() => Wire.CallAsync(server.Url(server.OtlpGrpcPort, Wire.LogsService), large), a => a.GrpcStatus == 14);
        call.Status.ShouldBe(200);
        call.GrpcDetails.ShouldNotBeNull("RetryInfo, without which clients do not come again");
        var push = Bodies.PushJson("crowd", new string('x', 3_900_000));
        await UntilAsync(() => Wire.PostAsync(server.Url(server.LokiPort, "/loki/api/v1/push"), push, Wire.Json), a => a.Status == 503);

        // What is small goes through meanwhile, and the large one once the first has gone.
        (await Wire.PostAsync(url, Bodies.Logs("crowd", "small"), Wire.Protobuf)).Status.ShouldBe(200);
        holder.Close();
        var smaller = Bodies.Logs("crowd", new string('x', 2_000_000));
        await UntilAsync(() => Wire.PostAsync(url, smaller, Wire.Protobuf), a => a.Status == 200);
    }

    [Fact]
    public async Task A_promise_of_bytes_takes_no_room()
    {
        await using var server = new ServerProcess();
        await server.StartAsync();
        var sockets = new List<Socket>();
        for (var i = 0; i < 20; i++)
        {
            sockets.Add(await Hosting.PortTests.ConnectAsync(server.OtlpHttpPort));
            await sockets[i].SendAsync(
                "POST /v1/logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\nContent-Length: 30000000\r\n\r\n"u8.ToArray());
        }

        // Each is being read once it has the megabyte that a promise is good for.
        await UntilInFlightAsync(server, held => held >= 20 * 1024 * 1024);
        (await BytesInFlightAsync(server)).ShouldBeLessThan(2 * 30_000_000, "of twenty such promises");
        var real = Bodies.Logs("promise", new string('x', 1_000_000));
        (await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/logs"), real, Wire.Protobuf)).Status.ShouldBe(200);
        foreach (var socket in sockets) socket.Dispose();
    }

    /// <summary>
    /// A request whose body comes in except for its end, so that it holds as much of the budget as it says. One that the server has answered holds nothing:
    /// then there is another.
    /// </summary>
    private static async Task<Socket> HoldAsync(ServerProcess server, int bytes)
    {
        for (var i = 0; ; i++)
        {
            i.ShouldBeLessThan(20, "holders that were answered");
            var socket = await Hosting.PortTests.ConnectAsync(server.OtlpHttpPort);
            try
            {
                await socket.SendAsync(Encoding.ASCII.GetBytes(
                    $"POST /v1/logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\nContent-Length: {bytes + 100_000}\r\n\r\n"));
                await socket.SendAsync(new byte[bytes]);
                if (await UntilInFlightAsync(server, held => held >= bytes, () => IsAnswered(socket))) return socket;
            }
            catch (SocketException)
            {
                // Answered and hung up on before all was sent.
            }

            socket.Dispose();
        }
    }

    private static bool IsAnswered(Socket socket) => socket.Poll(0, SelectMode.SelectRead);

    /// <summary>Waits until so many bytes are in flight: true; false where it is no use to wait for longer.</summary>
    private static async Task<bool> UntilInFlightAsync(ServerProcess server, Func<double, bool> good, Func<bool>? isInVain = null)
    {
        for (var i = 0; ; i++)
        {
            var held = await BytesInFlightAsync(server);
            if (isInVain?.Invoke() == true) return false;
            if (good(held)) return true;
            i.ShouldBeLessThan(2400, $"{held} bytes in flight");
            await Task.Delay(50);
        }
    }

    private static async Task<double> BytesInFlightAsync(ServerProcess server)
    {
        var text = (await Wire.GetAsync(server.Url(server.UiPort, "/metrics"))).Text;
        var line = text.Split('\n').Single(l => l.StartsWith("triptych_ingest_bytes_in_flight ", StringComparison.Ordinal));
        return double.Parse(line.AsSpan(line.IndexOf(' ')), CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// Asks until the answer is good. An answer that comes before the body is sent may be lost with its connection where sending the rest takes longer
    /// than the server goes on reading (five seconds, which a busy machine may need): then it is asked for again.
    /// </summary>
    private static async Task<Answer> UntilAsync(Func<Task<Answer>> ask, Func<Answer, bool> good)
    {
        for (var i = 0; ; i++)
        {
            var answer = await AskAsync();
            if (answer is not null && good(answer)) return answer;
            i.ShouldBeLessThan(600, answer is null ? "no answer came" : $"{answer.Status} {answer.GrpcStatus} {answer.Text}");
            await Task.Delay(50);
        }

        async Task<Answer?> AskAsync()
        {
            try
            {
                return await ask();
            }
            catch (HttpRequestException)
            {
                return null;
            }
        }
    }
}
