using Triptych.Derive.Attributes;
using Triptych.Derive.ServiceGraph;

namespace Triptych.Derive.Tests;

public sealed class ServiceGraphTests
{
    private const long T = Derived.StartMs;
    private const byte Server = 2, Client = 3, Producer = 4, Consumer = 5, Error = 2;
    private static readonly DerivationOptions s_graphs = new() { SpanMetrics = null };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_call_is_one_edge_whichever_side_comes_first(bool clientFirst)
    {
        var derivation = Derived.Make(s_graphs);
        var client = new TestSpan(1, 2, 1) { Service = "shop", Kind = Client, DurationNanos = 300_000_000 };
        var server = new TestSpan(1, 3, 2) { Service = "cart", Kind = Server, DurationNanos = 200_000_000 };
        derivation.Apply(T, clientFirst ? client : server);
        Edges(derivation, T + 1).ShouldBeEmpty();
        derivation.Apply(T + 9_000, clientFirst ? server : client);

        var newest = derivation.Newest(T + 9_001);
        newest["traces_service_graph_request_total{client=\"shop\",server=\"cart\"}"].ShouldBe(1);
        newest["traces_service_graph_request_failed_total{client=\"shop\",server=\"cart\"}"].ShouldBe(0);
        newest["traces_service_graph_request_server_seconds_sum{client=\"shop\",server=\"cart\"}"].ShouldBe(0.2);
        newest["traces_service_graph_request_client_seconds_sum{client=\"shop\",server=\"cart\"}"].ShouldBe(0.3);
        newest["traces_service_graph_request_client_seconds_bucket{client=\"shop\",le=\"0.2\",server=\"cart\"}"].ShouldBe(0);
        newest["traces_service_graph_request_client_seconds_bucket{client=\"shop\",le=\"0.4\",server=\"cart\"}"].ShouldBe(1);
        newest["traces_service_graph_request_server_seconds_bucket{client=\"shop\",le=\"0.2\",server=\"cart\"}"].ShouldBe(1);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(0, false)]
    [InlineData(9, true)]
    [InlineData(9, false)]
    public void A_server_that_goes_by_its_clients_id_is_called_by_it(int parent, bool clientFirst)
    {
        var derivation = Derived.Make(s_graphs);
        var client = new TestSpan(1, 2, parent) { Service = "shop", Kind = Client };
        var server = new TestSpan(1, 2, parent) { Service = "cart", Kind = Server, Attributes = TestSpan.Set(("zipkin.shared", true)) };
        derivation.Apply(T, clientFirst ? client : server);
        derivation.Apply(T + 1, clientFirst ? server : client);
        Edges(derivation, T + 2).ShouldHaveSingleItem().ShouldContain("client=\"shop\",server=\"cart\"");
    }

    [Fact]
    public void A_call_fails_where_either_side_says_so()
    {
        var derivation = Derived.Make(s_graphs);
        for (var trace = 1; trace <= 4; trace++)
        {
            derivation.Apply(
                T, new TestSpan(trace, 2, 1) { Kind = Client, Status = trace is 2 or 4 ? Error : (byte)0 },
                new TestSpan(trace, 3, 2) { Service = "cart", Status = trace is 3 or 4 ? Error : (byte)1 });
        }

        derivation.Newest(T + 1)["traces_service_graph_request_failed_total{client=\"shop\",server=\"cart\"}"].ShouldBe(3);
        derivation.Newest(T + 2)["traces_service_graph_request_total{client=\"shop\",server=\"cart\"}"].ShouldBe(4);
    }

    [Fact]
    public void Messages_are_edges_through_a_messaging_system_and_their_time_in_between_can_be_observed()
    {
        var options = s_graphs with { ServiceGraphs = new ServiceGraphOptions { EnableMessagingSystemLatencyHistogram = true } };
        var derivation = Derived.Make(options);
        derivation.Apply(T, new TestSpan(1, 2, 1) { Kind = Producer, StartUnixNanos = T * 1_000_000, DurationNanos = 1_000_000 });
        derivation.Apply(T, new TestSpan(1, 3, 2) { Service = "mail", Kind = Consumer, StartUnixNanos = (T + 501) * 1_000_000 });
        var newest = derivation.Newest(T + 1, options);
        newest["traces_service_graph_request_total{client=\"shop\",connection_type=\"messaging_system\",server=\"mail\"}"].ShouldBe(1);
        newest["traces_service_graph_request_messaging_system_seconds_sum{client=\"shop\",connection_type=\"messaging_system\",server=\"mail\"}"].ShouldBe(0.5);
    }

