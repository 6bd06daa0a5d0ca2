using System.Collections;
using System.Runtime.CompilerServices;
using Triptych.Server.Configuration;

namespace Triptych.Server.Tests.Configuration;

public sealed class StorageConfigTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("triptych-storage-config-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Retention_is_15_days_31_days_and_48_hours_by_default()
    {
        var retention = StorageCheck.ToRetention(new StorageConfig());
        retention.Metrics.Time.ShouldBe(TimeSpan.FromDays(15));
        retention.Logs.Time.ShouldBe(TimeSpan.FromDays(31));
        retention.Traces.Time.ShouldBe(TimeSpan.FromHours(48));
        retention.DiskBudgetBytes.ShouldBe(0);
        (retention.Metrics.SizeBytes, retention.Logs.SizeBytes, retention.Traces.SizeBytes).ShouldBe((0L, 0L, 0L));
    }

    [Fact]
    public void Times_sizes_rules_and_the_budget_are_read()
    {
        const string Yaml =
            """
            storage:
              disk_budget: 200GB
              retention:
                metrics: {time: 24h, size: 5GB}
                logs:
                  time: 7d
                  size: 20GB
                  rules:
                    - {selector: '{app="x"}', time: 1d}
                    - {selector: '{app="audit"}', time: 0}
                    - {selector: '{app="debug"}', time: 3d, size: 2GiB}
                traces: {time: 30d, size: 100GB}
              compaction: {enabled: false, workers: 2}
            web: {enable_admin_api: true}
            """;
        var (config, problems) = Load(Yaml);
        problems.ShouldBeEmpty();
        var retention = StorageCheck.ToRetention(config.Storage);
        retention.DiskBudgetBytes.ShouldBe(200_000_000_000);
        (retention.Metrics.Time, retention.Metrics.SizeBytes).ShouldBe((TimeSpan.FromHours(24), 5_000_000_000L));
        (retention.Traces.Time, retention.Traces.SizeBytes).ShouldBe((TimeSpan.FromDays(30), 100_000_000_000L));
        retention.Logs.Rules.Select(static r => (r.Matchers.Single().Value, r.Time, r.SizeBytes)).ShouldBe(
            [("x", TimeSpan.FromDays(1), 0), ("audit", TimeSpan.Zero, 0), ("debug", TimeSpan.FromDays(3), 2L << 30)]);
        config.Storage.Compaction.Enabled.ShouldBeFalse();
        config.Web.EnableAdminApi.ShouldBeTrue();
    }

    [Theory]
    [InlineData("24h-5gb", 1, 5)]
    [InlineData("7d-20gb", 7, 20)]
    [InlineData("30d-100gb", 30, 100)]
    public void The_sample_files_say_what_their_names_say(string name, int days, long gigabytes)
    {
        var (config, problems) = ConfigLoader.Load(Sample(name), new Dictionary<string, string>());
        problems.ShouldBeEmpty();
        var retention = StorageCheck.ToRetention(config.Storage);
        foreach (var signal in new[] { retention.Metrics, retention.Logs, retention.Traces })
            (signal.Time, signal.SizeBytes).ShouldBe((TimeSpan.FromDays(days), gigabytes * 1_000_000_000));
    }

    [Fact]
    public void The_sample_with_rules_keeps_what_it_says_of_each_selector()
    {
        var (config, problems) = ConfigLoader.Load(Sample("by-selector"), new Dictionary<string, string>());
        problems.ShouldBeEmpty();
        var retention = StorageCheck.ToRetention(config.Storage);
        retention.Logs.Rules.Select(static r => ($"{r.Matchers.Single()}", r.Time, r.SizeBytes)).ShouldBe(
        [
            ("audit=\"true\"", TimeSpan.FromDays(365), 0), ("level=\"debug\"", TimeSpan.FromDays(3), 2_000_000_000),
            ("namespace=~\"dev-.*\"", TimeSpan.FromDays(31), 10_000_000_000),
        ]);
        retention.Metrics.Rules.Single().SizeBytes.ShouldBe(5_000_000_000);
        (retention.Traces.Rules.Single().Matchers.Single().Name, retention.Traces.Rules.Single().SizeBytes).ShouldBe(("service.name", 1_000_000_000));
    }

    [Theory]
    [InlineData("{retention: {logs: {rules: [{selector: '{a=\"b\"}', size: -1}]}}}", "storage.retention.logs.rules[0].size")]
    [InlineData("{retention: {logs: {rules: [{selector: '{app=', time: 1d}]}}}", "storage.retention.logs.rules[0].selector")]
    [InlineData("{retention: {metrics: {rules: [{time: 1d}]}}}", "storage.retention.metrics.rules[0].selector")]
    [InlineData("{compaction: {workers: 0}}", "storage.compaction.workers has to be between 1 and 64")]
    [InlineData("{compaction: {target_block_size: 4GiB}}", "at least twice storage.compaction.target_block_size")]
    public void What_cannot_be_is_a_problem_that_names_the_option(string storage, string message) =>
        Load("storage: " + storage).Problems.ShouldHaveSingleItem().Message.ShouldContain(message);

    private (ServerConfig Config, IReadOnlyList<ConfigProblem> Problems) Load(string yaml)
    {
        var file = Path.Combine(_folder, "triptych.yaml");
        File.WriteAllText(file, yaml);
        return ConfigLoader.Load(file, new Hashtable());
    }

    private static string Sample(string name, [CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "examples", "retention", name + ".yaml");
}
