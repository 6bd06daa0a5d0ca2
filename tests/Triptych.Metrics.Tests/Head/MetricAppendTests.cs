using System.Text;
using Triptych.Metrics.Head;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Memory;
using Triptych.Storage.Heads;
using Triptych.Storage.Instruments;

namespace Triptych.Metrics.Tests.Head;

public sealed class MetricAppendTests : IDisposable
{
    private const long NowMs = 1_700_000_000_000;

    private readonly MemoryBudget _budget = new("head", 64 * 1024 * 1024);
    private readonly SlabPool _pool;
    private readonly MetricHead _head;

    public MetricAppendTests()
    {
        _pool = new SlabPool(_budget);
        _head = new MetricHead(_pool, _budget, maxTenants: 2);
    }

    public void Dispose()
    {
        _head.Dispose();
        _pool.Dispose();
    }

    [Fact]
    public void A_batch_of_nothing_or_of_refused_samples_makes_no_tenant()
    {
        Append("a", _ => { }).Accepted.ShouldBe(0);
        Append("b", b => AddSample(b, NowMs - 100_000_000)).Refusals.ShouldHaveSingleItem().Reason.ShouldBe("too_old");
        _head.Tenants.ShouldBeEmpty();
    }

    [Fact]
    public void A_tenant_beyond_the_most_is_refused_by_name_and_the_others_go_on()
    {
        Append("a", b => AddSample(b, NowMs)).Accepted.ShouldBe(1);
        Append("b", b => AddSample(b, NowMs)).Accepted.ShouldBe(1);
        var refused = Append("c", b => AddSample(b, NowMs, NowMs + 1));
        refused.Refusals.ShouldHaveSingleItem().Reason.ShouldBe("too_many_tenants");
        refused.Refusals[0].Count.ShouldBe(2);
        Append("a", b => AddSample(b, NowMs + 1)).Accepted.ShouldBe(1);
        _head.Tenants.Count.ShouldBe(2);
    }

    [Fact]
    public void A_series_that_came_in_other_bytes_is_the_same_series()
    {
        Append("a", b => AddWire(b, "m;x=1;y=2", 1, NowMs)).Accepted.ShouldBe(1);
        Append("a", b => AddWire(b, "y=2;m;x=1", 2, NowMs + 1)).Accepted.ShouldBe(1);
        Append("a", b => AddWire(b, "m;x=1;y=2", 1, NowMs + 2)).Accepted.ShouldBe(1);
        Append("a", b => b.AddSample(b.AddSeries(TestLabels.Of("m", "x", "1", "y", "2")), NowMs + 3, 1)).Accepted.ShouldBe(1);
        _head.Find(Tenant("a"))!.Index.Count.ShouldBe(1);
    }

    [Fact]
    public void Labels_are_read_for_the_first_batch_only()
    {
        var reader = new TestWireLabels();
        for (var i = 0; i < 3; i++) Append("a", b => AddWire(b, "m;x=1", 7, NowMs + i, reader)).Accepted.ShouldBe(1);
        reader.Calls.ShouldBe(1);
    }

    [Fact]
    public void Hashes_that_agree_in_half_of_their_bits_are_two_series()
    {
        Append("a", b => AddWire(b, "m;x=1", 7, NowMs)).Accepted.ShouldBe(1);
        Append("a", b => AddWire(b, "m;x=2", 8, NowMs)).Accepted.ShouldBe(1);
        Append("a", b => AddWire(b, "m;x=1", 7, NowMs + 1)).Accepted.ShouldBe(1);
        _head.Find(Tenant("a"))!.Index.Count.ShouldBe(2);
        _head.Find(Tenant("a"))!.SampleCount.ShouldBe(3);
    }

    [Fact]
    public void Samples_of_a_series_with_wrong_labels_are_refused_and_make_no_tenant()
    {
        var outcome = Append("a", b => AddWire(b, "!no name", 7, NowMs, times: 3));
        outcome.Accepted.ShouldBe(0);
        outcome.Refusals.ShouldHaveSingleItem().ShouldBe(new Refusal("invalid_labels", 3, "no name"));
        _head.Tenants.ShouldBeEmpty();
    }

