using System.Collections;
using Triptych.Server.Configuration;

namespace Triptych.Server.Tests.Configuration;

/// <summary>The section metrics_generator: what a Tempo file may say, what is refused, and what is shown of it.</summary>
public sealed class MetricsGeneratorConfigTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("triptych-config-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_Tempo_says_is_taken_in_its_words()
    {
        var (config, problems) = Load(
            """
            metrics_generator:
              processors: [span-metrics-count, service-graphs]
              processor:
                span_metrics:
                  histogram_buckets: [0.1, 1, 10]
                  dimensions: [http.method]
                  dimension_mappings: [{ name: where, source_labels: [cluster, zone], join: / }]
                  intrinsic_dimensions: { span_kind: false }
                  enable_target_info: true
                  span_multiplier_key: ratio
                  filter_policies:
                  - include: { match_type: regex, attributes: [{ key: resource.env, value: "prod|test" }] }
                service_graphs: { wait: 30s, max_items: 500, workers: 4, enable_client_server_prefix: true, peer_attributes: [peer.service] }
              registry: { collection_interval: 30s, stale_duration: 5m, external_labels: { cluster: eu }, inject_tenant_id_as: tenant }
              generate_native_histograms: both
            """);
        problems.ShouldBeEmpty();
        var options = config.MetricsGenerator.ToOptions();
        (options.SpanMetrics!.Count, options.SpanMetrics.Latency, options.SpanMetrics.Size).ShouldBe((true, false, false));
        options.SpanMetrics.HistogramBuckets.ShouldBe([0.1, 1, 10]);
        options.SpanMetrics.DimensionMappings.Single().SourceLabels.ShouldBe(["cluster", "zone"]);
        options.SpanMetrics.IntrinsicDimensions.SpanKind.ShouldBeFalse();
        options.SpanMetrics.SpanMultiplierKey.ShouldBe("ratio");
        options.SpanMetrics.FilterPolicies.Single().Include!.Attributes.Single().Value.ShouldBe("prod|test");
        options.SpanMetrics.FilterPolicies.Single().Exclude.ShouldBeNull();
        options.ServiceGraphs!.Wait.ShouldBe(TimeSpan.FromSeconds(30));
        options.ServiceGraphs.PeerAttributes.ShouldBe(["peer.service"]);
        options.ExternalLabels["cluster"].ShouldBe("eu");
        options.TenantLabel.ShouldBe("tenant");
        ConfigText.Write(config).ShouldContain("- 0.1\n");
    }

    [Theory]
    [InlineData("processors: [host-info]", "\"host-info\" is none of span-metrics")]
    [InlineData("processor: { span_metrics: { histogram_buckets: [1, 1] } }", "ascend")]
    [InlineData("processor: { service_graphs: { wait: 0s } }", "processor.service_graphs.wait has to be more than 0")]
    [InlineData("processor: { span_metrics: { filter_policies: [{}] } }", "neither include nor exclude")]
    [InlineData(
        "processor: { span_metrics: { filter_policies: [{ exclude: { attributes: [{ key: span.x, value: '(' }], match_type: regex } }] } }",
        "no regular expression")]
    [InlineData("processor: { span_metrics: { dimensions: [http.route, a, http_route] } }", "span_metrics.dimensions has \"http.route\" and \"http_route\", which would be one label, http_route")]
    [InlineData("processor: { service_graphs: { dimensions: [a, a] } }", "which would be one label, a")]
    [InlineData("registry: { collection_interval: 10ms }", "registry.collection_interval has to be at least 1s")]
    [InlineData("storage: { remote_write: [{ url: 'http://u:s3cret@x/' }] }", "storage.remote_write[0] has a user in its url")]
    [InlineData("storage: { path: /x }", "unknown key \"path\"")]
    [InlineData("native_histogram_bucket_factor: 1", "has to be more than 1")]
    public void What_cannot_be_is_told_at_its_line(string option, string text)
    {
        var problem = Load($"metrics_generator:\n  {option}\n").Problems.ShouldHaveSingleItem();
        problem.Line.ShouldBe(2);
        problem.Message.ShouldContain(text);
        problem.Message.ShouldNotContain("s3cret");
    }

    [Fact]
    public void Secrets_of_other_servers_are_not_shown()
    {
        var (config, problems) = Load(
            "metrics_generator: { storage: { remote_write: [{ url: 'http://x/', headers: { X-Key: s3cret }, "
            + "basic_auth: { username: u, password: s3cret } }] } }\n");
        problems.ShouldBeEmpty();
        ConfigText.Write(config).ShouldNotContain("s3cret");
        ConfigText.Write(config).ShouldContain("url: \"http://x/\"");
    }

    private (ServerConfig Config, IReadOnlyList<ConfigProblem> Problems) Load(string yaml)
    {
        var file = Path.Combine(_folder, "triptych.yaml");
        File.WriteAllText(file, yaml);
        return ConfigLoader.Load(file, new Hashtable());
    }
}
