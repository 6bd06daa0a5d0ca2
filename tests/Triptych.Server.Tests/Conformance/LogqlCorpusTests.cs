using Triptych.LogQL.Tests.Conformance;

namespace Triptych.Server.Tests.Conformance;

/// <summary>The corpus of LogQL over push and HTTP API of a running server: the same cases that the engine is tested with.</summary>
public sealed class LogqlCorpusTests : IAsyncDisposable
{
    private readonly ServerProcess _server = new();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task The_server_answers_as_documented()
    {
        await _server.StartAsync();
        var corpus = new LogqlServer(_server, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 2000);
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
