using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Triptych.Testing;

namespace Triptych.Server.Tests.Intake;

/// <summary>Elasticsearch's bulk API, newline JSON and syslog, as clients send them, and what the server has of it then.</summary>
public sealed class LogProtocolTests : IAsyncLifetime
{
    // The lease holds the UDP ports of its numbers on 127.0.0.1.
    private const string UdpAddress = "127.0.0.2";

    private readonly ServerProcess _server = new();
    private readonly PortLease _ports = new(4);

    private int TcpPort => _ports.Ports[0];

    private int TlsPort => _ports.Ports[1];

    private int UdpPort => _ports.Ports[2];

    private int ElasticsearchPort => _ports.Ports[3];

    public async ValueTask InitializeAsync()
    {
        var (cert, key) = WriteCertificate();
        var config = Path.Combine(_server.Folder, "triptych.yaml");
        await File.WriteAllTextAsync(config, string.Create(CultureInfo.InvariantCulture, $$"""
            listen:
              elasticsearch_port: {{ElasticsearchPort}}
            logs:
              syslog:
                - { transport: tcp, port: {{TcpPort}}, max_message_length: 2000, max_connections: 3 }
                - { transport: udp, address: {{UdpAddress}}, port: {{UdpPort}}, labels: { host: hostname, ip: ip_address }, static_labels: { job: datagrams } }
                - { transport: tls, port: {{TlsPort}}, static_labels: { job: sealed }, cert_file: {{cert}}, key_file: {{key}} }
            """));
        await _server.StartAsync("serve", "--config", config);
        await WaitForSyslogAsync();
    }

