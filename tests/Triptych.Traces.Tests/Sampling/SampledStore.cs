using System.Buffers.Binary;
using Triptych.Columnar.Rows;
using Triptych.Model;
using Triptych.Model.Labels;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Storage.References;
using Triptych.Testing;
using Triptych.Traces.Compaction;
using Triptych.Traces.Sampling;

namespace Triptych.Traces.Tests.Sampling;

/// <summary>A traces store whose merges sample.</summary>
internal sealed class SampledStore : IAsyncDisposable
{
    public const long Second = 1_000_000_000;
    private readonly StoreFixture _fixture;

    private SampledStore(StoreFixture fixture, TraceSamplingOptions options)
    {
        _fixture = fixture;
        Options = options;
    }

    public TraceSamplingOptions Options { get; }

    public StoreFixture Fixture => _fixture;

    /// <summary>By trace, how many spans were sent.</summary>
    public Dictionary<int, int> Sent { get; } = [];

    public FakeReferences References { get; } = new();

    public TraceBlockMerger Merger => new(new TraceSampling(Options, _fixture.Store, [References]));

    /// <summary>Begins half an hour ago; tests let traces grow old by telling merges so.</summary>
    public static long Then { get; } = (StoreFixture.NowUnixNanos - (1800 * Second)) / (600 * Second) * (600 * Second);

    public static SharePolicy Share(double percentage, string service = ".*", string route = ".*", long exampleNanos = 0) => new(
        $"share {percentage} {service} {route}", percentage, LabelMatcher.Create("service", MatchOp.Regex, service),
        LabelMatcher.Create("route", MatchOp.Regex, route), exampleNanos);

    public static async Task<SampledStore> OpenAsync(params SamplingPolicy[] policies) =>
        await OpenAsync(new TraceSamplingOptions { Policies = policies.Length == 0 ? [Share(0)] : policies });

    public static async Task<SampledStore> OpenAsync(TraceSamplingOptions options, ManualClock? clock = null) =>
        new(await StoreFixture.OpenAsync(time: clock), options);

    /// <summary>A trace of a root and a child, which start a second apart.</summary>
    public static TestSpan[] Trace(int number, long? start = null, string service = "shop", string name = "GET /", byte status = 0, long durationNanos = 1000) =>
    [
        new(number, 1) { StartUnixNanos = start ?? Then + (number * 1000), Service = service, Name = name, DurationNanos = durationNanos },
        new(number, 2, 1) { StartUnixNanos = (start ?? Then + (number * 1000)) + Second, Service = "db", Name = "query", Status = status },
    ];

    public async Task FlushAsync(params IEnumerable<TestSpan>[] spans)
    {
        await AppendAsync(spans.SelectMany(static s => s));
        await _fixture.FlushAsync();
    }

    public async Task AppendAsync(IEnumerable<TestSpan> spans)
    {
        var sent = spans.ToList();
        (await _fixture.AppendAsync(sent)).Refusals.ShouldBeEmpty();
        foreach (var span in sent) Sent[span.Trace] = Sent.GetValueOrDefault(span.Trace) + 1;
    }

    /// <summary>Merges blocks, all if none are named; what the merge said of sampling.</summary>
    public async Task<MergeSampling> MergeAsync(
        IEnumerable<BlockMeta>? blocks = null, long through = long.MaxValue, long window = long.MaxValue / 4, MemoryBudget? memory = null)
    {
        var sampling = new MergeSampling(through);
        var job = MergeRun.Job(
            _fixture.Catalog, _fixture.Objects, blocks ?? MergeRun.Blocks(_fixture.Catalog, Signal.Traces), window, memory: memory, sampling: sampling);
        await MergeRun.RunAsync(Merger, _fixture.Catalog, job);
        sampling.Committed?.Invoke();
        job.Memory.Used.ShouldBe(0);
        return sampling;
    }

    /// <summary>Spans of each trace that is there.</summary>
    public async Task<SortedDictionary<int, int>> TracesAsync()
    {
        var request = StoreFixture.Request(null, SpanColumns.TraceId);
        await using var scan = await _fixture.Store.OpenAsync(request, CancellationToken.None);
        var traces = new SortedDictionary<int, int>();
        while (await scan.NextAsync(CancellationToken.None) is { } batch)
        {
            for (var row = 0; row < batch.RowCount; row++)
            {
                var trace = BinaryPrimitives.ReadInt32BigEndian(batch.Column<FixedBytesColumn>(0)[row][12..]);
                traces[trace] = traces.GetValueOrDefault(trace) + 1;
            }
        }

        scan.Statistics.Warnings.ShouldBeEmpty();
        return traces;
    }

    public async Task<List<int>> NumbersAsync() => [.. (await TracesAsync()).Keys];

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    /// <summary>Something that refers to the traces that a test says.</summary>
    internal sealed class FakeReferences : ITraceReferences
    {
        public HashSet<int> Traces { get; } = [];

        public string? Problem { get; set; }

        /// <summary>The times that were asked for.</summary>
        public (long Min, long Max) Asked { get; private set; }

        public string Source => "fake";

        public ValueTask<string?> MarkAsync(
            TenantId tenant, TraceIdSet ids, byte mark, long minUnixNanos, long maxUnixNanos, MemoryBudget budget, CancellationToken cancellationToken)
        {
            Asked = (minUnixNanos, maxUnixNanos);
            foreach (var trace in Traces) ids.Mark(BinaryPrimitives.ReadUInt128BigEndian(TestSpan.TraceIdOf(trace)), mark);
            return ValueTask.FromResult(Problem);
        }
    }
}
