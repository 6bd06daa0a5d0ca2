using Triptych.TraceQL.Tests.Conformance;

namespace Triptych.Server.Tests.Conformance;

/// <summary>The corpus of TraceQL over OTLP and HTTP API of a running server: the same cases that the engine is tested with.</summary>
public sealed class TraceqlCorpusTests : IAsyncDisposable
{
    private readonly ServerProcess _server = new();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task The_server_answers_as_documented()
    {
        await _server.StartAsync();
        // A whole hour, so that steps begin where the corpus says.
        var begin = (TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 2_000) / 3_600 * 3_600;
        var corpus = new TraceqlServer(_server, begin);
        var problems = new List<string>();
        foreach (var file in CorpusFile.Names)
        {
            foreach (var asked in CorpusFile.Read(file))
            {
                if ((await corpus.AskAsync(asked)).Problem(asked) is { } problem) problems.Add(problem);
            }
        }

        string.Join("\n", problems).ShouldBeEmpty();
    }
}
