namespace Triptych.Server.Tests.Hosting;

public sealed class CommandLineTests : IAsyncDisposable
{
    private readonly ServerProcess _server = new();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Check_config_says_ok_and_ends_with_0()
    {
        await WriteAsync("good.yaml", "listen: { ui_port: 1234 }\n");
        var result = await _server.RunAsync("check", "config", "good.yaml");
        result.ExitCode.ShouldBe(0);
        result.Output.Trim().ShouldBe("good.yaml: ok");
        result.Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task Check_config_tells_every_problem_and_ends_with_1()
    {
        await WriteAsync("good.yaml", "");
        await WriteAsync("bad.yaml", "listen:\n  prot: 1\nscrape_configs:\n  - job_name: a\n    kubernetes_sd_configs: []\n");
        var result = await _server.RunAsync("check", "config", "good.yaml", "bad.yaml");
        result.ExitCode.ShouldBe(1);
        var lines = result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(2);
        lines[0].ShouldStartWith("bad.yaml:2:3: unknown key \"prot\"");
        lines[1].ShouldStartWith("bad.yaml:5:5: unknown key \"kubernetes_sd_configs\"");
    }

    [Theory]
    [InlineData("--no-such-flag")]
    [InlineData("serve --no-such-flag")]
    [InlineData("serve --config")]
    [InlineData("no-such-command")]
    [InlineData("check config")]
    public async Task A_wrong_command_line_is_one_line_and_ends_with_2(string commandLine) =>
        (await _server.RunAsync(commandLine.Split(' '))).ShouldBeOneLine(2, "triptych: ", "--help");

    [Theory]
    [InlineData("--nonsense", "--nonsense")]
    [InlineData("--nonsense --data-dir d", "--nonsense")]
    [InlineData("--data-dir d --nonsense", "--nonsense")]
    [InlineData("serve --nonsense", "--nonsense")]
    [InlineData("nonsense", "nonsense")]
    [InlineData("nonsense --config f.yaml", "nonsense")]
    [InlineData("check nonsense", "nonsense")]
    [InlineData("--data-dir d check config", "check")]
    public async Task What_is_wrong_in_a_command_line_is_named(string commandLine, string named) =>
        (await _server.RunAsync(commandLine.Split(' '))).ShouldBeOneLine(2, $"'{named}'", "--help");

    [Fact]
    public async Task Without_a_command_it_serves_with_the_options_of_serve()
    {
        await WriteAsync("bad.yaml", "listen:\n  prot: 1\n");
        (await _server.RunAsync("--config", "bad.yaml", "--data-dir", "d")).ShouldBeOneLine(2, "bad.yaml:2:3", "\"prot\"");
        await WriteAsync("good.yaml", "");
        var data = Path.Combine(_server.Folder, "elsewhere");
        await _server.StartAsync("--config", "good.yaml", "--data-dir", data);
        Directory.Exists(data).ShouldBeTrue();
        Directory.Exists(_server.DataDirectory).ShouldBeFalse();
    }

    [Fact]
    public async Task Serve_names_a_variable_that_is_no_option()
    {
        _server.Set("TRIPTYCH_LISTEN_NONSENSE", "x");
        (await _server.RunAsync("serve")).ShouldBeOneLine(2, "TRIPTYCH_LISTEN_NONSENSE");
    }

    [Fact]
    public async Task Check_config_tells_of_a_file_of_secrets_that_is_not_there()
    {
        await WriteAsync("auth.yaml", "auth:\n  token_file: /none/such\n");
        (await _server.RunAsync("check", "config", "auth.yaml")).ShouldBeOneLine(1, "auth.yaml:2:3: auth.token_file");
    }

    [Fact]
    public async Task A_configuration_that_cannot_be_read_is_one_line_and_ends_with_2() =>
        (await _server.RunAsync("serve", "--config", "none.yaml")).ShouldBeOneLine(2, "none.yaml: cannot be read");

    [Fact]
    public async Task A_wrong_key_is_one_line_with_its_place_and_ends_with_2()
    {
        await WriteAsync("bad.yaml", "listen:\n  prot: 1\n");
        (await _server.RunAsync("serve", "--config", "bad.yaml")).ShouldBeOneLine(2, "bad.yaml:2:3", "\"prot\"");
    }

    [Fact]
    public async Task Help_and_schema_are_printed()
    {
        (await _server.RunAsync("--help")).Output.ShouldContain("serve");
        var schema = await _server.RunAsync("schema");
        schema.ExitCode.ShouldBe(0);
        schema.Output.ShouldStartWith("{");
    }

    private Task WriteAsync(string name, string yaml) => File.WriteAllTextAsync(Path.Combine(_server.Folder, name), yaml);
}
