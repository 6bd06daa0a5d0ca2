using Google.Protobuf;
using Triptych.Ingest.RemoteWrite;
using Triptych.Ingest.Tests.Protos.Write2;
using Triptych.Model;
using Triptych.Model.Metrics;
using Triptych.Primitives.Memory;
using BucketSpan = Triptych.Ingest.Tests.Protos.Write2.BucketSpan;

namespace Triptych.Ingest.Tests.RemoteWrite;

public sealed class RemoteWriteV2DecoderTests
{
    [Fact]
    public void Series_samples_and_exemplars_come_out_as_they_went_in()
    {
        var write = new WriteRequest2();
        var up = write.AddSample(1, 1000, "__name__", "up", "job", "a");
        up.Samples.Add(new Sample { Value = double.NaN, Timestamp = -5 });
        up.Exemplars.Add(new Exemplar { Value = 3, Timestamp = 7, LabelsRefs = { write.Symbol("trace_id"), write.Symbol("x") } });
        write.AddSample(2.5, 2000, "job", "b", "__name__", "größe", "empty", "");
        var (outcome, samples, exemplars, metadata, _) = Decode(write.Request);
        outcome.Refused.ShouldBe(0);
        samples.ShouldBe([new("__name__=up,job=a", 1000, 1), new("__name__=up,job=a", -5, double.NaN), new("__name__=größe,job=b", 2000, 2.5)]);
        exemplars.ShouldBe([new ExemplarText("__name__=up,job=a", 7, 3, "trace_id=x")]);
        metadata.ShouldBeEmpty();
    }

    [Fact]
    public void Type_and_unit_become_labels_where_that_is_wanted()
    {
        var write = new WriteRequest2();
        write.AddSample(1, 1, "__name__", "a", "__type__", "x").Metadata = new Metadata { Type = 1, UnitRef = write.Symbol("s") };
        write.AddSample(2, 1, "__name__", "a", "__type__", "x").Metadata = new Metadata { Type = 2 };
        write.AddSample(3, 1, "__name__", "a", "__unit__", "y");
        write.AddSample(4, 1, "__name__", "a").Metadata = new Metadata { Type = 1, UnitRef = write.Symbol("s") };
        write.AddSample(5, 1, "__name__", "a").Metadata = new Metadata { Type = 1, UnitRef = 99 };
        var body = write.Request.ToByteArray();
        using var batch = new MetricBatch(MemoryBudget.Unlimited("test"));
        RemoteWriteV2Decoder.Decode(body, TenantId.Default, Repeats(), batch, new(), addsTypeAndUnit: true);
        var writer = new Model.Labels.LabelSetWriter();
        var labels = new List<string>();
        var hashes = new HashSet<Primitives.Checksums.Hash128>();
        foreach (ref readonly var series in batch.Series)
        {
            batch.ReadLabels(series, writer, out var canonical).ShouldBeNull();
            labels.Add(Decoded.Labels(canonical));
            hashes.Add(series.Hash);
        }

        labels.ShouldBe(
        [
            "__name__=a,__type__=counter,__unit__=s", "__name__=a,__type__=gauge", "__name__=a,__unit__=y", "__name__=a,__type__=counter,__unit__=s",
            "__name__=a,__type__=counter",
        ]);
        hashes.Count.ShouldBe(5);
    }

    [Fact]
    public void Start_times_of_samples_and_histograms_are_kept()
    {
        var write = new WriteRequest2();
        var series = write.AddSample(1, 1000, "__name__", "a");
        series.Samples[0].StartTimestamp = 7;
        series.Samples.Add(new Sample { Value = 2, Timestamp = 2000, StartTimestamp = 7 });
        series.Samples.Add(new Sample { Value = 3, Timestamp = 3000 });
        series.Histograms.Add(new Histogram { CountInt = 0, Timestamp = 4000, StartTimestamp = 8 });
        series.Histograms.Add(new Histogram { CountInt = 0, Timestamp = 5000 });
        var body = write.Request.ToByteArray();
        Decoded.Starts((batch, outcome) => RemoteWriteV2Decoder.Decode(body, TenantId.Default, Repeats(), batch, outcome)).ShouldBe([7, 7, 0, 8, 0]);
    }

