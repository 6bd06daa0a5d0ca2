using System.Text;
using Triptych.Server.Configuration;

namespace Triptych.Fuzz.Tests.Configuration;

/// <summary>Whatever a configuration file holds, reading it ends with a configuration or with problems that have a place, never an exception.</summary>
public sealed class ConfigFuzzTests
{
    private static readonly byte[][] Files =
    [
        Encoding.UTF8.GetBytes("data_dir: ./data\nlisten:\n  address: 127.0.0.1\n  ui_port: 8080\nstorage:\n  flush_size: 256MiB\n  metrics_flush_age: 2h\nquery: {timeout: 2m}\n"),
        Encoding.UTF8.GetBytes("auth:\n  mode: required\n  token: \"abc\\u00e9\"\ningest:\n  max_age: 24h # a comment\n  max_body_size: 32MiB\nhost: &h\n  enabled: false\n"),
        Encoding.UTF8.GetBytes(
            "scrape_configs:\n- job_name: a\n  scrape_interval: 15s\n  static_configs:\n  - targets: ['localhost:9090', \"b:1\"]\n    labels: {x: y}\ntail:\n- path: /var/log/*.log\n  labels:\n    app: z\n"),
    ];

    [Fact]
    public void Configuration_files() => FuzzRun.Each(Files, bytes =>
    {
        var (config, problems) = Read(Encoding.UTF8.GetString(bytes));
        foreach (var problem in problems) problem.Message.ShouldNotBeNullOrEmpty();
        if (problems.Count > 0) return;

        // What is accepted is written out as a file that means the same.
        foreach (var (path, message) in ConfigCheck.Find(config)) (path + message).ShouldNotBeNullOrEmpty();
        var written = ConfigText.Write(config);
        var (again, newProblems) = Read(written);
        newProblems.ShouldBeEmpty(written);
        ConfigText.Write(again).ShouldBe(written);
    });

    private static (ServerConfig Config, IReadOnlyList<ConfigProblem> Problems) Read(string yaml)
    {
        var config = new ServerConfig();
        var binder = new ConfigBinder("fuzz.yaml");
        binder.Bind(yaml, config);
        return (config, binder.Problems);
    }
}
