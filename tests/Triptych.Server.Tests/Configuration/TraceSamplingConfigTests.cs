using System.Collections;
using Triptych.Server.Configuration;
using Triptych.Traces.Sampling;

namespace Triptych.Server.Tests.Configuration;

public sealed class TraceSamplingConfigTests : IDisposable
{
    private const string Good =
        """
        storage:
          trace_sampling:
            age: 2h
            policies:
              - { name: errors, type: status_code, status_code: { status_codes: [ERROR, unset] } }
              - { name: slow, type: latency, latency: { threshold_ms: 2000 } }
              - { name: some, type: probabilistic, probabilistic: { sampling_percentage: 12.5, service: "shop|cart" } }
        """;

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Without_policies_nothing_is_sampled()
    {
        var (config, problems) = Load("storage: { trace_sampling: { age: 1m } }");
        problems.ShouldBeEmpty();
        config.Storage.TraceSampling.ToOptions().ShouldBeNull();
    }

    [Fact]
    public void Policies_are_taken_as_they_are_written()
    {
        var (config, problems) = Load(Good);
        problems.ShouldBeEmpty();
        var options = config.Storage.TraceSampling.ToOptions().ShouldNotBeNull();
        options.Age.ShouldBe(TimeSpan.FromHours(2));
        options.Policies.Count.ShouldBe(3);
        options.Policies[0].ShouldBeOfType<StatusCodePolicy>().StatusCodes.ShouldBe([2, 0]);
        options.Policies[1].ShouldBeOfType<LatencyPolicy>().ThresholdNanos.ShouldBe(2_000_000_000);
        var share = options.Policies[2].ShouldBeOfType<SharePolicy>();
        (share.Percentage, share.ExampleNanos).ShouldBe((12.5, 600_000_000_000));
        (share.Service.Matches("cart"), share.Service.Matches("carts"), share.Route.Matches("any")).ShouldBe((true, false, true));
    }

    [Fact]
    public void Other_policies_have_another_mark_and_other_names_the_same()
    {
        long MarkOf(string yaml) => Load(yaml).Config.Storage.TraceSampling.ToOptions()!.Term.Mark;
        MarkOf(Good.Replace("name: slow", "name: long", StringComparison.Ordinal)).ShouldBe(MarkOf(Good));
        MarkOf(Good.Replace("2000", "2001", StringComparison.Ordinal)).ShouldNotBe(MarkOf(Good));
        MarkOf(Good.Replace("12.5", "12", StringComparison.Ordinal)).ShouldNotBe(MarkOf(Good));
        MarkOf(Good.Replace("ERROR, unset", "ERROR", StringComparison.Ordinal)).ShouldNotBe(MarkOf(Good));
    }

    [Theory]
    [InlineData("age: 2h", "age: -1s", "storage.trace_sampling.age")]
    [InlineData("age: 2h", "memory: 1kB", "storage.trace_sampling.memory")]
    [InlineData("name: slow", "name: errors", "storage.trace_sampling.policies[1].name")]
    [InlineData("name: slow", "name: ''", "storage.trace_sampling.policies[1].name")]
    [InlineData("type: latency, ", "", "storage.trace_sampling.policies[1].type")]
    [InlineData("type: latency", "type: rate_limiting", "storage.trace_sampling.policies[1].type")]
    [InlineData("threshold_ms: 2000", "threshold_ms: 0", "storage.trace_sampling.policies[1].latency.threshold_ms")]
    [InlineData("[ERROR, unset]", "[ERROR, BAD]", "storage.trace_sampling.policies[0].status_code.status_codes[1]")]
    [InlineData("[ERROR, unset]", "[]", "storage.trace_sampling.policies[0].status_code.status_codes")]
    [InlineData("12.5", "101", "storage.trace_sampling.policies[2].probabilistic.sampling_percentage")]
    [InlineData("shop|cart", "(", "storage.trace_sampling.policies[2].probabilistic.service")]
    public void What_is_wrong_is_named(string there, string instead, string names)
    {
        var (_, problems) = Load(Good.Replace(there, instead, StringComparison.Ordinal));
        problems.ShouldContain(p => p.Message.Contains(names, StringComparison.Ordinal));
    }

    private (ServerConfig Config, IReadOnlyList<ConfigProblem> Problems) Load(string yaml)
    {
        File.WriteAllText(_file, yaml);
        return ConfigLoader.Load(_file, new Hashtable());
    }
}