    [Fact]
    public void Metadata_goes_to_the_family_of_its_series_once_a_minute_and_tenant()
    {
        var time = new SteppedTime();
        var repeats = new MetadataRepeats(time);
        var write = new WriteRequest2();
        foreach (var (name, type) in new[]
        {
            ("up", 2), ("requests_total", 1), ("h_bucket", 3), ("h_sum", 3), ("h_count", 3), ("s", 5), ("s_count", 5), ("g_gsum", 4), ("_sum", 3), ("odd", 99),
        })
        {
            write.AddSample(1, 1, "__name__", name).Metadata = new Metadata { Type = type, HelpRef = write.Symbol("help"), UnitRef = write.Symbol("s") };
        }

        write.AddSample(1, 1, "__name__", "silent").Metadata = new Metadata();
        var body = write.Request.ToByteArray();
        string[] expected =
        [
            "up gauge", "requests_total counter", "h histogram", "h histogram", "h histogram", "s summary", "s summary", "g gaugehistogram", "_sum histogram",
            "odd unknown",
        ];
        Said(body, repeats, TenantId.Default).ShouldBe(expected);
        Said(body, repeats, TenantId.Default).ShouldBeEmpty();
        TenantId.TryParse("other", out var other).ShouldBeTrue();
        Said(body, repeats, other).ShouldBe(expected);
        time.Now += TimeSpan.FromMinutes(1);
        Said(body, repeats, TenantId.Default).ShouldBe(expected);
    }

    [Fact]
    public void The_same_series_has_the_same_hash_whatever_its_symbols_are_and_other_labels_another()
    {
        var first = new WriteRequest2();
        first.AddSample(1, 1, "__name__", "a", "x", "y");
        first.AddSample(1, 1, "__name__", "a", "y", "x");
        first.AddSample(1, 1, "x", "y", "__name__", "a");
        first.AddSample(1, 1, "__name__", "a");
        var second = new WriteRequest2();
        second.Symbol("another");
        second.AddSample(1, 1, "__name__", "a", "x", "y");
        using var batch = new MetricBatch(MemoryBudget.Unlimited("test"));
        using var again = new MetricBatch(MemoryBudget.Unlimited("test"));
        RemoteWriteV2Decoder.Decode(first.Request.ToByteArray(), TenantId.Default, Repeats(), batch, new());
        RemoteWriteV2Decoder.Decode(second.Request.ToByteArray(), TenantId.Default, Repeats(), again, new());
        again.Series[0].Hash.ShouldBe(batch.Series[0].Hash);
        var hashes = new HashSet<Primitives.Checksums.Hash128>();
        foreach (var series in batch.Series) hashes.Add(series.Hash).ShouldBeTrue();
    }

    [Fact]
    public void A_hundred_thousand_series_of_few_symbols_have_as_many_hashes()
    {
        var write = new WriteRequest2();
        for (var i = 0; i < 100_000; i++) write.AddSample(1, 1, "__name__", "m", "a", $"{i % 50}", "b", $"{i / 50 % 50}", "c", $"{i / 2500}");
        using var batch = new MetricBatch(MemoryBudget.Unlimited("test"));
        RemoteWriteV2Decoder.Decode(write.Request.ToByteArray(), TenantId.Default, Repeats(), batch, new());
        var halves = new HashSet<ulong>();
        foreach (var series in batch.Series)
        {
            halves.Add(series.Hash.Hi).ShouldBeTrue();
            halves.Add(series.Hash.Lo).ShouldBeTrue();
        }
    }

