using System.Buffers.Binary;
using Triptych.Columnar.Rows;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Primitives.Checksums;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Storage.Deletion;
using Triptych.Storage.Heads;
using Triptych.Storage.ObjectStore;
using Triptych.Storage.Retention;
using Triptych.Testing;
using Triptych.Testing.Kills;
using Triptych.Traces.Compaction;
using Triptych.Traces.Sampling;

namespace Triptych.Traces.Tests.Sampling;

/// <summary>
/// A traces store that samples, killed before and after calls to disk, object store and metastore: no trace is ever there in part, and none is gone that had
/// to stay.
/// </summary>
public sealed class SamplingKillTests
{
    private static int Stride => Environment.GetEnvironmentVariable("TRIPTYCH_TEST_LONG") == "1" ? 1 : 9;

    [Fact]
    public async Task The_story_samples_with_merges_and_alone()
    {
        await using var world = KilledWorld.Create();
        using var crash = new CrashSwitch();
        var story = new Story();
        await using var life = await Life.OpenAsync(world, crash);
        await story.TellAsync(life);
        var lines = string.Join('\n', life.Events.Lines);
        lines.ShouldContain("merged Traces Flushed 4 1");
        lines.ShouldContain("merged Traces Sampling 1 1");
        await story.SettleAsync(life);
        (await story.CheckAsync(life, isSettled: true)).Order().ShouldBe(Story.Numbers.Where(Story.MustStay));
        TestContext.Current.TestOutputHelper!.WriteLine($"{crash.Calls} calls");
    }

    [Theory]
    [InlineData(false, Leftover.Everything)]
    [InlineData(true, Leftover.Everything)]
    [InlineData(true, Leftover.Nothing)]
    [InlineData(false, Leftover.TornWrites)]
    public async Task Killed_at_any_call_no_trace_is_there_in_part_and_none_is_gone_that_has_to_stay(bool after, Leftover leftover)
    {
        var kills = 0;
        for (var at = (int)leftover; await KillAsync(at, after, leftover); at += Stride) kills++;
        TestContext.Current.TestOutputHelper!.WriteLine($"{kills} kills");
        kills.ShouldBeGreaterThan(3);
    }

    private static async Task<bool> KillAsync(int at, bool after, Leftover leftover)
    {
        var story = new Story();
        var world = KilledWorld.Create();
        try
        {
            using (var crash = new CrashSwitch(at, after, countsReads: false))
            {
                try
                {
                    await using var life = await Life.OpenAsync(world, crash);
                    await story.TellAsync(life);
                }
                catch (Exception e) when (crash.IsDead && e is IOException or OperationCanceledException)
                {
                    // Killed, as it should be.
                }

                if (!crash.IsDead) return false;
            }

            world = await world.AfterKillAsync(leftover, seed: at);
            using var alive = new CrashSwitch();
            await using var next = await Life.OpenAsync(world, alive);
            await story.CheckAsync(next, isSettled: false);
            await story.SettleAsync(next);
            await story.CheckAsync(next, isSettled: true);
            next.Events.Lines.ShouldAllBe(static l => !l.Contains("failed", StringComparison.Ordinal));
            return true;
        }
        catch (Exception e) when (e is not KillFailedException)
        {
            throw new KillFailedException($"killed {(after ? "after" : "before")} call {at}, left {leftover}: {e.Message}", e);
        }
        finally
        {
            await world.DisposeAsync();
        }
    }

    /// <summary>Two hours of traces, each in two requests, and what upkeep makes of them.</summary>
    private sealed class Story
    {
        public const int Traces = 60;
        private const long NanosPerMs = 1_000_000;
        private const long HourMs = 3_600_000;
        private static readonly long StartMs = new ManualClock().GetUtcNow().ToUnixTimeMilliseconds() / HourMs * HourMs;
        private readonly Dictionary<int, HashSet<int>> _acknowledged = [];
        private readonly List<(Hash128 Request, List<TestSpan> Spans)> _unanswered = [];
        private ulong _requests;

        public static IEnumerable<int> Numbers => Enumerable.Range(1, Traces);

        /// <summary>Every third has an error, in its second request; every seventh is referred to.</summary>
        public static bool MustStay(int trace) => trace % 3 == 0 || trace % 7 == 0;