    [Fact]
    public void An_exemplar_of_a_series_with_wrong_labels_is_not_counted_beside_its_samples()
    {
        var outcome = Append("a", b =>
        {
            AddWire(b, "!no name", 7, NowMs, times: 2);
            b.AddExemplar(NowMs, 1, LabelSet.Encode([new("trace_id", "x")]));
        });
        outcome.Refusals.ShouldHaveSingleItem().ShouldBe(new Refusal("invalid_labels", 2, "no name"));
        Append("a", b =>
        {
            AddWire(b, "!no name", 7, NowMs, times: 0);
            b.AddExemplar(NowMs, 1, LabelSet.Encode([new("trace_id", "x")]));
        }).Refusals.ShouldHaveSingleItem().Count.ShouldBe(1);
    }

    [Fact]
    public void A_sample_of_a_known_series_allocates_nothing()
    {
        const int Samples = 10_000;
        using var payload = new PooledBufferWriter();
        var step = NewStep();
        long allocated = 0;
        for (var round = 0; round < 3; round++)
        {
            using var batch = new MetricBatch(MemoryBudget.Unlimited("batch"));
            AddWire(batch, "m;x=1", 7, NowMs + (round * Samples), times: Samples);
            var scope = new AppendScope<MetricHead>
            {
                Head = _head,
                Frozen = [],
                Tenant = Tenant("a"),
                Segment = 1,
                ReceivedUnixMs = NowMs,
                Payload = payload,
            };
            payload.Reset();
            var before = GC.GetAllocatedBytesForCurrentThread();
            step.Apply(in scope, batch).Accepted.ShouldBe(Samples);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        // A few objects for each batch.
        allocated.ShouldBeLessThan(Samples);
    }

    [Fact]
    public void Ways_to_write_one_series_do_not_fill_memory()
    {
        Append("a", b => AddWire(b, "m;x=1", 0, NowMs));
        var before = _head.SizeBytes;
        for (var i = 1; i < 5000; i++) Append("a", b => AddWire(b, "m;x=1", (ulong)i, NowMs + i, high: (ulong)i << 40)).Accepted.ShouldBe(1);
        _head.Find(Tenant("a"))!.Index.Count.ShouldBe(1);
        (_head.SizeBytes - before).ShouldBeLessThan(60_000);
    }

    [Fact]
    public void The_published_size_is_the_sum_of_the_tenants()
    {
        for (var i = 0; i < 50; i++)
        {
            Append(i % 2 == 0 ? "a" : "b", b =>
            {
                AddSample(b, NowMs + i);
                b.AddHistogram(NowMs + 1000 + i, new FloatHistogram { Schema = 0, PositiveBuckets = new double[i] });
                b.AddMetadata(new MetadataEntry("m", "gauge", "", new string('h', i)));
            });
        }

        var sum = _head.Find(new TenantId("a"))!.SizeBytes + _head.Find(new TenantId("b"))!.SizeBytes;
        _head.SizeBytes.ShouldBe(sum);
        _head.IsEmpty.ShouldBeFalse();
    }

    [Fact]
    public void Histograms_metadata_and_exemplars_count_with_all_their_bytes_and_give_them_back()
    {
        Append("a", b => AddSample(b, NowMs));
        var before = _head.SizeBytes;
        Append("a", b =>
        {
            b.AddSeries(TestLabels.Of("m"));
            for (var i = 1; i <= 10; i++) b.AddHistogram(NowMs + i, new FloatHistogram { Schema = 0, PositiveBuckets = new double[1000] });
        });
        (_head.SizeBytes - before).ShouldBeInRange(80_000, 100_000);
        before = _head.SizeBytes;
        Append("a", b => b.AddMetadata(new MetadataEntry("m", "gauge", "", new string('h', 3000))));
        Append("a", b => b.AddMetadata(new MetadataEntry("m", "gauge", "", new string('i', 3000))));
        (_head.SizeBytes - before).ShouldBeInRange(12_000, 14_000);
        before = _head.SizeBytes;
        Append("a", b => AddExemplar(b, NowMs, 1, new string('x', 5000)));
        (_head.SizeBytes - before).ShouldBeInRange(5_000, 6_000);
        _head.Dispose();
        _pool.Dispose();
        _budget.Used.ShouldBe(0);
    }

    [Fact]
    public void Histograms_beyond_the_budget_are_refused_and_those_before_stay()
    {
        var result = Append("a", b =>
        {
            b.AddSeries(TestLabels.Of("m"));
            for (var i = 1; i <= 2000; i++) b.AddHistogram(NowMs + i, new FloatHistogram { Schema = 0, PositiveBuckets = new double[8000] });
        });
        result.Accepted.ShouldBeInRange(900, 1100);
        result.Refusals.ShouldHaveSingleItem().Reason.ShouldBe("memory_limit");
        (result.Accepted + result.Refusals[0].Count).ShouldBe(2000);
    }

    [Fact]
    public void A_long_help_is_cut_and_says_so_and_a_long_name_is_refused()
    {
        var result = Append("a", b =>
        {
            b.AddMetadata(new MetadataEntry("m", "gauge", "", new string('h', 100_000)));
            b.AddMetadata(new MetadataEntry(new string('n', 2000), "gauge", "", ""));
        });
        result.Refusals.ShouldHaveSingleItem().Reason.ShouldBe("metadata_too_long");
        var kept = _head.Find(new TenantId("a"))!.Metadata.ShouldHaveSingleItem();
        kept.Help.Length.ShouldBe(MetadataLimits.MaxHelpLength);
        kept.Help.ShouldEndWith("(cut)");
    }

    [Fact]
    public void What_senders_say_differently_about_a_metric_is_kept_the_newest_first_and_bounded()
    {
        var entries = Enumerable.Range(0, TenantSeries.MaxMetadataPerMetric + 2).Select(i => new MetadataEntry("m", "gauge", "", $"help {i:00}")).ToList();
        AppendBytes(b => b.AddMetadata(entries[0])).ShouldBeGreaterThan(0);
        AppendBytes(b => b.AddMetadata(entries[1])).ShouldBeGreaterThan(0);
        AppendBytes(b => b.AddMetadata(entries[0])).ShouldBe(0, "both are known, whoever speaks last");
        AppendBytes(b => b.AddMetadata(entries[1])).ShouldBe(0);
        var tenant = _head.Find(new TenantId("a"))!;
        tenant.Metadata.ShouldBe([entries[1], entries[0]]);
        foreach (var entry in entries.Skip(2).SkipLast(2)) Append("a", b => b.AddMetadata(entry));
        var full = _head.SizeBytes;
        foreach (var entry in entries.TakeLast(2)) Append("a", b => b.AddMetadata(entry));
        tenant.Metadata.ShouldBe(entries.Skip(2).Reverse());
        _head.SizeBytes.ShouldBe(full);
    }

    [Fact]
    public void An_exemplar_equal_to_the_last_of_its_series_is_left_out()
    {
        var written = AppendBytes(b => AddExemplar(b, NowMs, 1, "x"));
        written.ShouldBeGreaterThan(0);
        AppendBytes(b => AddExemplar(b, NowMs, 1, "x")).ShouldBe(0);
        _head.Find(new TenantId("a"))!.Exemplars.Count().ShouldBe(1);
        Append("a", b => AddExemplar(b, NowMs, 2, "x"));
        Append("a", b => AddExemplar(b, NowMs, 2, "y"));
        Append("a", b => AddExemplar(b, NowMs + 1, 2, "y"));
        Append("a", b => AddExemplar(b, NowMs + 1, 2, "y", metric: "other"));
        _head.Find(new TenantId("a"))!.Exemplars.Count().ShouldBe(5);
    }

    [Fact]
    public void Samples_of_synthetic_series_are_kept_and_counted_nowhere()
    {
        Action<MetricBatch> fill = b =>
        {
            AddSample(b, NowMs, NowMs - 100_000_000);
            b.AddSeries(TestLabels.Of("target_info"), isSynthetic: true);
            b.AddSample(NowMs - 100_000_000, 1);
            b.AddSample(NowMs, 1);
        };
        var first = Append("a", fill);
        (first.Accepted, first.Duplicates).ShouldBe((1, 0));
        first.Refusals.ShouldHaveSingleItem().Count.ShouldBe(1);
        _head.Find(new TenantId("a"))!.SampleCount.ShouldBe(2);
        var again = Append("a", fill);
        (again.Accepted, again.Duplicates).ShouldBe((1, 1));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Another_value_at_the_newest_time_is_refused_by_name_and_the_same_one_is_not(bool withStart)
    {
        Append("a", b => Add(b, NowMs, 1)).Refusals.ShouldBeEmpty();
        Append("a", b => Add(b, NowMs, 1)).Refusals.ShouldBeEmpty();
        var other = Append("a", b =>
        {
            Add(b, NowMs, 2);
            b.AddSample(NowMs + 1, 3);
        });
        var refusal = other.Refusals.ShouldHaveSingleItem();
        (refusal.Reason, refusal.Count, other.Accepted).ShouldBe(("duplicate_sample", 1, 1));
        refusal.Detail.ShouldStartWith($"duplicate sample for timestamp {NowMs} ms");
        refusal.Detail.ShouldContain("m");
        _head.Find(new TenantId("a"))!.SampleCount.ShouldBe(2);

        void Add(MetricBatch batch, long timeMs, double value)
        {
            batch.AddSeries(TestLabels.Of("m"));
            if (withStart) batch.AddSampleSince(NowMs - 1000, timeMs, value);
            else batch.AddSample(timeMs, value);
        }
    }

    private static void AddSample(MetricBatch batch, params long[] timesMs)
    {
        batch.AddSeries(TestLabels.Of("m"));
        foreach (var time in timesMs) batch.AddSample(time, 1);
    }

    private static void AddExemplar(MetricBatch batch, long timeMs, double value, string traceId, string metric = "m")
    {
        batch.AddSeries(TestLabels.Of(metric));
        batch.AddExemplar(timeMs, value, LabelSet.Encode([new("trace_id", traceId)]));
    }

    private AppendOutcome Append(string tenant, Action<MetricBatch> fill) => Append(tenant, fill, out _);

    private static TenantId Tenant(string name) => new(name);

    private static void AddWire(MetricBatch batch, string labels, ulong hash, long timestampMs, TestWireLabels? reader = null, ulong high = 0, int times = 1)
    {
        batch.WireLabels = reader ?? new TestWireLabels();
        batch.AddWireSeries(Encoding.UTF8.GetBytes(labels), new Hash128(high, hash));
        for (var i = 0; i < times; i++) batch.AddSample(timestampMs + i, 1);
    }

    private int AppendBytes(Action<MetricBatch> fill)
    {
        Append("a", fill, out var written);
        return written;
    }

    private AppendOutcome Append(string tenant, Action<MetricBatch> fill, out int written)
    {
        using var batch = new MetricBatch(MemoryBudget.Unlimited("batch"));
        using var payload = new PooledBufferWriter();
        fill(batch);
        var scope = new AppendScope<MetricHead>
        {
            Head = _head,
            Frozen = [],
            Tenant = new TenantId(tenant),
            Segment = 1,
            ReceivedUnixMs = NowMs,
            Payload = payload,
        };
        var outcome = NewStep().Apply(in scope, batch);
        written = payload.Length;
        return outcome;
    }

    private static MetricAppend NewStep() => new(
        new TimeWindow(TimeSpan.FromHours(24), TimeSpan.FromMinutes(10)), new OverflowLedger(long.MaxValue, NoStorageEvents.Instance));
}
