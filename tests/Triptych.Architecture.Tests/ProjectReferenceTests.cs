using System.Xml.Linq;

namespace Triptych.Architecture.Tests;

/// <summary>The project graph of docs/architecture.md: a project sees only what stands above it, and the four rules that keep its parts apart.</summary>
public class ProjectReferenceTests
{
    private static readonly string[] Order =
    [
        "Primitives", "Model", "Columnar", "Storage", "Metrics", "Logs", "Traces", "Query", "PromQL", "LogQL", "TraceQL", "Ingest",
        "Derive", "Collect", "Alerting", "Api", "Server",
    ];

    private static readonly string[] Stores = ["Metrics", "Logs", "Traces"];
    private static readonly string[] Languages = ["Query", "PromQL", "LogQL", "TraceQL"];

    public static TheoryData<string> Projects => [.. Checkout.Files("src", "*.csproj").Select(NameOf)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_projects_above_it(string project)
    {
        Order.ShouldContain(project);
        foreach (var reference in ReferencesOf(project))
        {
            Array.IndexOf(Order, reference).ShouldBeLessThan(Array.IndexOf(Order, project), $"{project} references {reference}");
        }
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Stores_and_languages_never_see_each_other(string project)
    {
        if (Stores.Contains(project)) ReferencesOf(project).Intersect(Languages).ShouldBeEmpty();
        if (Languages.Contains(project)) ReferencesOf(project).Intersect([.. Stores, "Storage"]).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Signals_never_reference_each_other(string project)
    {
        string[][] groups = [Stores, ["PromQL", "LogQL", "TraceQL"]];
        foreach (var group in groups.Where(g => g.Contains(project))) ReferencesOf(project).Intersect(group).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Only_api_and_server_reference_aspnetcore(string project)
    {
        var hasFramework = Load(project).Descendants("FrameworkReference").Any(
            r => r.Attribute("Include")!.Value.Contains("AspNetCore", StringComparison.Ordinal));
        if (project is not ("Api" or "Server")) hasFramework.ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Only_server_reads_yaml(string project)
    {
        var packages = Load(project).Descendants("PackageReference").Select(r => r.Attribute("Include")!.Value);
        if (project != "Server") packages.ShouldNotContain("YamlDotNet");
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Only_primitives_allows_unsafe_code(string project)
    {
        if (project != "Primitives") Load(project).Descendants("AllowUnsafeBlocks").ShouldBeEmpty();
    }

    private static string NameOf(string file) => Path.GetFileNameWithoutExtension(file)["Triptych.".Length..];

    private static XDocument Load(string project) => XDocument.Load(Path.Combine(Checkout.Root, "src", $"Triptych.{project}", $"Triptych.{project}.csproj"));

    private static List<string> ReferencesOf(string project) =>
        [.. Load(project).Descendants("ProjectReference").Select(r => NameOf(r.Attribute("Include")!.Value.Replace('\\', '/')))];
}
