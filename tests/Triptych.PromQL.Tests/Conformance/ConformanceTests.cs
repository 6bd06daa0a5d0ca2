using System.Globalization;
using System.Text;
using Shouldly;
using Triptych.PromQL.Planning;
using Triptych.PromQL.Syntax;
using Xunit;

namespace Triptych.PromQL.Tests.Conformance;

/// <summary>
/// All scripts of the peers. What is expected of each file stands in tests/conformance/promql-expectations.txt: how many cases are right
/// and how
/// many are refused, and, line by line with the reason, the cases that come out otherwise. To write it anew after progress, run with
/// TRIPTYCH_UPDATE_EXPECTATIONS=1.
/// </summary>
public sealed class ConformanceTests
{
    // The peers' runner delays the removal of names, which is off by default; what shows that is in these scripts.
    private static readonly string[] s_showDelay = ["name_label_dropping.test", "type_and_unit.test"];

    [Fact]
    public async Task Scripts_of_the_peers_come_out_alike_where_names_are_dropped_at_once()
    {
        Assert.SkipWhen(ConformanceFiles.Folder is null, ConformanceFiles.Missing);
        var differing = new StringBuilder();
        var right = 0;
        foreach (var file in ConformanceFiles.All().Where(file => !s_showDelay.Contains(Path.GetFileName(file))))
        {
            var results = await ScriptRunner.RunAsync(file, new PromQLOptions { Parser = ParserOptions.AllFeatures, UseStartTimestamps = true });
            right += results.Count(result => result.Outcome == CaseOutcome.Right);
            foreach (var result in results.Where(result => result.Outcome == CaseOutcome.Wrong))
            {
                differing.AppendLine(
                    CultureInfo.InvariantCulture,
                    $"{Path.GetFileName(file)}:{result.Command.Line} {result.Command.Query}\n    {result.Detail}");
            }
        }
        differing.ToString().ShouldBeEmpty();
        right.ShouldBeGreaterThan(1_000);
    }

    private static readonly string s_expectations = Path.Combine(ConformanceFiles.Root, "tests", "conformance", "promql-expectations.txt");

    [Fact]
    public async Task Scripts_of_the_peers_come_out_as_recorded()
    {
        Assert.SkipWhen(ConformanceFiles.Folder is null, ConformanceFiles.Missing);
        var recorded = File.Exists(s_expectations) ? await File.ReadAllLinesAsync(s_expectations, TestContext.Current.CancellationToken) : [];
        var known = recorded.Where(line => line.StartsWith("differs ", StringComparison.Ordinal)).Select(line => line.Split(' ')[1]).ToHashSet();
        var counts = new StringBuilder();
        var surprises = new StringBuilder();
        foreach (var file in ConformanceFiles.All())
        {
            var name = Path.GetFileName(file);
            var results = await ScriptRunner.RunAsync(file);
            var right = results.Count(result => result.Outcome == CaseOutcome.Right);
            var refused = results.Count(result => result.Outcome == CaseOutcome.Refused);
            var differing = results.Where(result => result.Outcome == CaseOutcome.Wrong).ToList();
            var line = string.Create(CultureInfo.InvariantCulture, $"file {name} right {right} refused {refused} differs {differing.Count}");
            counts.AppendLine(line);
            foreach (var result in differing.Where(result => !known.Contains($"{name}:{result.Command.Line}")))
            {
                surprises.AppendLine(
                    CultureInfo.InvariantCulture, $"{name}:{result.Command.Line} {result.Command.Query}\n    {result.Detail}");
            }
            if (Array.Find(recorded, text => text.StartsWith($"file {name} ", StringComparison.Ordinal)) is { } before
                && right < int.Parse(before.Split(' ')[3], CultureInfo.InvariantCulture))
                surprises.AppendLine(CultureInfo.InvariantCulture, $"{line}\n    recorded: {before}");
        }
        if (Environment.GetEnvironmentVariable("TRIPTYCH_UPDATE_EXPECTATIONS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(s_expectations)!);
            var kept = recorded.Where(line => !line.StartsWith("file ", StringComparison.Ordinal));
            await File.WriteAllTextAsync(s_expectations, counts + string.Join('\n', kept) + '\n', TestContext.Current.CancellationToken);
        }
        surprises.ToString().ShouldBeEmpty();
    }
}
