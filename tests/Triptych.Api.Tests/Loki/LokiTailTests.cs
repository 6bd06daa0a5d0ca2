using System.Net.WebSockets;
using System.Text;
using Shouldly;
using Triptych.LogQL.Tailing;
using Triptych.LogQL.Tests.Sources;
using Triptych.Model;
using Triptych.Model.Labels;
using Triptych.Model.Logs;
using Triptych.Primitives.Memory;
using Xunit;

namespace Triptych.Api.Tests.Loki;

public sealed class LokiTailTests
{
    private const long Second = 1_000_000_000;
    private const long Base = (LokiHost.NowSeconds - 100) * Second;

    // Only a test that fails waits for so long.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Tail_sends_the_newest_lines_oldest_first_and_then_what_is_acknowledged_without_repeating_it()
    {
        var source = new MemoryLogSource().Add("app=shop", Base, "old", "info")
            .Add("app=shop", Base + 1, "older two", "info").Add("app=shop", Base + 2, "newest", "info");
        await using var host = await LokiHost.StartAsync(source);
        using var socket = await ConnectAsync(host, "query={app%3D\"shop\"}&limit=2");
        (await ReceiveAsync(socket)).ShouldBe(
            "{\"streams\":[{\"stream\":{\"app\":\"shop\",\"detected_level\":\"info\"},"
            + $"\"values\":[[\"{Base + 1}\",\"older two\"],[\"{Base + 2}\",\"newest\"]]}}]}}");
        Publish(host, "app=shop", (Base + 2, "newest"), (Base + 3, "live \"1\""));
        (await ReceiveAsync(socket)).ShouldBe(
            $"{{\"streams\":[{{\"stream\":{{\"app\":\"shop\",\"detected_level\":\"info\"}},\"values\":[[\"{Base + 3}\",\"live \\\"1\\\"\"]]}}]}}");
    }

    [Fact]
    public async Task Tail_keeps_labels_apart_where_it_is_asked_to()
    {
        await using var host = await LokiHost.StartAsync(new MemoryLogSource());
        using var socket = await ConnectAsync(host, "query={app%3D\"shop\"}|logfmt", "categorize-labels");
        Publish(host, "app=shop", (Base, "id=7"));
        (await ReceiveAsync(socket)).ShouldBe(
            $"{{\"streams\":[{{\"stream\":{{\"app\":\"shop\"}},\"values\":[[\"{Base}\",\"id=7\",{{\"structuredMetadata\":{{\"detected_level\":\"info\"}},"
            + "\"parsed\":{\"id\":\"7\"}}]]}],\"encodingFlags\":[\"categorize-labels\"]}");
    }

    [Fact]
    public async Task Tail_says_what_it_had_no_room_for()
    {
        await using var host = await LokiHost.StartAsync(new MemoryLogSource(), tailOptions: new LogTailOptions { MaxQueuedBytes = 100 });
        using var socket = await ConnectAsync(host, "query={app%3D\"shop\"}");
        Publish(host, "app=shop", (Base, "one"), (Base + 1, "two"), (Base + 2, "three"));
        (await ReceiveAsync(socket)).ShouldEndWith(
            $"\"two\"]]}}],\"dropped_entries\":[{{\"labels\":{{\"app\":\"shop\"}},\"timestamp\":\"{Base + 2}\"}}]}}");
    }

    [Theory]
    [InlineData("query={app%3D\"shop\"", "400 parse error at line 1")]
    [InlineData("query=rate({app%3D\"shop\"}[1m])", "400 only log queries can be tailed: a metric query gives numbers, not lines")]
    [InlineData("query={app%3D\"shop\"}&delay_for=6", "400 delay_for can't be greater than 5 seconds or less than 0")]
    [InlineData("query={app%3D\"shop\"}&delay_for=x", "400 parameter delay_for: \"x\" is not a number of seconds")]
    [InlineData("query={app%3D\"shop\"}&limit=0", "400 limit must be a positive value")]
    [InlineData("query={app%3D\"shop\"}&limit=5001", "400 max entries limit per query exceeded, limit > max_entries_limit_per_query (5001 > 5000)")]
    public async Task What_is_wrong_is_answered_before_the_connection_is_a_WebSocket(string parameters, string error)
    {
        await using var host = await LokiHost.StartAsync(new MemoryLogSource());
        using var request = UpgradeRequest(host, parameters);
        using var response = await host.Client.SendAsync(request, TestContext.Current.CancellationToken);
        (await LokiHost.ErrorOfAsync(response)).ShouldStartWith(error);
    }

