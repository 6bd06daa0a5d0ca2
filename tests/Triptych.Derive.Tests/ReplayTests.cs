using Triptych.Derive.Series;
using Triptych.Derive.ServiceGraph;
using Triptych.Derive.SpanMetrics;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Storage.Catalog;
using Triptych.Storage.Heads;
using Triptych.Storage.ObjectStore;
using Triptych.Storage.Wal;
using Triptych.Traces;

namespace Triptych.Derive.Tests;

/// <summary>Counts follow from the records alone: whoever looks between them, saves and goes on elsewhere, or is killed, comes to the same.</summary>
public sealed class ReplayTests
{
    private const long T = Derived.StartMs;

    [Fact]
    public void A_saved_state_and_the_records_after_it_come_to_what_an_unbroken_run_comes_to()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var options = AnyOptions(random);
            var unbroken = Derived.Make(options);
            var broken = Derived.Make(options);
            var (now, saves) = (T, 0);
            for (var record = 0; record < 120; record++)
            {
                now += random.Next(20) == 0 ? random.Next(40_000) : random.Next(1_500);
                var spans = Enumerable.Range(0, random.Next(1, 8)).Select(_ => AnySpan(random, now)).ToList();

                // One is looked at all the time, the other never: what ends by the clock ends the same.
                if (random.Next(3) == 0) unbroken.Collect(now);
                unbroken.Apply(now, spans);
                broken.Apply(now, spans);
                if (random.Next(10) != 0) continue;
                var saved = broken.Save();
                broken = Derived.Make(options);
                broken.Load(saved);
                saves++;
            }

