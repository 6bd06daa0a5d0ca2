using Microsoft.Extensions.Logging.Abstractions;
using Triptych.Server.Dashboards;
using Triptych.Testing;

namespace Triptych.Server.Tests.Dashboards;

public sealed class ProvisionedFilesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("triptych-dashboards-").FullName;
    private readonly ManualClock _clock = new();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private void Write(string path, string text)
    {
        var full = Path.Combine(_directory, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    private ProvisionedFiles Open() => new(_directory, new ProvisioningEvents(NullLogger<ProvisioningEvents>.Instance), _clock);

    [Fact]
    public void Files_named_by_a_yaml_file_are_dashboards_of_its_folder()
    {
        Write("all.yaml", "apiVersion: 1\nproviders:\n  - name: team\n    folder: Team\n    type: file\n    options:\n      path: boards\n");
        Write("boards/a.json", """{"uid":"a","title":"A","tags":["t"],"version":4,"extra":1.0}""");
        Write("boards/deep/b.json", """{"dashboard":{"title":"B"}}""");
        Write("elsewhere/c.json", """{"uid":"c","title":"C"}""");
        var found = Open().Current();
        var files = found.Values.Select(static one => (one.Head.Title, one.FolderTitle, one.File));
        files.ShouldBe([("A", "Team", "a.json"), ("B", "Team", "deep/b.json")], ignoreOrder: true);
        found["a"].Head.Newest.Number.ShouldBe(4);
        System.Text.Encoding.UTF8.GetString(found["a"].Json.Span).ShouldContain("\"extra\":1.0");
    }

    [Fact]
    public void Without_a_yaml_file_directories_are_folders()
    {
        Write("top.json", """{"uid":"top","title":"Top"}""");
        Write("hosts/linux.json", """{"uid":"linux","title":"Linux"}""");
        var found = Open().Current();
        (found["top"].FolderTitle, found["linux"].FolderTitle).ShouldBe(("", "hosts"));
    }

    [Fact]
    public void A_changed_file_is_read_again_after_a_while()
    {
        Write("a.json", """{"uid":"a","title":"Before"}""");
        var files = Open();
        files.Current()["a"].Head.Title.ShouldBe("Before");
        Write("a.json", """{"uid":"a","title":"Afterwards"}""");
        files.Current()["a"].Head.Title.ShouldBe("Before");
        _clock.Advance(TimeSpan.FromSeconds(11));
        files.Current()["a"].Head.Title.ShouldBe("Afterwards");
        File.Delete(Path.Combine(_directory, "a.json"));
        _clock.Advance(TimeSpan.FromSeconds(11));
        files.Current().ShouldBeEmpty();
    }

    [Fact]
    public void Files_that_are_no_dashboards_are_left_out_and_the_others_stay()
    {
        Write("broken.json", "{");
        Write("untitled.json", "{}");
        Write("first.json", """{"uid":"same","title":"First"}""");
        Write("second.json", """{"uid":"same","title":"Second"}""");
        Open().Current().Values.Select(static one => one.Head.Title).ShouldBe(["First"]);
    }

    [Theory]
    [InlineData("providers: 3", "no list")]
    [InlineData("providers:\n  - name: x\n    type: git\n    options: {path: y}", "only file is supported")]
    [InlineData("providers:\n  - name: x", "no options.path")]
    [InlineData("providers: [", "no YAML")]
    public void A_yaml_file_that_cannot_be_read_says_why(string yaml, string reason) =>
        Should.Throw<InvalidDataException>(() => ProvisioningProvider.Read(yaml, _directory)).Message.ShouldContain(reason);

    [Fact]
    public void Without_a_directory_there_are_none() =>
        new ProvisionedFiles("", new ProvisioningEvents(NullLogger<ProvisioningEvents>.Instance), _clock).Current().ShouldBeEmpty();
}