        public async Task TellAsync(Life life)
        {
            // An hour of several blocks, which are merged when their traces are old, and one with a single block.
            for (var quarter = 0; quarter < 4; quarter++) await FlushAsync(life, Numbers.Where(t => t <= 40 && t % 4 == quarter), quarter);
            life.World.Clock.Advance(TimeSpan.FromHours(4));
            await life.Upkeep.RunOnceAsync(life.Crash.Dead);
            await SendAsync(life, [.. Numbers.Where(static t => t > 40).SelectMany(static t => new[] { SpanOf(t, 1, 1), SpanOf(t, 2, 1) })]);
            await life.Store.FlushAllAsync(life.Crash.Dead);
            await life.Upkeep.RunOnceAsync(life.Crash.Dead);
            life.World.Clock.Advance(TimeSpan.FromHours(30));
            await life.Upkeep.RunOnceAsync(life.Crash.Dead);
        }

        public async Task SettleAsync(Life life)
        {
            foreach (var (request, spans) in _unanswered.ToArray()) await SendAsync(life, request, spans);
            await life.Store.FlushAllAsync(CancellationToken.None);
            life.World.Clock.Advance(TimeSpan.FromHours(30));
            await life.Upkeep.RunOnceAsync(CancellationToken.None);
        }

        /// <summary>Looks at what is there; returns the traces.</summary>
        public async Task<IEnumerable<int>> CheckAsync(Life life, bool isSettled)
        {
            var found = await life.ReadAsync();
            foreach (var (trace, spans) in _acknowledged)
            {
                var there = found.GetValueOrDefault(trace) ?? [];
                var mustStay = MustStay(trace) && (trace % 3 != 0 || trace % 7 == 0 || spans.Contains(2));
                if (there.Count == 0 && !mustStay) continue;

                // What was not acknowledged may be there.
                there.IsSupersetOf(spans).ShouldBeTrue($"of trace {trace} only {string.Join(' ', there)} are there");
                if (isSettled) there.Count.ShouldBe(spans.Count, $"trace {trace}");
            }

            return found.Keys;
        }

        private static TestSpan SpanOf(int trace, int id, int hour) => new(trace, id, id - 1)
        {
            StartUnixNanos = (StartMs + (hour * 2 * HourMs) + (trace * 1000) + id) * NanosPerMs,
            Status = (byte)(id == 2 && trace % 3 == 0 ? 2 : 0),
        };

        /// <summary>First spans of some traces, and second ones of those whose first came before, as a block.</summary>
        private async Task FlushAsync(Life life, IEnumerable<int> first, int quarter)
        {
            var spans = first.Select(static t => SpanOf(t, 1, 0)).ToList();
            spans.AddRange(Numbers.Where(t => t <= 40 && (t + 1) % 4 == quarter).Select(static t => SpanOf(t, 2, 0)));
            await SendAsync(life, spans);
            await life.Store.FlushAllAsync(life.Crash.Dead);
        }

        private async Task SendAsync(Life life, List<TestSpan> spans)
        {
            _requests++;
            var request = new Hash128(_requests, _requests);
            _unanswered.Add((request, spans));
            await SendAsync(life, request, spans);
        }

        private async Task SendAsync(Life life, Hash128 request, List<TestSpan> spans)
        {
            using var batch = TestSpan.Batch(spans);
            var result = await life.Store.AppendAsync(new AppendContext(TenantId.Default, request), batch, life.Crash.Dead);
            if (result.Status is not (AppendStatus.Ok or AppendStatus.Duplicate))
            {
                life.Crash.Dead.ThrowIfCancellationRequested();
                throw new KillFailedException($"an append was answered with {result.Status}");
            }

            result.Refusals.ShouldBeEmpty();
            _unanswered.RemoveAll(u => u.Request == request);
            foreach (var span in spans)
            {
                if (!_acknowledged.TryGetValue(span.Trace, out var ids)) _acknowledged[span.Trace] = ids = [];
                ids.Add(span.Id);
            }
        }
    }

    /// <summary>A store with its upkeep, from a start to a kill.</summary>
    private sealed class Life : IAsyncDisposable
    {
        private static readonly TimeSpan AnyAge = TimeSpan.FromDays(1000);
        private readonly LocalObjectStore _local;
        private readonly BlockCatalog _catalog;