            var end = now + 30_000;
            var expected = unbroken.Samples(end, 0, options).Order().ToList();
            var found = broken.Samples(end, 0, options).Order().ToList();
            found.Where(static s => !IsMarker(s)).ShouldBe(expected.Where(static s => !IsMarker(s)), $"seed {seed}, {saves} saves");
            expected.Count.ShouldBeGreaterThan(10);
        }
    }

    [Fact]
    public void Cut_or_changed_states_are_refused_and_none_ends_otherwise()
    {
        var options = new DerivationOptions { Histograms = HistogramForm.Both };
        var derivation = Derived.Make(options);
        var random = new Random(3);
        for (var i = 0; i < 30; i++) derivation.Apply(T + i, AnySpan(random, T + i));
        var saved = derivation.Save();
        for (var length = 0; length < saved.Length; length += 1 + (length / 50))
            Should.Throw<InvalidDataException>(() => Derived.Make(options).Load(saved.AsSpan(0, length)), $"cut at {length}");
        for (var at = 0; at < saved.Length; at++)
        {
            var changed = saved.ToArray();
            changed[at] ^= (byte)(1 << random.Next(8));
            try
            {
                Derived.Make(options).Tap(d => d.Load(changed)).Collect(T + 100);
            }
            catch (InvalidDataException)
            {
                // Refused, as it should be where the change is seen.
            }
        }
    }

    [Fact]
    public void Counts_of_another_shape_begin_anew_and_all_else_goes_on()
    {
        var before = Derived.Make();
        before.Apply(T, new TestSpan(1, 1));
        var options = new DerivationOptions { SpanMetrics = new SpanMetricsOptions { HistogramBuckets = [1, 2] } };
        var after = Derived.Make(options);
        after.Load(before.Save());
        after.Newest(T + 1, options).Keys.ShouldAllBe(static k => k.StartsWith("traces_service_graph", StringComparison.Ordinal));
        after.Newest(T + 1, options).ShouldNotBeEmpty();

        var without = Derived.Make(new DerivationOptions { SpanMetrics = null });
        without.Load(before.Save());
        without.Newest(T + 1).Keys.ShouldAllBe(static k => k.StartsWith("traces_service_graph", StringComparison.Ordinal));
        without.Newest(T + 1).ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Counts_outlive_a_kill_at_any_point_between_flushes(bool flushes)
    {
        var random = new Random(flushes ? 1 : 2);
        var disk = new FaultyDisk();
        var metastore = new MemoryMetastore();
        var expected = Derived.Make();
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var clock = new ManualClock(DateTimeOffset.FromUnixTimeMilliseconds(now));
        for (var life = 0; life < 6; life++)
        {
            var derivation = Derived.Make();
            await using var services = await StoreServices.OpenAsync(disk, metastore, clock);
            await using var store = new TraceStore(new TraceStoreOptions(), services.Heads, services.Storage, derivation);
            await store.RecoverAsync(CancellationToken.None);
            for (var record = 0; record < 20; record++)
            {
                var spans = Enumerable.Range(0, 5).Select(i => AnySpan(random, now) with { Trace = (life * 1000) + record, Id = i + 1, Parent = i }).ToList();
                using var batch = TestSpan.Batch(spans);
                var result = await store.AppendAsync(new AppendContext(TenantId.Default, null), batch, CancellationToken.None);
                result.Accepted.ShouldBe(5);
                expected.Apply(clock.GetUtcNow().ToUnixTimeMilliseconds(), spans);
                clock.Advance(TimeSpan.FromMilliseconds(random.Next(2_000)));
                if (flushes && random.Next(8) == 0) await store.FlushAllAsync(CancellationToken.None);
            }

            // Disposed without a flush, as by a kill; the next life replays.
            SortedDictionary<string, double>? newest = null;
            (await store.ObserveAsync(() => newest = derivation.Newest(clock.GetUtcNow().ToUnixTimeMilliseconds()), CancellationToken.None)).ShouldBeTrue();
            newest.ShouldBe(expected.Newest(clock.GetUtcNow().ToUnixTimeMilliseconds()), $"life {life}");
        }
    }

    private static bool IsMarker((string Series, long AtMs, double Value) sample) => Model.Metrics.SpecialValues.IsStale(sample.Value);

    private static DerivationOptions AnyOptions(Random random) => new()
    {
        Histograms = Derived.AnyForm(random),
        StaleAfter = TimeSpan.FromSeconds(random.Next(2) == 0 ? 20 : 900),
        MaxActiveSeries = random.Next(2) == 0 ? 100 : 10_000,
        ServiceGraphs = new ServiceGraphOptions { MaxItems = random.Next(2) == 0 ? 4 : 1_000, Dimensions = random.Next(2) == 0 ? ["zone"] : [] },
        SpanMetrics = new SpanMetricsOptions { Dimensions = random.Next(2) == 0 ? ["zone"] : [], EnableTargetInfo = random.Next(2) == 0 },
    };

    private static TestSpan AnySpan(Random random, long nowMs) => new(random.Next(1, 12), random.Next(1, 6), random.Next(0, 6))
    {
        Kind = (byte)random.Next(6),
        Status = (byte)random.Next(3),
        Name = $"op{random.Next(3)}",
        Service = random.Next(10) == 0 ? "" : $"s{random.Next(4)}",
        StartUnixNanos = nowMs * 1_000_000,
        DurationNanos = (long)Math.Pow(10, 4 + (6 * random.NextDouble())),
        Attributes = random.Next(4) switch
        {
            0 => TestSpan.Set(("zone", "z" + random.Next(2))),
            1 => TestSpan.Set(("peer.service", "p" + random.Next(2))),
            2 => TestSpan.Set(("db.system", "pg")),
            _ => [],
        },
        ResourceExtra = random.Next(3) == 0 ? TestSpan.Set(("os", "linux")) : [],
    };
}

/// <summary>What a traces store stands on, in memory.</summary>
internal sealed class StoreServices(StorageServices storage, LocalObjectStore objects) : IAsyncDisposable
{
    public StorageServices Storage => storage;

    public HeadOptions Heads { get; } = new()
    {
        Wal = new WalOptions { Signal = Signal.Traces, DataDirectory = "/d" },
        FlushAge = TimeSpan.FromHours(1),
    };

    public static async Task<StoreServices> OpenAsync(FaultyDisk disk, MemoryMetastore metastore, TimeProvider time)
    {
        var events = new RecordingEvents();
        var objects = new LocalObjectStore(disk, "/d/objects");
        var catalog = await BlockCatalog.OpenAsync(metastore, objects, new CatalogOptions(), time, events, CancellationToken.None);
        return new StoreServices(new StorageServices(disk, objects, metastore, catalog, time, events), objects);
    }

    public async ValueTask DisposeAsync()
    {
        await storage.Catalog.DisposeAsync();
        objects.Dispose();
    }
}
