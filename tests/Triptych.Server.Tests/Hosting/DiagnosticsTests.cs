using System.Text;

namespace Triptych.Server.Tests.Hosting;

public sealed class DiagnosticsTests
{
    [Fact]
    public async Task Query_strings_are_not_printed_at_the_level_of_debugging()
    {
        const string Secret = "s3cr3t-of-a-caller";
        await using var server = new ServerProcess();
        await server.Set("TRIPTYCH_DIAGNOSTICS_LEVEL", "debug").StartAsync();
        (await Wire.GetAsync(server.Url(server.PrometheusPort, $"/api/v1/query?query=1&token={Secret}"))).Status.ShouldBe(200);
        (await Wire.GetAsync(server.Url(server.PrometheusPort, $"/nothing?token={Secret}"))).Status.ShouldBe(404);
        (await Wire.GetAsync(server.Url(server.UiPort, $"/api/nothing?token={Secret}"))).Status.ShouldBe(404);
        (await Wire.GetAsync(server.Url(server.PrometheusPort, $"/api/v1/query?token={Secret}"))).Status.ShouldBe(400);
        using (var socket = await PortTests.ConnectAsync(server.PrometheusPort))
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes($"GET /api/v1/query?token={Secret}\u0001 HTTP/9.9\r\n\r\n"));
            var answer = new byte[1024];
            var length = await socket.ReceiveAsync(answer);
            Encoding.ASCII.GetString(answer, 0, length).ShouldNotContain(" 200 ");
        }

        (await server.StopAsync()).ShouldBe(0);
        server.Error.ShouldContain("/api/v1/query", Case.Sensitive, "what is printed at this level names the endpoint of a request");
        server.Error.ShouldNotContain(Secret);
    }
}
