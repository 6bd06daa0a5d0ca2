using System.Diagnostics;
using System.Text.Json;
using Triptych.Testing;

namespace Triptych.Server.Tests.Storage;

/// <summary>
/// A data directory without a byte to spare: each protocol refuses with the status that makes its clients come again, queries go on, and when
/// there is room everything goes on by itself, what was refused and sent again being there once.
/// </summary>
public sealed class DiskFullTests
{
    private static Task<Answer> WriteAsync(ServerProcess server, string metric) => Wire.PostAsync(
        server.Url(server.PrometheusPort, "/api/v1/write"), Wire.SnappyBlock(Bodies.RemoteWrite(metric, 1)), Wire.Protobuf, "snappy");

    private static Task<Answer> TraceAsync(ServerProcess server, string service, byte id) => Wire.PostAsync(
        server.Url(server.OtlpHttpPort, "/v1/traces"),
        Bodies.Trace(service, [.. Enumerable.Repeat(id, 16)], [1, 2, 3, 4, 5, 6, 7, 8]),
        Wire.Protobuf);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task A_full_disk_refuses_what_is_sent_answers_what_is_asked_and_passes()
    {
        await using var server = new ServerProcess();
        using var disk = Tmpfs.TryMount(server.DataDirectory, sizeMiB: 24);
        Assert.SkipWhen(disk is null, "mounting a small file system takes root; the stores' own tests fill a disk in memory");
        await server.StartAsync();
        var before = Bodies.Logs("before", "a line of before");
        (await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/logs"), before, Wire.Protobuf)).Status.ShouldBe(200);
        (await WriteAsync(server, "before")).Status.ShouldBeOneOf(200, 204);

        disk.Fill();
        var refusedLine = await UntilRefusedAsync(
            n => Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/logs"), Bodies.Logs("full", Noise(n)), Wire.Protobuf));
        ShouldAskToComeAgain(refusedLine.Answer);
        var push = await Wire.PostAsync(server.Url(server.LokiPort, "/loki/api/v1/push"), Bodies.PushJson("full", Noise(-1)), Wire.Json);
        ShouldAskToComeAgain(push);
        var call = await Wire.CallAsync(server.Url(server.OtlpGrpcPort, Wire.LogsService), Bodies.Logs("full", Noise(-2)));
        (call.Status, call.GrpcStatus).ShouldBe((200, 14), call.GrpcMessage);
        call.GrpcDetails.ShouldNotBeNull("RetryInfo, without which clients do not come again");
        var write = await UntilRefusedAsync(n => WriteAsync(server, "full_" + Noise(n)));
        ShouldAskToComeAgain(write.Answer);
        var span = await UntilRefusedAsync(n => TraceAsync(server, "full" + Noise(n), (byte)(n + 1)));
        ShouldAskToComeAgain(span.Answer);

        (await CountLinesAsync(server, "before", "a line of before")).ShouldBe(1, "reads go on");
        (await Wire.GetAsync(server.Url(server.PrometheusPort, "/api/v1/query?query=before"))).Text.ShouldContain("\"value\"");
        server.Error.ShouldContain("No space left");

        disk.Free();
        var again = Bodies.Logs("full", Noise(refusedLine.Number));
        await UntilAsync(async () => (await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/logs"), again, Wire.Protobuf)).Status == 200);
        var logsService = server.Url(server.OtlpGrpcPort, Wire.LogsService);
        await UntilAsync(async () => (await Wire.CallAsync(logsService, Bodies.Logs("full", "room again"))).GrpcStatus == 0);
        var lokiPush = server.Url(server.LokiPort, "/loki/api/v1/push");
        await UntilAsync(async () => (await Wire.PostAsync(lokiPush, Bodies.PushJson("full", "pushed"), Wire.Json)).Status == 204);
        await UntilAsync(async () => (await WriteAsync(server, "after")).Status is 200 or 204);
        await UntilAsync(async () => (await TraceAsync(server, "after", 255)).Status == 200);
        server.IsRunning.ShouldBeTrue();

        // After a kill too: what was acknowledged is there, the line that came twice is there once.
        await server.KillAsync();
        await server.StartAsync();
        (await CountLinesAsync(server, "before", "a line of before")).ShouldBe(1);
        (await CountLinesAsync(server, "full", "room again")).ShouldBe(1);
        await server.KillAsync();
    }

    [Fact]
    public async Task A_catalog_that_had_no_room_takes_flushes_again_when_there_is_some()
    {
        await using var server = new ServerProcess();
        using var disk = Tmpfs.TryMount(server.DataDirectory, sizeMiB: 40);
        Assert.SkipWhen(disk is null, "mounting a small file system takes root; the stores' own tests fill the catalog's disk");
        await server.StartAsync();
        var line = Bodies.Logs("before", "a line of before");
        (await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/logs"), line, Wire.Protobuf)).Status.ShouldBe(200);
        disk.Fill();
        var full = Wire.PostAsync(server.Url(server.UiPort, "/api/triptych/v1/backups"), [], Wire.Json);
        await UntilAsync(() => Task.FromResult(server.Error.Contains("disk is full", StringComparison.Ordinal)));
        await Task.WhenAny(full, Task.Delay(TimeSpan.FromSeconds(3)));

        disk.Free();
        (await full).Status.ShouldBeOneOf(201, 503);
        await UntilAsync(async () => (await Wire.PostAsync(server.Url(server.UiPort, "/api/triptych/v1/backups"), [], Wire.Json)).Status == 201);
        server.Error.ShouldNotContain("nested transactions");
        (await server.StopAsync()).ShouldBe(0);
        server.Error.ShouldNotContain("Unhandled");
    }

    private static void ShouldAskToComeAgain(Answer answer)
    {
        answer.Status.ShouldBe(503, answer.Text);
        int.Parse(answer.RetryAfter.ShouldNotBeNull(), System.Globalization.CultureInfo.InvariantCulture).ShouldBeGreaterThan(0);
    }

    /// <summary>A page that a file already has takes a little more on a full disk, so the first ones may still be accepted.</summary>
    private static async Task<(Answer Answer, int Number)> UntilRefusedAsync(Func<int, Task<Answer>> send)
    {
        for (var n = 0; n < 20; n++)
        {
            var answer = await send(n);
            if (answer.Status is not (200 or 204)) return (answer, n);
        }

        throw new InvalidOperationException("a full disk took 20 requests");
    }

    /// <summary>Text that does not become small in the write-ahead log.</summary>
    private static string Noise(int seed)
    {
        var bytes = new byte[3000];
        new Random(seed).NextBytes(bytes);
        return Convert.ToHexString(bytes);
    }

    private static async Task<int> CountLinesAsync(ServerProcess server, string service, string line)
    {
        var selector = Uri.EscapeDataString($"{{service_name=\"{service}\"}} |= \"{line}\"");
        var answer = await Wire.GetAsync(server.Url(server.LokiPort, $"/loki/api/v1/query_range?since=1h&query={selector}"));
        answer.Status.ShouldBe(200, answer.Text);
        using var json = JsonDocument.Parse(answer.Body);
        return json.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().Sum(stream => stream.GetProperty("values").GetArrayLength());
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < Patience;)
        {
            if (await condition()) return;
            await Task.Delay(100);
        }

        (await condition()).ShouldBeTrue();
    }
}
