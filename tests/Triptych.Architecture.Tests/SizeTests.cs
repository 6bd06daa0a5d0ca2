namespace Triptych.Architecture.Tests;

/// <summary>Sizes that keep a file readable in one sitting. The list of exceptions only shrinks: an entry that is not needed any more fails too.</summary>
public class SizeTests
{
    private const int MostLines = 500;
    private const int MostTestLines = 800;

    // File → why it is longer.
    private static readonly Dictionary<string, string> LongFiles = [];

    [Fact]
    public void No_source_file_is_longer_than_500_lines_and_no_test_longer_than_800()
    {
        var files = Checkout.CSharpFiles("src").Concat(Checkout.CSharpFiles("tests")).Concat(Checkout.CSharpFiles("bench"))
            .Concat(Checkout.Files("web/src", "*.ts")).Concat(Checkout.Files("web/src", "*.tsx"));
        var tooLong = files
            .Select(f => (Path: Checkout.Relative(f), Lines: File.ReadLines(f).Count()))
            .Where(f => f.Lines > (IsTest(f.Path) ? MostTestLines : MostLines))
            .ToDictionary(f => f.Path, f => f.Lines);
        tooLong.Keys.Except(LongFiles.Keys).ShouldBeEmpty("split them by reason to change");
        LongFiles.Keys.Except(tooLong.Keys).ShouldBeEmpty("these are short enough now: take them off the list");
    }

    private static bool IsTest(string path) => path.StartsWith("tests/", StringComparison.Ordinal) || path.Contains(".test.", StringComparison.Ordinal);
}