    [Fact]
    public void References_that_lead_nowhere_refuse_their_series_and_no_other()
    {
        var write = new WriteRequest2();
        write.AddSample(1, 1, "__name__", "odd").LabelsRefs.Add(0);
        var far = write.AddSample(1, 1, "__name__", "far");
        far.LabelsRefs.AddRange([1, 1000]);
        far.Samples.Add(new Sample { Timestamp = 2 });
        write.Request.Timeseries.Add(new TimeSeries { Samples = { new Sample { Timestamp = 3 } } });
        write.Add("__name__", "empty");
        var kept = write.AddSample(1, 1, "__name__", "kept");
        kept.Exemplars.Add(new Exemplar { LabelsRefs = { 1, 1000 } });
        kept.Exemplars.Add(new Exemplar { LabelsRefs = { 1 } });
        kept.Metadata = new Metadata { HelpRef = 1000 };
        var (outcome, samples, exemplars, metadata, _) = Decode(write.Request);
        samples.ShouldBe([new("__name__=kept", 1, 1)]);
        exemplars.ShouldBeEmpty();
        metadata.ShouldBeEmpty();
        outcome.Refusals.Select(r => (r.Reason, r.Count)).ShouldBe(
            [("invalid_labels", 4), ("invalid_exemplar", 2), ("invalid_metadata", 0)]);
        outcome.Refusals[0].Detail.ShouldContain("odd number");
    }

    [Fact]
    public void A_series_of_exemplars_or_metadata_alone_is_kept_and_one_of_nothing_is_passed_over()
    {
        var write = new WriteRequest2();
        write.AddSample(1, 1000, "__name__", "up");
        write.Add("__name__", "up").Exemplars.Add(new Exemplar { Value = 3, Timestamp = 7, LabelsRefs = { write.Symbol("trace_id"), write.Symbol("x") } });
        write.Add("__name__", "up").Metadata = new Metadata { Type = 2, HelpRef = write.Symbol("help") };
        write.Add("__name__", "nothing");
        write.Add();
        var (outcome, samples, exemplars, metadata, _) = Decode(write.Request);
        outcome.Refusals.ShouldBeEmpty();
        samples.ShouldBe([new("__name__=up", 1000, 1)]);
        exemplars.ShouldBe([new ExemplarText("__name__=up", 7, 3, "trace_id=x")]);
        metadata.ShouldBe([new MetadataEntry("up", "gauge", "", "help")]);
    }

    [Fact]
    public void Labels_that_are_wrong_are_told_when_they_are_read()
    {
        var write = new WriteRequest2();
        write.AddSample(1, 1, "job", "no name");
        write.AddSample(1, 1, "__name__", "a", "x", "1", "x", "2");
        write.AddSample(1, 1, "__name__", "b", "", "1");
        write.AddSample(1, 1, "__name__", "c", "bad", "\u00ff");
        var body = write.Request.ToByteArray();
        body[body.AsSpan().IndexOf("ÿ"u8)] = 0xff;
        var samples = Decode(body).Samples;
        string[] expected =
        [
            "no metric name",
            "the label \"x\" twice: {__name__=\"a\", x=\"1\", x=\"2\"}",
            "a label without a name: {__name__=\"b\", =\"1\"}",
            "not valid UTF-8",
        ];
        foreach (var (sample, part) in samples.Zip(expected)) sample.Series.ShouldContain(part);
        samples.Count.ShouldBe(4);
    }

    [Fact]
    public void References_may_stand_in_several_fields_and_symbols_behind_series()
    {
        byte[] series = [0x12, 4, 0x10, 2, 0x18, 9, 0x08, 1, 0x0a, 3, 2, 3, 4];
        byte[] body = [0x2a, (byte)series.Length, .. series, .. new Request { Symbols = { "", "__name__", "up", "a", "b" } }.ToByteArray()];
        Decode(body).Samples.ShouldBe([new("__name__=up,a=b", 2, 0)]);
    }

    [Fact]
    public void A_first_symbol_that_is_not_empty_fails_the_body()
    {
        var request = new Request { Symbols = { "x", "__name__" }, Timeseries = { new TimeSeries { LabelsRefs = { 1, 0 }, Samples = { new Sample() } } } };
        Decode(request.ToByteArray()).Outcome.Error.ShouldNotBeNull().ShouldContain("first symbol");
    }

