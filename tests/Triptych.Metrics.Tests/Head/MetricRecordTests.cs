using Triptych.Metrics.Head;
using Triptych.Model;
using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Memory;
using Triptych.Storage.Wal;

namespace Triptych.Metrics.Tests.Head;

public class MetricRecordTests
{
    private static readonly byte[] Labels = TestLabels.Of("up", "job", "a");

    [Fact]
    public void A_whole_record_is_taken_in()
    {
        using var head = NewHead(out var pool);
        using (pool) Replay(head, Record());
        head.Find(TenantId.Default)!.SampleCount.ShouldBe(3);
        (head.MinTime, head.MaxTime).ShouldBe((1000, 3000));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_record_cut_anywhere_is_refused_and_nothing_of_it_is_taken_in(bool withStarts)
    {
        var record = Record(withStarts);
        using var head = NewHead(out var pool);
        using var _ = pool;
        for (var length = 0; length < record.Length; length++)
        {
            Should.Throw<InvalidDataException>(() => Replay(head, record[..length]), $"cut at {length}");
            (head.Find(TenantId.Default)?.SampleCount ?? 0).ShouldBe(0);
        }
    }

    [Fact]
    public void Only_a_record_with_start_times_has_another_version()
    {
        (Record()[0], Record(withStarts: true)[0]).ShouldBe(((byte)1, (byte)2));
        var record = Record(withStarts: true);

        // A run for one sample more than there are.
        record[2].ShouldBe((byte)1);
        record[2] = 3;
        Should.Throw<InvalidDataException>(() => MetricRecord.Check(record)).Message.ShouldContain("more starts than samples");
        record[0] = 3;
        Should.Throw<WalTooNewException>(() => MetricRecord.Check(record));
    }

    [Fact]
    public void Running_sums_of_a_record_are_known_after_its_replay()
    {
        using var head = NewHead(out var pool);
        using (pool) Replay(head, Record(withStarts: true));
        head.Find(TenantId.Default)!.Sums.All.Values.ShouldHaveSingleItem().LastMs.ShouldBe(2000);
    }

    [Theory]
    [InlineData(new long[0])]
    [InlineData(new long[] { 5 })]
    [InlineData(new long[] { 5, 5, 5, 7, 0, 0, 5 })]
    [InlineData(new long[] { 0, 0, long.MaxValue, long.MinValue, 0, 3 })]
    public void Starts_come_back_as_they_were(long[] starts)
    {
        using var writer = new PooledBufferWriter();
        StartRuns.Write(writer, [.. starts.Index().Where(s => s.Item != 0).Select(s => (s.Index, s.Item))]);
        var reader = new VarintReader(writer.WrittenSpan);
        var runs = new StartRuns(ref reader, writer.WrittenSpan);
        reader.AtEnd.ShouldBeTrue();
        foreach (var start in starts) runs.Next().ShouldBe(start);
        runs.Next().ShouldBe(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_damaged_record_is_refused_or_read_but_never_breaks_anything_else(bool withStarts)
    {
        var record = Record(withStarts);
        for (var seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            var damaged = (byte[])record.Clone();
            for (var n = random.Next(1, 4); n > 0; n--) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            try
            {
                MetricRecord.Check(damaged);
            }
            catch (Exception e) when (e is InvalidDataException or WalTooNewException)
            {
                // The only ways to refuse; the second where the version is what was damaged.
            }
        }
    }

    [Fact]
    public void A_record_that_names_an_unknown_series_behind_known_ones_is_not_taken_in_half()
    {
        using var writer = new PooledBufferWriter();
        var scratch = new AppendScratch();
        scratch.Defined.Add(0);
        scratch.Samples.Add(new AcceptedSample(0, 1000, 1));
        scratch.Histograms.Add((7, new HistogramEntry(0, 2000, new FloatHistogram { Schema = 0 })));
        MetricRecord.Write(writer, scratch, Intake());
        using var head = NewHead(out var pool);
        using var _ = pool;
        var record = writer.WrittenSpan.ToArray();
        Should.Throw<InvalidDataException>(() => Replay(head, record)).Message.ShouldContain("7");
        (head.Find(TenantId.Default)?.SampleCount ?? 0).ShouldBe(0);
    }

    private static byte[] Record(bool withStarts = false)
    {
        using var writer = new PooledBufferWriter();
        var scratch = new AppendScratch();
        scratch.Defined.Add(300);
        scratch.Samples.Add(new AcceptedSample(300, 1000, 1.5));
        scratch.Samples.Add(new AcceptedSample(300, 2000, double.NaN));
        if (withStarts) scratch.Starts.Add((1, 500));
        if (withStarts) scratch.Sums.Add(1);
        var histogram = new FloatHistogram { Schema = 3, Count = 4, Sum = 5, PositiveSpans = [new BucketSpan(-2, 2)], PositiveBuckets = [1, 3] };
        scratch.Histograms.Add((300, new HistogramEntry(0, 3000, histogram, withStarts ? 600 : 0)));
        scratch.Exemplars.Add(new ExemplarSample(300, 1000, 7, TestLabels.Of("x")));
        scratch.Metadata.Add(new MetadataEntry("up", "gauge", "", "whether it is up"));
        MetricRecord.Write(writer, scratch, Intake());
        return writer.WrittenSpan.ToArray();
    }

    /// <summary>Series 0 to 300 of a tenant.</summary>
    private static TenantIntake Intake()
    {
        var intake = new TenantIntake(NewHead(out _), TenantId.Default);
        for (var i = 0; i <= 300; i++)
        {
            var labels = i == 0 ? Labels : TestLabels.Of("up", "job", $"{i}");
            intake.FindOrAdd(labels, XxHash64.Compute(labels)).ShouldBe(i);
        }

        return intake;
    }

    private static MetricHead NewHead(out SlabPool pool)
    {
        var budget = MemoryBudget.Unlimited("test");
        pool = new SlabPool(budget);
        return new MetricHead(pool, budget);
    }

    private static void Replay(MetricHead head, byte[] payload)
    {
        var record = new WalRecord { Sequence = 1, Segment = 1, Tenant = TenantId.Default, ReceivedUnixMs = 1, Payload = payload };
        head.Replay(in record);
    }
}
