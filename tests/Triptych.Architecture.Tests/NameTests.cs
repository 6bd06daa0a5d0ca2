using System.Text.RegularExpressions;

namespace Triptych.Architecture.Tests;

/// <summary>Names that say nothing, and a few habits that a compiler does not see.</summary>
public partial class NameTests
{
    private static readonly string[] BannedParts = ["Common", "Shared", "Utils", "Helper", "Helpers", "Manager"];

    [Fact]
    public void No_type_or_folder_has_a_name_that_says_nothing()
    {
        var banned = Checkout.CSharpFiles("src").Concat(Checkout.CSharpFiles("tests")).Select(Checkout.Relative)
            .Where(f => f.Split('/', '.').Any(part => BannedParts.Any(b => part == b || part.EndsWith(b, StringComparison.Ordinal))));
        banned.ShouldBeEmpty();
    }

    [Fact]
    public void A_folder_is_a_namespace()
    {
        foreach (var file in Checkout.CSharpFiles("src"))
        {
            var folder = Path.GetDirectoryName(Checkout.Relative(file))!["src/".Length..].Replace('/', '.');
            if (NamespaceLine().Match(File.ReadAllText(file)) is { Success: true } match) match.Groups[1].Value.ShouldBe(folder, file);
        }
    }

    [Fact]
    public void Partial_types_are_only_for_source_generators()
    {
        var allowed = new[] { "LoggerMessage", "LibraryImport", "GeneratedRegex", "JsonSerializable" };
        var others = Checkout.CSharpFiles("src").Where(f => File.ReadAllText(f) is var text && PartialType().IsMatch(text) && !allowed.Any(text.Contains));
        others.Select(Checkout.Relative).ShouldBeEmpty();
    }

    [Fact]
    public void Nothing_is_left_to_do_in_a_comment()
    {
        var notes = Checkout.CSharpFiles("src").Concat(Checkout.Files("web/src", "*.ts*"))
            .Where(f => TaskNote().IsMatch(File.ReadAllText(f)));
        notes.Select(Checkout.Relative).ShouldBeEmpty("put it on the roadmap (docs/roadmap.md)");
    }

    [Fact]
    public void Nothing_names_the_host_of_a_package_registry()
    {
        var files = Checkout.Files("", "package-lock.json").Concat(Checkout.Files("", "packages.lock.json"));
        files.Where(f => File.ReadAllText(f).Contains("\"resolved\": \"http", StringComparison.Ordinal)).Select(Checkout.Relative).ShouldBeEmpty();
        Checkout.Files("", ".npmrc").Concat(Checkout.Files("", "NuGet.config")).Concat(Checkout.Files("", "nuget.config")).ShouldBeEmpty();
    }

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"\bpartial (class|struct|record|interface)\b")]
    private static partial Regex PartialType();

    [GeneratedRegex(@"//.*\b(TODO|FIXME|HACK|XXX)\b")]
    private static partial Regex TaskNote();
}
