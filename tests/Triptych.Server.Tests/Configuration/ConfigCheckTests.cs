using System.Collections;
using Triptych.Server.Configuration;

namespace Triptych.Server.Tests.Configuration;

public sealed class ConfigCheckTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("triptych-config-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("http://x/metrics", "\"http://x/metrics\" is not host:port", "metrics_path")]
    [InlineData("a b", "\"a b\" is not host:port")]
    [InlineData("", "empty")]
    [InlineData(" ", "is not host:port")]
    [InlineData("a\\nb:1", "is not host:port")]
    [InlineData("a:", "\"a:\" is not host:port")]
    [InlineData(":80", "is not host:port")]
    [InlineData("a:0", "is not host:port")]
    [InlineData("a:65536", "is not host:port")]
    [InlineData("a:+1", "is not host:port")]
    [InlineData("a:http", "is not host:port")]
    [InlineData("a:1:2", "is not host:port")]
    [InlineData("a:1/metrics", "is not host:port", "metrics_path")]
    [InlineData("a#b:1", "is not host:port")]
    [InlineData("::1", "is not host:port")]
    [InlineData("[::1", "is not host:port")]
    [InlineData("[127.0.0.1]:1", "is not host:port")]
    [InlineData("[]:1", "is not host:port")]
    [InlineData("[::1]1", "is not host:port")]
    [InlineData("a:1?token=s3cret", "params")]
    [InlineData("u:s3cret@localhost:1", "basic_auth")]
    [InlineData("s3cret@localhost", "basic_auth")]
    [InlineData("http://u:s3cret@localhost:1/x", "basic_auth")]
    public void A_target_that_is_no_address_is_a_problem_at_its_place(string target, params string[] texts)
    {
        var problem = Load($"scrape_configs:\n- job_name: j\n  static_configs:\n  - targets: [\"fine:1\", \"{target}\"]\n").ShouldHaveSingleItem();
        (problem.Line, problem.Column).ShouldBe((4, 25));
        problem.Message.ShouldStartWith("scrape job \"j\": ");
        problem.ToString().ShouldNotContain('\n');
        problem.Message.ShouldNotContain("s3cret");
        foreach (var text in texts) problem.Message.ShouldContain(text);
    }

    [Theory]
    [InlineData("promql-experimental-functions", "promql-experimental-functions", null)]
    [InlineData("promql-at-modifier", "promql-binop-fill-modifiers", null)]
    [InlineData("promql-experimental-functions", "st-synthesis", "feature \"st-synthesis\" is not supported: ")]
    [InlineData("use-start-timestamps", "type-and-unit-labels", null)]
    [InlineData("promql-experimental-functions", "promql-experimental-function", "unknown feature \"promql-experimental-function\": known are ")]
    public void A_feature_that_cannot_be_switched_on_is_a_problem_at_its_line(string first, string second, string? text)
    {
        var problems = Load($"metrics:\n  promql:\n    enable_features:\n    - {first}\n    - {second}\n");
        if (text is null)
        {
            problems.ShouldBeEmpty();
            return;
        }

        var problem = problems.ShouldHaveSingleItem();
        (problem.Line, problem.Column).ShouldBe((5, 7));
        problem.Message.ShouldStartWith("metrics.promql.enable_features[1]: " + text);
    }

    [Theory]
    [InlineData("localhost:9090")]
    [InlineData("127.0.0.1:65535")]
    [InlineData("[::1]:9100")]
    [InlineData("[fe80::1]")]
    [InlineData("a-b_c.example.com:1")]
    [InlineData("example.com")]
    [InlineData("bücher.example:80")]
    public void A_target_is_a_host_with_or_without_a_port(string target) =>
        Load($"scrape_configs:\n- job_name: j\n  static_configs:\n  - targets: [\"{target}\"]\n").ShouldBeEmpty();

    [Theory]
    [InlineData("a-b", "\"a-b\"")]
    [InlineData("a.b", "\"a.b\"")]
    [InlineData("9a", "\"9a\"")]
    [InlineData("", "\"\"")]
    [InlineData("a b", "\"a b\"")]
    [InlineData("é", "\"é\"")]
    [InlineData("a\\nb", "a name")]
    public void A_label_that_a_pushed_stream_could_not_have_is_a_problem_at_its_place(string name, string text)
    {
        var problem = Load($"tail:\n- paths: [/x]\n  labels: {{\"fine\": y, \"{name}\": z}}\n").ShouldHaveSingleItem();
        (problem.Line, problem.Column).ShouldBe((3, 23));
        problem.Message.ShouldContain(text);
        problem.Message.ShouldContain("tail[0].labels");
        problem.ToString().ShouldNotContain('\n');
    }

    [Theory]
    [InlineData("_a")]
    [InlineData("A9_b")]
    [InlineData("a:b")]
    public void A_label_of_a_tailed_file_may_be_called_as_that_of_a_pushed_stream(string name) =>
        Load($"tail:\n- paths: [/x]\n  labels: {{\"{name}\": z}}\n").ShouldBeEmpty();

    [Theory]
    [InlineData("auth:\n  token_file: /none/such\n", 2, "auth.token_file cannot be read: ")]
    [InlineData("auth:\n  token_file: ''\n", 2, "auth.token_file is empty")]
    [InlineData("auth:\n  token_file: /\n", 2, "auth.token_file cannot be read: ")]
    [InlineData("auth:\n  username: u\n  password_file: /none/such\n", 3, "auth.password_file cannot be read: ")]
    [InlineData("storage:\n  metastore:\n    type: postgres\n    password_file: /none/such\n", 4, "storage.metastore.password_file cannot be read: ")]
    [InlineData(
        "storage:\n  object_store:\n    {type: s3, endpoint: http://x, bucket: abc, access_key: a,\n    secret_key_file: /none/such}\n", 4,
        "storage.object_store.secret_key_file cannot be read: ")]
    public void A_file_of_secrets_that_cannot_be_read_is_a_problem_at_its_key(string yaml, int line, string text)
    {
        Load(yaml).ShouldBeEmpty("only the server needs the file");
        var problem = LoadForServer(yaml).ShouldHaveSingleItem();
        problem.Line.ShouldBe(line);
        problem.Message.ShouldStartWith(text);
        problem.ToString().ShouldNotContain('\n');
        problem.IsOfHost.ShouldBeTrue();
    }

    [Theory]
    [InlineData("auth:\n  mode: none\n  token_file: /none/such\n")]
    [InlineData("storage:\n  metastore:\n    password_file: /none/such\n")]
    public void A_file_of_secrets_that_is_not_used_may_be_missing(string yaml) => LoadForServer(yaml).ShouldBeEmpty();

    [Fact]
    public void A_file_of_secrets_that_is_there_is_no_problem()
    {
        var file = Path.Combine(_folder, "tokens");
        File.WriteAllText(file, "t");
        LoadForServer($"auth:\n  token_file: {file}\n").ShouldBeEmpty();
    }

    private IReadOnlyList<ConfigProblem> Load(string yaml) => ConfigLoader.Load(Write(yaml), new Hashtable()).Problems;

    private IReadOnlyList<ConfigProblem> LoadForServer(string yaml) => ConfigLoader.LoadForServer(Write(yaml), new Hashtable()).Problems;

    private string Write(string yaml)
    {
        var file = Path.Combine(_folder, "triptych.yaml");
        File.WriteAllText(file, yaml);
        return file;
    }
}
