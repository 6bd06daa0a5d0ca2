using Triptych.Api.Tests.Loki;
using Triptych.Api.Tests.Tempo;
using Triptych.Columnar;
using Triptych.Columnar.Rows;
using Triptych.Query.Budgets;

namespace Triptych.Api.Tests.Operations;

/// <summary>Queries that an operator stops, as the clients of each protocol are told.</summary>
public sealed class StoppedQueryTests
{
    [Fact]
    public async Task A_client_of_Loki_is_told_that_its_query_was_stopped()
    {
        var source = new HangingSource();
        await using var host = await LokiHost.StartAsync(source);
        var answer = host.ErrorAsync("query_range", "query", "{app=\"x\"}", "start", "1699999000", "end", "1700000000");
        await source.Asked;
        var running = host.Running.List().ShouldHaveSingleItem();
        (running.Language, running.Origin.Api, running.Origin.Text).ShouldBe(("logql", "GET /loki/api/v1/query_range", "{app=\"x\"}"));
        (running.Origin.StartUnixMs, running.Origin.EndUnixMs).ShouldBe((1_699_999_000_000, 1_700_000_000_000));
        host.Running.TryStop(running.Id).ShouldBeTrue();
        (await answer).ShouldBe("499 query was stopped by an operator");
        host.Running.Count.ShouldBe(0);
        source.IsLeft.ShouldBeTrue("nothing works for it any more");
    }

    [Fact]
    public async Task A_client_of_Tempo_is_told_that_its_search_was_stopped()
    {
        var source = new HangingSource();
        await using var server = await TempoServer.StartAsync(source, new QueryLimits());
        var answer = server.GetAsync("/api/search?q=%7B%7D&start=10&end=20");
        await source.Asked;
        var running = server.Running.List().ShouldHaveSingleItem();
        (running.Language, running.Origin.Text, running.Origin.StartUnixMs, running.Origin.EndUnixMs).ShouldBe(("traceql", "{}", 10_000, 20_000));
        server.Running.TryStop(running.Id).ShouldBeTrue();
        (await answer).ShouldFail(499, "query was stopped by an operator");
        source.IsLeft.ShouldBeTrue("nothing works for it any more");
    }

    [Fact]
    public async Task A_trace_that_is_looked_up_is_listed_by_its_id()
    {
        var source = new HangingSource();
        await using var server = await TempoServer.StartAsync(source, new QueryLimits());
        var answer = server.GetAsync("/api/traces/4bf92f3577b34da6a3ce929d0e0e4736");
        await source.Asked;
        var running = server.Running.List().ShouldHaveSingleItem();
        (running.Origin.Text, running.Origin.StartUnixMs).ShouldBe(("4bf92f3577b34da6a3ce929d0e0e4736", null));
        server.Running.TryStop(running.Id);
        (await answer).ShouldFail(499, "query was stopped by an operator");
    }

    /// <summary>Answers nothing until it is cancelled.</summary>
    private sealed class HangingSource : ILogSource, ISpanSource
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => _asked.Task;

        public bool IsLeft { get; private set; }

        public async ValueTask<IRowScan> OpenAsync(RowScanRequest request, CancellationToken cancellationToken)
        {
            _asked.TrySetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }
            finally
            {
                IsLeft = true;
            }

            throw new InvalidOperationException("It was cancelled.");
        }

        public ValueTask<IReadOnlyList<byte[]>> StreamsAsync(StreamLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken) =>
            ValueTask.FromResult<IReadOnlyList<byte[]>>([]);

        public ValueTask<IReadOnlyList<LogPattern>> PatternsAsync(PatternLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken) =>
            ValueTask.FromResult<IReadOnlyList<LogPattern>>([]);

        public ValueTask<IReadOnlyList<string>> AttributeNamesAsync(
            AttributeLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<string>>([]);
    }
}