    [Theory]
    [InlineData("postgresql", "db.system=postgresql")]
    [InlineData("orders", "db.system=postgresql", "db.name=orders")]
    [InlineData("pg-1", "db.system=postgresql", "server.address=pg-1")]
    [InlineData("orders", "db.system=postgresql", "db.name=orders", "server.address=/run/postgresql")]
    [InlineData("10.0.0.1:5432", "db.system=postgresql", "network.peer.address=10.0.0.1", "network.peer.port=5432")]
    [InlineData("pg", "db.system=postgresql", "peer.service=pg", "server.address=pg-1")]
    public void A_database_is_a_node_by_what_the_client_says_of_it(string name, params string[] attributes)
    {
        var derivation = Derived.Make(s_graphs);
        var set = TestSpan.Set([.. attributes.Select(static a => (a.Split('=')[0], (object)a.Split('=')[1]))]);
        derivation.Apply(T, new TestSpan(1, 2, 1) { Kind = Client, Attributes = set });
        Edges(derivation, T + 1).ShouldBe([$"{{client=\"shop\",connection_type=\"database\",server=\"{name}\"}}"]);
    }

    [Fact]
    public void Whom_a_client_names_is_a_virtual_node_when_nothing_of_it_came_in_time()
    {
        var options = s_graphs with { ServiceGraphs = new ServiceGraphOptions { EnableVirtualNodeLabel = true } };
        var derivation = Derived.Make(options);
        derivation.Apply(T, new TestSpan(1, 2, 1) { Kind = Client, Attributes = TestSpan.Set(("peer.service", "bank")), DurationNanos = 500_000_000 });
        derivation.Apply(T, new TestSpan(2, 2, 1) { Kind = Client });
        Edges(derivation, T + 10_000).ShouldBeEmpty();
        Edges(derivation, T + 11_000, options).ShouldBe(["{client=\"shop\",connection_type=\"virtual_node\",server=\"bank\",virtual_node=\"server\"}"]);
        derivation.Newest(T + 11_001, options).Single(static s => s.Key.StartsWith("traces_service_graph_request_server_seconds_sum", StringComparison.Ordinal))
            .Value.ShouldBe(0.5);

        // What comes now waits for itself, and in vain.
        derivation.Apply(T + 11_002, new TestSpan(1, 3, 2) { Service = "bank" });
        Edges(derivation, T + 30_000, options).Count.ShouldBe(1);
    }

    [Fact]
    public void A_server_without_a_parent_is_called_by_the_user()
    {
        var derivation = Derived.Make(s_graphs);
        derivation.Apply(T, new TestSpan(1, 1), new TestSpan(1, 9));
        derivation.Newest(T + 1)["traces_service_graph_request_total{client=\"user\",connection_type=\"virtual_node\",server=\"shop\"}"].ShouldBe(2);
    }

    [Fact]
    public void Internal_spans_and_spans_without_a_service_make_no_edge()
    {
        var derivation = Derived.Make(s_graphs);
        derivation.Apply(
            T, new TestSpan(1, 1) { Kind = 1 }, new TestSpan(1, 2) { Kind = 0 }, new TestSpan(1, 3) { Service = "" },
            new TestSpan(1, 4, 1) { Service = "", Kind = Client }, new TestSpan(1, 5, 4) { Service = "cart" });
        Edges(derivation, T + 60_000).ShouldBeEmpty();
    }