        private Life(
            KilledWorld world, CrashSwitch crash, LocalObjectStore local, BlockCatalog catalog, TraceStore store, StorageUpkeep upkeep,
            RecordingUpkeepEvents events)
        {
            (World, Crash, _local, _catalog, Store, Upkeep, Events) = (world, crash, local, catalog, store, upkeep, events);
        }

        public KilledWorld World { get; }

        public CrashSwitch Crash { get; }

        public TraceStore Store { get; }

        public StorageUpkeep Upkeep { get; }

        public RecordingUpkeepEvents Events { get; }

        public static async Task<Life> OpenAsync(KilledWorld world, CrashSwitch crash)
        {
            crash.Reached = world.Reached;
            var (storageEvents, events) = (new RecordingEvents(), new RecordingUpkeepEvents());
            var (disk, metastore) = (crash.Wrap(world.Disk), crash.Wrap(world.Metastore));
            var local = new LocalObjectStore(disk, "/d/objects");
            var objects = crash.Wrap(local);
            var catalog = await BlockCatalog.OpenAsync(metastore, objects, new CatalogOptions(), world.Clock, storageEvents, crash.Dead);
            var services = new StorageServices(disk, objects, metastore, catalog, world.Clock, storageEvents);
            var heads = HeadOptions.For(Signal.Traces, "/d") with { FlushAge = AnyAge, CheckInterval = TimeSpan.FromDays(1) };
            var store = new TraceStore(new TraceStoreOptions { MaxAge = AnyAge, MaxFuture = AnyAge }, heads, services);
            try
            {
                await store.RecoverAsync(crash.Dead);
                var references = new SampledStore.FakeReferences();
                references.Traces.UnionWith(Story.Numbers.Where(static t => t % 7 == 0));
                var sampling = new TraceSamplingOptions { Policies = [new StatusCodePolicy("errors", [2]), SampledStore.Share(0)] };
                var options = new UpkeepOptions
                {
                    Retention = new RetentionOptions { Metrics = new(), Logs = new(), Traces = new() },
                    Mergers = [new TraceBlockMerger(new TraceSampling(sampling, store, [references]))],
                    Sampling = new Dictionary<Signal, SamplingTerm> { [Signal.Traces] = sampling.Term },
                    Selectors = new NoSelectors(),
                    FlushAsync = (_, token) => store.FlushAllAsync(token),
                    Usage = new DiskUsage(world.Disk, "/d", "/d/objects"),
                    Events = events,
                };
                return new Life(world, crash, local, catalog, store, await StorageUpkeep.OpenAsync(services, options, crash.Dead), events);
            }
            catch
            {
                await store.DisposeAsync();
                await catalog.DisposeAsync();
                local.Dispose();
                throw;
            }
        }

        /// <summary>Span ids by trace.</summary>
        public async Task<Dictionary<int, HashSet<int>>> ReadAsync()
        {
            var request = StoreFixture.Request(null, SpanColumns.TraceId, SpanColumns.SpanId);
            await using var scan = await Store.OpenAsync(request, CancellationToken.None);
            var traces = new Dictionary<int, HashSet<int>>();
            while (await scan.NextAsync(CancellationToken.None) is { } batch)
            {
                for (var row = 0; row < batch.RowCount; row++)
                {
                    var trace = BinaryPrimitives.ReadInt32BigEndian(batch.Column<FixedBytesColumn>(0)[row][12..]);
                    if (!traces.TryGetValue(trace, out var spans)) traces[trace] = spans = [];
                    spans.Add(BinaryPrimitives.ReadInt32BigEndian(batch.Column<FixedBytesColumn>(1)[row][4..])).ShouldBeTrue("a span is there twice");
                }
            }

            scan.Statistics.Warnings.ShouldBeEmpty();
            return traces;
        }

        public async ValueTask DisposeAsync()
        {
            await Upkeep.DisposeAsync();
            await Store.DisposeAsync();
            await _catalog.DisposeAsync();
            _local.Dispose();
        }
    }

    private sealed class NoSelectors : IDeletionSelectors
    {
        public RowSelection? Read(Signal signal, string selector, out string? error)
        {
            error = "there is no language here";
            return null;
        }
    }
}
