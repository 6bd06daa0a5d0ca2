using System.Globalization;
using System.Text;
using Triptych.PromQL.Tests.Conformance;

namespace Triptych.Server.Tests.Conformance;

/// <summary>
/// All scripts of the peers through a running server: remote write in, the HTTP API out. An answer in JSON tells neither the schema of a histogram nor what it
/// says about its counter, so bounds and counts of its buckets are compared; the engine's own tests compare the rest.
/// </summary>
public sealed class ScriptTests : IAsyncLifetime
{
    /// <summary>Scripts, or lines of them, that cannot come out alike this way, each with why.</summary>
    private static readonly Dictionary<string, string> s_excluded = new(StringComparer.Ordinal)
    {
        // The values are those of the peers, a warning is missing: whether the first histogram of a range followed a reset is told only by the one before the
        // range, which the store does not return. Prometheus knows it where both happen to lie in one chunk.
        ["native_histograms.test:1880"] = "conflicting counter resets, of which one is before the range",
        ["native_histograms.test:1885"] = "conflicting counter resets, of which one is before the range",
    };

    /// <summary>Scripts that only version 2 of remote write can carry: version 1 has no start timestamps.</summary>
    private static readonly string[] s_onlyVersion2 = ["start_timestamps.test"];

    private const string Config = """
        ingest:
          max_age: 36500d
        storage:
          retention:
            metrics:
              time: 0s
        metrics:
          promql:
            enable_features:
              - promql-experimental-functions
              - promql-extended-range-selectors
              - promql-binop-fill-modifiers
              - promql-delayed-name-removal
              - use-start-timestamps
        """;

    private readonly ServerProcess _process = new();

    public async ValueTask InitializeAsync()
    {
        if (ConformanceFiles.Folder is null) return;
        var file = Path.Combine(_process.Folder, "scripts.yaml");
        await File.WriteAllTextAsync(file, Config);
        await _process.StartAsync("serve", "--config", file);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Scripts_of_the_peers_come_out_alike_through_remote_write_and_the_API(int version)
    {
        Assert.SkipWhen(ConformanceFiles.Folder is null, ConformanceFiles.Missing);
        var differing = new StringBuilder();
        var right = 0;
        foreach (var file in ConformanceFiles.All().Where(file => IsRun(Path.GetFileName(file), version)))
        {
            var server = new ScriptServer(_process);
            server.Clear();
            foreach (var command in Script.Read(file))
            {
                var place = string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(file)}:{command.Line}");
                var problem = await RunAsync(server, command, version);
                if (problem is null) right += command is EvalCommand ? 1 : 0;
                else if (!s_excluded.ContainsKey(place)) differing.AppendLine($"{place} {(command as EvalCommand)?.Query}\n    {problem}");
            }
        }

        differing.ToString().ShouldBeEmpty();
        right.ShouldBeGreaterThan(2_100);
    }

    private static bool IsRun(string name, int version) => !s_excluded.ContainsKey(name) && (version > 1 || !s_onlyVersion2.Contains(name));

    private static async Task<string?> RunAsync(ScriptServer server, ScriptCommand command, int version)
    {
        switch (command)
        {
            case ClearCommand:
                server.Clear();
                return null;
            case LoadCommand load:
                return await server.LoadAsync(load, version);
            case EvalCommand eval:
                return await EvaluateAsync(server, eval);
            default:
                throw new InvalidOperationException($"line {command.Line}");
        }
    }

    private static async Task<string?> EvaluateAsync(ScriptServer server, EvalCommand command)
    {
        var reply = await server.AskAsync(command);
        var expected = new ExpectationCheck(command, delayedNameRemoval: true);
        if (reply.Error is { } error) return expected.CheckFailure(error);
        var problem = expected.CheckNotes(reply.Warnings, reply.Infos) ?? new AnswerCheck(command).Check(reply.Answer!);
        if (problem is not null || command.StepMs != 0 || !RangeAround.IsMeaningful(command, reply.Answer!.Kind)) return problem;
        var range = await server.AskRangeAsync(
            command.Query, command.StartMs - RangeAround.StepMs, command.StartMs + RangeAround.StepMs, RangeAround.StepMs);
        return range.Error is { } failure
            ? $"as a range query it failed: {failure}"
            : RangeAround.Difference(reply.Answer, range.Answer!, command.StartMs);
    }
}