    [Fact]
    public void Native_histograms_come_out_with_absolute_counts_and_without_a_claim_of_no_reset()
    {
        var write = new WriteRequest2();
        var series = write.Add("__name__", "h");
        foreach (var hint in new[] { 0, 1, 2, 3, 77 })
        {
            series.Histograms.Add(new Histogram
            {
                CountInt = 6,
                Sum = 4,
                Schema = 2,
                ZeroCountInt = 2,
                Timestamp = 9,
                StartTimestamp = 1,
                ResetHint = hint,
                PositiveSpans = { new BucketSpan { Offset = -1, Length = 2 } },
                PositiveDeltas = { 1, 2 },
            });
        }

        series.Histograms.Add(new Histogram
        {
            CountFloat = 3,
            Schema = -53,
            PositiveSpans = { new BucketSpan { Length = 2 } },
            PositiveCounts = { 1, 2 },
            CustomValues = { 1, 2 },
            Timestamp = 10,
        });
        var histograms = Decode(write.Request).Histograms.Select(h => h.Histogram).ToList();
        histograms[0].PositiveBuckets.ShouldBe([1, 3]);
        histograms[..5].Select(h => h.ResetHint).ShouldBe(
            [CounterResetHint.Unknown, CounterResetHint.Reset, CounterResetHint.Unknown, CounterResetHint.Gauge, CounterResetHint.Unknown]);
        histograms[5].CustomBounds.ShouldBe([1, 2]);
    }

    [Fact]
    public void Schemas_above_8_are_reduced_to_8()
    {
        var write = new WriteRequest2();
        write.Add("__name__", "h").Histograms.Add(new Histogram
        {
            CountInt = 15,
            Schema = 10,
            PositiveSpans = { new BucketSpan { Offset = 1, Length = 5 }, new BucketSpan { Offset = 10, Length = 1 } },
            PositiveDeltas = { 1, 1, 1, 1, 1, -5 },
            NegativeSpans = { new BucketSpan { Offset = -4, Length = 2 } },
            NegativeDeltas = { 0, 0 },
        });
        var histogram = Decode(write.Request).Histograms.Single().Histogram;

        // Places 1, 2, 3, 4 go to 1; 5 goes to 2; 16 goes to 4. Places -4 and -3 go to -1 and 0.
        histogram.Schema.ShouldBe(8);
        histogram.PositiveSpans.ShouldBe([new Model.Metrics.BucketSpan(1, 2), new Model.Metrics.BucketSpan(1, 1)]);
        histogram.PositiveBuckets.ShouldBe([10, 5, 0]);
        histogram.NegativeSpans.ShouldBe([new Model.Metrics.BucketSpan(-1, 2)]);
    }

    [Theory]
    [InlineData(53)]
    [InlineData(-5)]
    [InlineData(int.MaxValue)]
    public void Schemas_that_are_not_known_are_refused(int schema)
    {
        var write = new WriteRequest2();
        write.Add("__name__", "h").Histograms.Add(new Histogram { Schema = schema });
        Decode(write.Request).Outcome.Refusals.Single().Reason.ShouldBe("invalid_histogram");
    }

    [Fact]
    public void Millions_of_symbols_are_refused_by_the_budget_and_give_all_back()
    {
        var body = new byte[8_000_000];
        for (var i = 0; i < body.Length; i += 2) body[i] = 0x22;
        var budget = new MemoryBudget("bytes in flight", 32 * 1024 * 1024);
        using (var batch = new MetricBatch(budget))
        {
            Should.Throw<MemoryBudgetExceededException>(() => RemoteWriteV2Decoder.Decode(body, TenantId.Default, Repeats(), batch, new()));
        }

        budget.Used.ShouldBe(0);
    }

    private static string[] Said(byte[] body, MetadataRepeats repeats, TenantId tenant)
    {
        var (_, _, _, metadata, _) = Decoded.Metrics((batch, outcome) => RemoteWriteV2Decoder.Decode(body, tenant, repeats, batch, outcome));
        metadata.ShouldAllBe(m => m.Help == "help" && m.Unit == "s");
        return [.. metadata.Select(m => $"{m.MetricName} {m.Type}")];
    }

    private static MetadataRepeats Repeats() => new(new SteppedTime());

    private static MetricsText Decode(Request request) =>
        Decode(request.ToByteArray());

    private static MetricsText Decode(byte[] body) =>
        Decoded.Metrics((batch, outcome) => RemoteWriteV2Decoder.Decode(body, TenantId.Default, Repeats(), batch, outcome));

    private sealed class SteppedTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