    [Fact]
    public void Dimensions_of_both_sides_are_told_apart_by_a_prefix()
    {
        var options = s_graphs with
        {
            ServiceGraphs = new ServiceGraphOptions { Dimensions = ["service.namespace", "zone"], EnableClientServerPrefix = true },
        };
        var derivation = Derived.Make(options);
        derivation.Apply(
            T, new TestSpan(1, 2, 1) { Kind = Client, ResourceExtra = TestSpan.Set(("service.namespace", "eu")) },
            new TestSpan(1, 3, 2) { Service = "cart", ResourceExtra = TestSpan.Set(("service.namespace", "us")), Attributes = TestSpan.Set(("zone", 4L)) });
        Edges(derivation, T + 1, options).ShouldBe(
            ["{client=\"shop\",client_service_namespace=\"eu\",server=\"cart\",server_service_namespace=\"us\",server_zone=\"4\"}"]);

        var plain = s_graphs with { ServiceGraphs = new ServiceGraphOptions { Dimensions = ["zone"] } };
        derivation = Derived.Make(plain);
        derivation.Apply(
            T, new TestSpan(1, 2, 1) { Kind = Client, Attributes = TestSpan.Set(("zone", "c")) },
            new TestSpan(1, 3, 2) { Service = "cart", Attributes = TestSpan.Set(("zone", "s")) },
            new TestSpan(2, 2, 1) { Kind = Client, Attributes = TestSpan.Set(("zone", "c")) }, new TestSpan(2, 3, 2) { Service = "cart" });
        Edges(derivation, T + 1, plain).ShouldBe(["{client=\"shop\",server=\"cart\",zone=\"c\"}", "{client=\"shop\",server=\"cart\",zone=\"s\"}"]);
    }

    [Fact]
    public void No_more_sides_wait_than_may()
    {
        var options = s_graphs with { ServiceGraphs = new ServiceGraphOptions { MaxItems = 3 } };
        var derivation = Derived.Make(options);
        for (var trace = 1; trace <= 5; trace++) derivation.Apply(T, new TestSpan(trace, 2, 1) { Kind = Client });
        for (var trace = 1; trace <= 5; trace++) derivation.Apply(T + 1, new TestSpan(trace, 3, 2) { Service = "cart" });
        derivation.Newest(T + 2, options)["traces_service_graph_request_total{client=\"shop\",server=\"cart\"}"].ShouldBe(3);
        derivation.Collect(T + 3);
        derivation.Losses().DroppedEdges.ShouldBe(2);

        // Those whose time is over make room.
        derivation.Apply(T + 60_000, new TestSpan(9, 2, 1) { Kind = Client }, new TestSpan(9, 3, 2) { Service = "cart" });
        derivation.Newest(T + 60_001, options)["traces_service_graph_request_total{client=\"shop\",server=\"cart\"}"].ShouldBe(4);
    }

    [Fact]
    public void Many_calls_in_any_order_are_exactly_their_edges()
    {
        var random = new Random(11);
        string[] services = ["a", "b", "c", "d", "e"];
        var expected = new SortedDictionary<string, double>(StringComparer.Ordinal);
        var spans = new List<TestSpan>();
        for (var call = 1; call <= 20_000; call++)
        {
            var (client, server) = (services[random.Next(5)], services[random.Next(5)]);
            spans.Add(new TestSpan(call, 2, 1) { Service = client, Kind = Client });
            spans.Add(new TestSpan(call, 3, 2) { Service = server, Kind = Server });
            var key = $"traces_service_graph_request_total{{client=\"{client}\",server=\"{server}\"}}";
            expected[key] = expected.GetValueOrDefault(key) + 1;
        }

        var derivation = Derived.Make(s_graphs);
        foreach (var chunk in spans.OrderBy(_ => random.Next()).Chunk(500)) derivation.Apply(T, chunk);
        derivation.Newest(T + 1).Where(static s => s.Key.Contains("request_total", StringComparison.Ordinal)).ToDictionary().ShouldBe(
            expected.ToDictionary(), ignoreOrder: true);
    }

    [Fact]
    public void Policies_say_which_spans_make_edges()
    {
        var options = s_graphs with
        {
            ServiceGraphs = new ServiceGraphOptions
            {
                FilterPolicies = [new FilterPolicy(null, new PolicyMatch(PolicyMatchType.Strict, [new PolicyAttribute("span.probe", "true")]))],
            },
        };
        var derivation = Derived.Make(options);
        derivation.Apply(T, new TestSpan(1, 1) { Attributes = TestSpan.Set(("probe", true)) }, new TestSpan(2, 1));
        derivation.Newest(T + 1, options)["traces_service_graph_request_total{client=\"user\",connection_type=\"virtual_node\",server=\"shop\"}"].ShouldBe(1);
    }

    private static List<string> Edges(SpanDerivation derivation, long atMs, DerivationOptions? options = null) =>
        [.. derivation.Newest(atMs, options).Keys.Where(static k => k.StartsWith("traces_service_graph_request_total", StringComparison.Ordinal))
            .Select(static k => k["traces_service_graph_request_total".Length..])];
}