    [Fact]
    public async Task A_request_without_an_upgrade_and_the_path_of_before_version_1_are_refused()
    {
        await using var host = await LokiHost.StartAsync(new MemoryLogSource());
        (await host.ErrorAsync("tail", "query", "{app=\"shop\"}")).ShouldBe("400 tail is a WebSocket: the request has no upgrade to one");
        (await host.ErrorAsync("/loki/api/v2alpha/tail", "query", "{app=\"shop\"}")).ShouldStartWith("400 ");
    }

    [Fact]
    public async Task A_tail_beyond_the_limit_is_refused_and_one_that_is_closed_makes_room()
    {
        await using var host = await LokiHost.StartAsync(new MemoryLogSource(), tailOptions: new LogTailOptions { MaxTails = 1 });
        using var socket = await ConnectAsync(host, "query={app%3D\"shop\"}");
        using (var request = UpgradeRequest(host, "query={app%3D\"shop\"}"))
        {
            using var response = await host.Client.SendAsync(request, TestContext.Current.CancellationToken);
            (await LokiHost.ErrorOfAsync(response)).ShouldBe("400 max concurrent tail requests limit exceeded, count > limit (2 > 1)");
        }

        using var patience = new CancellationTokenSource(Patience);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", patience.Token);
        // The server lets go of it soon after it has answered.
        while (true)
        {
            var opened = host.Tails.Open(TenantId.Default, "{app=\"shop\"}", TimeSpan.Zero);
            opened.Value?.Dispose();
            if (opened.Value is not null) break;
            await Task.Delay(10, patience.Token);
        }
    }

    [Fact]
    public async Task A_tail_ends_after_its_time_with_a_reason()
    {
        var options = new LogTailOptions { MaxDuration = TimeSpan.FromMilliseconds(50) };
        await using var host = await LokiHost.StartAsync(new MemoryLogSource(), tailOptions: options);
        using var socket = await ConnectAsync(host, "query={app%3D\"shop\"}");
        using var patience = new CancellationTokenSource(Patience);
        var received = await socket.ReceiveAsync(new byte[100], patience.Token);
        received.MessageType.ShouldBe(WebSocketMessageType.Close);
        socket.CloseStatusDescription.ShouldBe("reached tail max duration limit");
    }

    private static async Task<ClientWebSocket> ConnectAsync(LokiHost host, string parameters, string? flags = null)
    {
        using var patience = new CancellationTokenSource(Patience);
        var socket = new ClientWebSocket();
        if (flags is not null) socket.Options.SetRequestHeader("X-Loki-Response-Encoding-Flags", flags);
        await socket.ConnectAsync(new UriBuilder(new Uri(host.Client.BaseAddress!, "tail?" + parameters)) { Scheme = "ws" }.Uri, patience.Token);
        return socket;
    }

    private static HttpRequestMessage UpgradeRequest(LokiHost host, string parameters)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(host.Client.BaseAddress!, "tail?" + parameters));
        request.Headers.Add("Connection", "Upgrade");
        request.Headers.Add("Upgrade", "websocket");
        request.Headers.Add("Sec-WebSocket-Version", "13");
        request.Headers.Add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        return request;
    }

    private static async Task<string> ReceiveAsync(ClientWebSocket socket)
    {
        using var patience = new CancellationTokenSource(Patience);
        var text = new MemoryStream();
        var buffer = new byte[4096];
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer, patience.Token);
            part.MessageType.ShouldBe(WebSocketMessageType.Text);
            text.Write(buffer, 0, part.Count);
            if (part.EndOfMessage) return Encoding.UTF8.GetString(text.ToArray());
        }
    }

    private static void Publish(LokiHost host, string stream, params (long Time, string Line)[] records)
    {
        using var batch = new LogBatch(MemoryBudget.Unlimited("test"));
        batch.AddStream(LabelSet.Encode([KeyValuePair.Create(stream.Split('=')[0], stream.Split('=')[1])]));
        foreach (var (time, line) in records) batch.AddEntry(time, LogLevel.Info, Encoding.UTF8.GetBytes(line), default);
        host.Tails.Publish(TenantId.Default, batch);
    }
}