    // The ports are opened once the server is ready, that of TLS last.
    private async Task WaitForSyslogAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Loopback, TlsPort, limit.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(50, limit.Token);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _ports.Dispose();
    }

    [Fact]
    public async Task Bulk_requests_are_taken_below_a_prefix_and_on_a_port_of_their_own()
    {
        var now = TimeProvider.System.GetUtcNow();
        var body = string.Create(CultureInfo.InvariantCulture, $$$"""
            {"create":{"_index":"web"}}
            {"@timestamp":"{{{now:O}}}","message":"GET /","host":{"name":"a"},"log":{"level":"error"},"trace.id":"0af7651916cd43dd8448eb211c80319c","status":500}
            {"index":{"_index":"web"}}
            {"@timestamp":{{{now.ToUnixTimeMilliseconds() + 1}}},"message":"POST /"}
            {"create":{"_index":"web"}}
            {"@timestamp":"2001-01-01T00:00:00Z","message":"years ago"}
            {"delete":{"_index":"web","_id":"1"}}

            """);
        var answer = await Wire.PostAsync(
            _server.Url(_server.LokiPort, "/elasticsearch/_bulk"), Wire.Gzip(Encoding.UTF8.GetBytes(body)), "application/x-ndjson", "gzip");
        answer.Status.ShouldBe(200, answer.Text);
        using var json = JsonDocument.Parse(answer.Body);
        json.RootElement.GetProperty("errors").GetBoolean().ShouldBeTrue();
        var items = json.RootElement.GetProperty("items").EnumerateArray().Select(static i => i.EnumerateObject().Single().Value).ToList();
        items.Select(static i => i.GetProperty("status").GetInt32()).ShouldBe([201, 201, 400, 400]);
        items[2].GetProperty("error").GetProperty("reason").GetString().ShouldNotBeNull().ShouldContain("24 h");

        var own = await Wire.PostAsync(
            _server.Url(ElasticsearchPort, "/other/_bulk"),
            Encoding.UTF8.GetBytes($"{{\"create\":{{}}}}\n{{\"@timestamp\":\"{now:O}\",\"message\":\"third\"}}\n"), "application/json");
        own.Status.ShouldBe(200, own.Text);
        own.Text.ShouldContain("\"errors\":false");

        var lines = await StoredLine.ReadAsync(_server, "{index=~\"web|other\"}");
        lines.Select(static l => l.Line).Order().ShouldBe(["GET /", "POST /", "third"]);
        var first = lines.Single(static l => l.Line == "GET /");
        first.Stream["host_name"].ShouldBe("a");
        first.Stream["detected_level"].ShouldBe("error");
        first.Stream["trace_id"].ShouldBe("0af7651916cd43dd8448eb211c80319c");
        first.Stream["status"].ShouldBe("500");

        using var sources = JsonDocument.Parse((await Wire.GetAsync(_server.Url(_server.UiPort, "/api/triptych/v1/status/sources"))).Body);
        var source = sources.RootElement.GetProperty("signals").GetProperty("logs").GetProperty("sources").EnumerateArray()
            .Single(static s => s.GetProperty("protocol").GetString() == "elasticsearch_bulk");
        source.GetProperty("acceptedTotal").GetInt64().ShouldBe(3);
        source.GetProperty("refusedByReason").GetProperty("greater_than_max_sample_age").GetInt64().ShouldBe(1);
        source.GetProperty("refusedByReason").GetProperty("unsupported_action").GetInt64().ShouldBe(1);
    }

    [Theory]
    [InlineData("GET", "/", 200, "You Know, for Search")]
    [InlineData("HEAD", "/", 200, "")]
    [InlineData("GET", "/_license", 200, "active")]
    [InlineData("GET", "/_xpack", 200, "ilm")]
    [InlineData("GET", "/_cluster/health", 200, "green")]
    [InlineData("PUT", "/_index_template/filebeat-8", 200, "\"acknowledged\":true")]
    [InlineData("GET", "/_ilm/policy/filebeat", 200, "{}")]
    [InlineData("PUT", "/_ingest/pipeline/p", 200, "\"acknowledged\":true")]
    [InlineData("HEAD", "/logs-2026", 200, "")]
    [InlineData("GET", "/_search", 400, "GET /elasticsearch/_search is not supported")]
    [InlineData("POST", "/web/_search", 400, "is not supported")]
    [InlineData("POST", "/web/_doc", 400, "is not supported")]
    public async Task What_shippers_ask_at_their_start_is_answered_and_the_rest_refused_by_name(string method, string path, int status, string text)
    {
        foreach (var (port, prefix) in new[] { (ElasticsearchPort, ""), (_server.LokiPort, "/elasticsearch"), (_server.UiPort, "/elasticsearch") })
        {
            var answer = await Wire.SendAsync(new HttpRequestMessage(new HttpMethod(method), _server.Url(port, prefix + path)));
            answer.Status.ShouldBe(status, answer.Text);
            answer.Text.ShouldContain(text);
        }
    }

    [Fact]
    public async Task Newline_json_is_taken_with_its_fields_named_by_the_request()
    {
        var now = TimeProvider.System.GetUtcNow();
        var body = Encoding.UTF8.GetBytes($$"""
            {"when":{{now.ToUnixTimeMilliseconds()}},"text":"first","kind":"a","user":"u1"}
            {"when":{{now.ToUnixTimeMilliseconds()}},"text":"second","kind":"b"}
            """);
        const string path = "/api/triptych/v1/logs/ndjson?time_field=when&message_field=text&stream_fields=kind&labels=job=nd";
        (await Wire.PostAsync(_server.Url(_server.LokiPort, path), body, "application/x-ndjson")).Status.ShouldBe(204);
        (await Wire.PostAsync(_server.Url(_server.LokiPort, path), body, "application/x-ndjson")).Status.ShouldBe(204, "a resend");
        var other = await Wire.PostAsync(_server.Url(_server.LokiPort, "/api/triptych/v1/logs/ndjson"), body, "application/x-ndjson", change: static r =>
        {
            r.Headers.Add("X-Triptych-Time-Field", "when");
            r.Headers.Add("X-Triptych-Message-Field", "text");
            r.Headers.Add("X-Triptych-Labels", "job=nd2");
        });
        other.Status.ShouldBe(204, other.Text);

        var lines = await StoredLine.ReadAsync(_server, "{job=\"nd\"}");
        lines.Select(static l => (l.Line, l.Stream["kind"])).Order().ShouldBe([("first", "a"), ("second", "b")]);
        lines.Single(static l => l.Line == "first").Stream["user"].ShouldBe("u1");
        (await StoredLine.ReadAsync(_server, "{job=\"nd2\"}")).Count.ShouldBe(2, "the same body with other labels is another request");

        var partly = await Wire.PostAsync(_server.Url(_server.LokiPort, path), [.. "{\n"u8, .. body], "application/x-ndjson");
        partly.ShouldBeOneLine(400, "not JSON", "total ignored: 1 out of 3");
        var wrong = await Wire.PostAsync(_server.Url(_server.LokiPort, path + "&labels=9=x"), body, "application/x-ndjson");
        wrong.ShouldBeOneLine(400, "9=x");
    }

    [Fact]
    public async Task Syslog_over_tcp_is_taken_in_both_framings_and_what_is_too_long_passed_over()
    {
        var now = TimeProvider.System.GetUtcNow();
        var time = now.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
        var counted = $"<11>1 {time} web shop 7 - [x@1 k=\"v\"] counted\nwith two lines";
        var sent = $"{Encoding.UTF8.GetByteCount(counted)} {counted}<14>1 {time} web shop - - - ended\n<14>1 {time} web shop - - - {new string('x', 3000)}\n"
            + $"5000 {new string('y', 5000)}<14>1 {time} web shop - - - last";
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(IPAddress.Loopback, TcpPort);
            await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(sent));
        }

        var lines = await StoredLine.WaitAsync(_server, "{job=\"syslog\", host=\"web\"}", 3);
        lines.Select(static l => l.Line).Order().ShouldBe(["counted\nwith two lines", "ended", "last"]);
        var first = lines.Single(static l => l.Line.StartsWith("counted", StringComparison.Ordinal)).Stream;
        (first["app"], first["severity"], first["facility"], first["detected_level"]).ShouldBe(("shop", "error", "user", "error"));
        (first["proc_id"], first["x_1_k"]).ShouldBe(("7", "v"));
        (await RefusedAsync("line_too_long")).ShouldBe(2);
    }

    [Fact]
    public async Task Syslog_over_udp_is_taken_a_message_a_datagram()
    {
        using var client = new UdpClient();
        for (var i = 0; i < 20; i++)
        {
            await client.SendAsync(Encoding.UTF8.GetBytes($"<13>1 - web app - - - datagram {i}"), new IPEndPoint(IPAddress.Parse(UdpAddress), UdpPort));
        }

        var lines = await StoredLine.WaitAsync(_server, "{job=\"datagrams\"}", 20);
        lines.Count.ShouldBe(20);
        lines[0].Stream["ip"].ShouldStartWith("127.0.0.");
        lines[0].Stream["app_name"].ShouldBe("app");
    }

    [Fact]
    public async Task Syslog_over_tls_is_taken_and_without_tls_is_refused_and_counted()
    {
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(IPAddress.Loopback, TlsPort);
            await using var tls = new SslStream(client.GetStream());
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    RevocationMode = X509RevocationMode.NoCheck,
                    CustomTrustStore = { X509CertificateLoader.LoadCertificateFromFile(Path.Combine(_server.Folder, "cert.pem")) },
                },
            });
            await tls.WriteAsync("<13>1 - web app - - - behind a seal\n"u8.ToArray());
            await tls.ShutdownAsync();
        }

        (await StoredLine.WaitAsync(_server, "{job=\"sealed\"}", 1)).ShouldHaveSingleItem().Line.ShouldBe("behind a seal");

        using var plain = new TcpClient();
        await plain.ConnectAsync(IPAddress.Loopback, TlsPort);
        await plain.GetStream().WriteAsync("<13>1 - web app - - - in the clear\n"u8.ToArray());
        (await ReadToEndAsync(plain)).ShouldBeTrue();
        (await StoredLine.ReadAsync(_server, "{job=\"sealed\"}")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Connections_beyond_the_most_are_closed_and_counted()
    {
        var clients = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 3; i++)
            {
                var client = new TcpClient();
                clients.Add(client);
                await client.ConnectAsync(IPAddress.Loopback, TcpPort);
                await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes($"<13>1 - many m{i} - - - one of three\n"));
            }

            (await StoredLine.WaitAsync(_server, "{host=\"many\"}", 3)).Count.ShouldBe(3, "all three are being read");
            using var further = new TcpClient();
            await further.ConnectAsync(IPAddress.Loopback, TcpPort);
            (await ReadToEndAsync(further)).ShouldBeTrue();
            (await RefusedAsync("too_many_connections")).ShouldBe(1);
        }
        finally
        {
            clients.ForEach(static c => c.Dispose());
        }
    }

    /// <summary>True once the server has ended the connection.</summary>
    private static async Task<bool> ReadToEndAsync(TcpClient client)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            var buffer = new byte[256];
            while (await client.GetStream().ReadAsync(buffer, limit.Token) > 0)
            {
                // An alert of TLS says why before the end.
            }
        }
        catch (IOException)
        {
            // Reset: ended as well.
        }

        return true;
    }

    private async Task<long> RefusedAsync(string reason)
    {
        using var sources = JsonDocument.Parse((await Wire.GetAsync(_server.Url(_server.UiPort, "/api/triptych/v1/status/sources"))).Body);
        return sources.RootElement.GetProperty("signals").GetProperty("logs").GetProperty("sources").EnumerateArray()
            .Where(static s => s.GetProperty("protocol").GetString() == "syslog")
            .Sum(s => s.GetProperty("refusedByReason").TryGetProperty(reason, out var count) ? count.GetInt64() : 0);
    }

    private (string Cert, string Key) WriteCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddHours(-1), now.AddHours(24));
        var (certFile, keyFile) = (Path.Combine(_server.Folder, "cert.pem"), Path.Combine(_server.Folder, "key.pem"));
        File.WriteAllText(certFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        return (certFile, keyFile);
    }
}
