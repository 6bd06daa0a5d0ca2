using Triptych.Columnar;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Metrics;
using static Triptych.Metrics.Tests.TestLabels;

namespace Triptych.Metrics.Tests;

public class MetricStoreTests
{
    /// <summary>What is done between append and scan, so that head, blocks and replay give the same answers.</summary>
    public static readonly TheoryData<string> Ways = ["head", "flush", "restart", "flush+restart"];

    [Fact]
    public async Task Look_ups_answer_from_what_can_be_read_and_warn_of_a_damaged_block()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs;
        await fixture.AppendAsync(Of("lost"), (t, 1));
        await fixture.FlushAsync();
        var block = fixture.Catalog.Current.Blocks(TenantId.Default, Signal.Metrics).ShouldHaveSingleItem();
        var path = Path.Combine(fixture.ObjectRoot, block.ObjectKey);
        await File.WriteAllBytesAsync(path, new byte[new FileInfo(path).Length]);
        await fixture.RestartAsync();
        await fixture.AppendAsync(batch =>
        {
            batch.AddSeries(Of("kept"));
            batch.AddSample(t, 1);
            batch.AddExemplar(t, 1, Triptych.Model.Labels.LabelSet.Encode([new("trace_id", "abc")]));
            batch.AddMetadata(new MetadataEntry("kept", "gauge", "", ""));
        });
        var lookup = new Columnar.Samples.LabelLookup(TenantId.Default, [], t, t);
        var store = fixture.Store;
        (await CheckAsync(s => store.LabelNamesAsync(lookup, s, CancellationToken.None))).ShouldBe(["__name__"]);
        (await CheckAsync(s => store.LabelValuesAsync("__name__", lookup, s, CancellationToken.None))).ShouldBe(["kept"]);
        (await CheckAsync(s => store.MetadataAsync(TenantId.Default, null, s, CancellationToken.None))).ShouldHaveSingleItem().MetricName.ShouldBe("kept");
        (await CheckAsync(s => store.ExemplarsAsync(lookup, s, CancellationToken.None))).ShouldHaveSingleItem().Exemplars.ShouldHaveSingleItem();

        async Task<IReadOnlyList<T>> CheckAsync<T>(Func<ScanStatistics, ValueTask<IReadOnlyList<T>>> look)
        {
            var statistics = new ScanStatistics();
            var found = await look(statistics);
            statistics.Warnings.ShouldHaveSingleItem().ShouldContain(block.ObjectKey);
            return found;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Samples_come_back_bit_by_bit(string way)
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs;
        double[] values = [1, -0d, double.NaN, BitConverter.UInt64BitsToDouble(0x7ff0000000000002), double.PositiveInfinity, double.NegativeInfinity];
        var result = await fixture.AppendAsync(Of("up", "job", "a"), [.. values.Select((v, i) => (t + (i * 1000L), v))]);
        result.Accepted.ShouldBe(6);
        result.Duplicates.ShouldBe(0);
        await ApplyAsync(fixture, way);
        var answer = await fixture.ScanAsync([Match("__name__", "=", "up")]);
        answer.Series["__name__=up,job=a"].ShouldBe(values.Select((v, i) => (t + (i * 1000L), BitConverter.DoubleToUInt64Bits(v))));
        answer.Warnings.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task The_first_of_two_samples_at_one_time_stands(string way)
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs;
        await fixture.AppendAsync(Of("m"), (t, 1), (t - 5000, 2), (t + 5000, 3));
        await ApplyAsync(fixture, way);
        await fixture.AppendAsync(Of("m"), (t, 10), (t - 5000, 20), (t - 7000, 4), (t - 7000, 40), (t + 5000, 30));
        (await ValuesAsync(fixture, "m")).ShouldBe([4, 2, 1, 3]);
        await fixture.FlushAsync();
        (await ValuesAsync(fixture, "m")).ShouldBe([4, 2, 1, 3]);
        await fixture.RestartAsync();
        (await ValuesAsync(fixture, "m")).ShouldBe([4, 2, 1, 3]);
    }

    [Fact]
    public async Task A_float_after_a_histogram_at_the_same_time_is_not_taken_also_when_late()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs;
        await fixture.AppendAsync(batch =>
        {
            batch.AddSeries(Of("h"));
            batch.AddHistogram(t, new FloatHistogram { Schema = 0, Sum = 1 });
            batch.AddHistogram(t + 1000, new FloatHistogram { Schema = 0, Sum = 2 });
        });
        var result = await fixture.AppendAsync(Of("h"), (t, 5), (t + 1000, 6), (t + 500, 7));
        result.Duplicates.ShouldBe(1);
        result.Refusals.ShouldHaveSingleItem().Reason.ShouldBe("duplicate_sample");
        var answer = await fixture.ScanAsync();
        answer.Histograms["__name__=h"].Select(h => h?.Sum).ShouldBe([1, null, 2]);
        answer.Series["__name__=h"].Select(s => s.TimestampMs - t).ShouldBe([0, 500, 1000]);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Histograms_exemplars_and_metadata_survive(string way)
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs;
        var histogram = new FloatHistogram
        {
            Schema = 3,
            ResetHint = CounterResetHint.Reset,
            ZeroThreshold = 0.001,
            ZeroCount = 2,
            Count = 12.5,
            Sum = double.NaN,
            PositiveSpans = [new BucketSpan(-2, 2), new BucketSpan(3, 1)],
            PositiveBuckets = [1, 2, 3],
            NegativeSpans = [new BucketSpan(0, 1)],
            NegativeBuckets = [4.5],
        };
        var custom = new FloatHistogram { Schema = FloatHistogram.CustomBoundsSchema, Count = 1, Sum = 2, CustomBounds = [0.1, 1] };
        await fixture.AppendAsync(batch =>
        {
            batch.AddSeries(Of("h"));
            batch.AddSample(t, 1);
            batch.AddHistogram(t + 1, histogram);
            batch.AddHistogram(t + 2, custom);
            batch.AddExemplar(t + 1, 0.5, Triptych.Model.Labels.LabelSet.Encode([new("trace_id", "abc")]));
            batch.AddMetadata(new MetadataEntry("h", "histogram", "s", "how long"));
        });
        await ApplyAsync(fixture, way);
        var found = (await fixture.ScanAsync()).Histograms["__name__=h"];
        found[0].ShouldBeNull();
        Describe(found[1]!).ShouldBe(Describe(histogram));
        Describe(found[2]!).ShouldBe(Describe(custom));
        var lookup = new Columnar.Samples.LabelLookup(TenantId.Default, [[Match("__name__", "=", "h")]], t, t + 10);
        var exemplars = (await fixture.Store.ExemplarsAsync(lookup, new ScanStatistics(), CancellationToken.None)).ShouldHaveSingleItem();
        var exemplar = exemplars.Exemplars.ShouldHaveSingleItem();
        (exemplar.TimestampMs, exemplar.Value).ShouldBe((t + 1, 0.5));
        exemplar.Labels.ShouldBe([new("trace_id", "abc")]);
        var metadata = (await fixture.Store.MetadataAsync(TenantId.Default, "h", new ScanStatistics(), CancellationToken.None)).ShouldHaveSingleItem();
        (metadata.Type, metadata.Unit, metadata.Help).ShouldBe(("histogram", "s", "how long"));
        (await fixture.Store.MetadataAsync(TenantId.Default, "other", new ScanStatistics(), CancellationToken.None)).ShouldBeEmpty();
        (await fixture.Store.ExemplarsAsync(lookup with { MaxTimeMs = t }, new ScanStatistics(), CancellationToken.None)).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Metadata_of_a_metric_from_two_sources_survives(string way)
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var scraped = new MetadataEntry("m", "counter", "", "as scraped");
        var pushed = new MetadataEntry("m", "gauge", "By", "as pushed");
        foreach (var said in new[] { scraped, pushed, scraped }) await fixture.AppendAsync(b => b.AddMetadata(said));
        await fixture.AppendAsync(Of("m"), (fixture.NowMs, 1));
        await ApplyAsync(fixture, way);
        var found = await fixture.Store.MetadataAsync(TenantId.Default, "m", new ScanStatistics(), CancellationToken.None);
        found.Select(m => (m.Type, m.Unit, m.Help)).ShouldBe([("gauge", "By", "as pushed"), ("counter", "", "as scraped")]);
    }

    [Fact]
    public async Task Metadata_of_a_tenant_without_samples_survives_the_flush_that_another_tenant_causes()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var quiet = new TenantId("quiet");
        await fixture.AppendAsync(b => b.AddMetadata(new MetadataEntry("m", "gauge", "", "")), quiet);
        await fixture.AppendAsync(Of("m"), (fixture.NowMs, 1));
        await fixture.FlushAsync();
        await fixture.RestartAsync();
        (await fixture.Store.MetadataAsync(quiet, null, new ScanStatistics(), CancellationToken.None)).ShouldHaveSingleItem().MetricName.ShouldBe("m");
        (await fixture.ScanAsync(tenant: quiet)).Series.ShouldBeEmpty();
    }

    [Fact]
    public async Task Several_generations_and_a_head_make_one_answer()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs;
        for (var generation = 0; generation < 4; generation++)
        {
            await fixture.AppendAsync(Of("m", "g", "all"), (t + (generation * 1000), generation));
            await fixture.AppendAsync(Of("m", "g", $"{generation}"), (t, generation));
            if (generation < 3) await fixture.FlushAsync();
        }

        fixture.Catalog.Current.BlockCount.ShouldBe(3);
        var answer = await fixture.ScanAsync([Match("__name__", "=", "m")]);
        answer.Names.ShouldBe(["__name__=m,g=0", "__name__=m,g=1", "__name__=m,g=2", "__name__=m,g=3", "__name__=m,g=all"]);
        answer.Series["__name__=m,g=all"].Select(s => s.TimestampMs - t).ShouldBe([0, 1000, 2000, 3000]);
        var part = await fixture.ScanAsync([Match("g", "=", "all")], t + 1000, t + 2000);
        part.Series.ShouldHaveSingleItem().Value.Select(s => s.TimestampMs - t).ShouldBe([1000, 2000]);
    }

    [Theory]
    [InlineData("a", "=", "1", "x y")]
    [InlineData("a", "!=", "1", "z none")]
    [InlineData("a", "=", "", "none")]
    [InlineData("a", "!=", "", "x y z")]
    [InlineData("a", "=~", "1|2", "x y z")]
    [InlineData("a", "=~", "|2", "z none")]
    [InlineData("a", "=~", "[12]", "x y z")]
    [InlineData("a", "=~", ".*", "x y z none")]
    [InlineData("a", "=~", ".+", "x y z")]
    [InlineData("a", "!~", "1|2", "none")]
    [InlineData("a", "!~", "2.*", "x y none")]
    [InlineData("missing", "=", "1", "")]
    [InlineData("missing", "!=", "1", "x y z none")]
    [InlineData("b", "=", "é", "y")]
    public async Task Matchers_choose_series_in_head_and_blocks(string name, string op, string value, string expected)
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs;
        await fixture.AppendAsync(Of("x", "a", "1"), (t, 1));
        await fixture.AppendAsync(Of("y", "a", "1", "b", "é"), (t, 1));
        await fixture.AppendAsync(Of("z", "a", "2"), (t, 1));
        await fixture.AppendAsync(Of("none"), (t, 1));
        var wanted = expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal);
        for (var round = 0; round < 2; round++)
        {
            var answer = await fixture.ScanAsync([Match(name, op, value)], labels: ["__name__"]);
            answer.Names.ShouldBe(wanted.Select(w => $"__name__={w}"));
            await fixture.FlushAsync();
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Names_and_values_honour_the_range_exactly(string way)
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs;
        await fixture.AppendAsync(Of("straddles", "only", "here"), (t, 1), (t + 100_000, 2));
        await fixture.AppendAsync(Of("inside", "a", "1"), (t + 50_000, 2));
        await fixture.AppendAsync(Of("late", "b", "1"), (t + 100_000, 1), (t + 40_000, 2));
        await ApplyAsync(fixture, way);
        (await NamesAsync(fixture, t + 1, t + 99_999)).ShouldBe(["__name__", "a", "b"]);
        (await NamesAsync(fixture, t, t + 99_999)).ShouldBe(["__name__", "a", "b", "only"]);
        (await NamesAsync(fixture, t + 45_000, t + 50_000)).ShouldBe(["__name__", "a"]);
        (await NamesAsync(fixture, t + 51_000, t + 60_000)).ShouldBeEmpty();
        (await NamesAsync(fixture, long.MinValue, long.MaxValue)).ShouldBe(["__name__", "a", "b", "only"]);
        var lookup = new Columnar.Samples.LabelLookup(TenantId.Default, [], t + 1, t + 99_999);
        (await fixture.Store.LabelValuesAsync("__name__", lookup, new ScanStatistics(), CancellationToken.None)).ShouldBe(["inside", "late"]);
        (await fixture.Store.LabelValuesAsync("nothing", lookup, new ScanStatistics(), CancellationToken.None)).ShouldBeEmpty();
        var chosen = lookup with { Selectors = [[Match("a", "=", "1")], [Match("__name__", "=", "straddles")]] };
        (await fixture.Store.LabelValuesAsync("__name__", chosen, new ScanStatistics(), CancellationToken.None)).ShouldBe(["inside"]);
        (await fixture.ScanAsync(minTimeMs: t + 1, maxTimeMs: t + 99_999)).Names.ShouldBe(["__name__=inside,a=1", "__name__=late,b=1"]);
    }

    [Fact]
    public async Task A_series_with_exemplars_only_is_no_series()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        await fixture.AppendAsync(b =>
        {
            b.AddSeries(Of("m"));
            b.AddExemplar(fixture.NowMs, 1, Of("x"));
        });
        (await fixture.ScanAsync(seriesOnly: true)).Series.ShouldBeEmpty();
        (await NamesAsync(fixture, long.MinValue, long.MaxValue)).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Series_of_one_scrape_share_their_time_vector(string way)
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs;
        for (var scrape = 0; scrape < 5; scrape++)
        {
            await fixture.AppendAsync(batch =>
            {
                for (var series = 0; series < 50; series++)
                {
                    batch.AddSeries(Of("m", "i", $"{series}"));
                    batch.AddSample(t + (scrape * 15_000), series);
                }
            });
        }

        await ApplyAsync(fixture, way);
        var answer = await fixture.ScanAsync();
        answer.Series.Count.ShouldBe(50);
        answer.TimeVectors.ShouldBe(1);
    }

    [Fact]
    public async Task What_is_too_old_or_too_far_ahead_is_refused_with_its_name_and_the_rest_is_kept()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs;
        var day = (long)TimeSpan.FromHours(24).TotalMilliseconds;
        var ahead = (long)TimeSpan.FromMinutes(10).TotalMilliseconds;
        var result = await fixture.AppendAsync(
            Of("m", "a", "b"), (t - day - 1, 1), (t - day, 2), (t, 3), (t + ahead, 4), (t + ahead + 1, 5), (t + ahead + 2, 6));
        result.Status.ShouldBe(AppendStatus.Ok);
        result.Accepted.ShouldBe(3);
        result.Refused.ShouldBe(3);
        result.Refusals.Select(r => (r.Reason, r.Count)).ShouldBe([("too_old", 1L), ("too_far_in_future", 2L)]);
        result.Refusals[0].Detail.ShouldContain("m{a=\"b\"}");
        (await ValuesAsync(fixture, "m")).ShouldBe([2, 3, 4]);
    }

    [Fact]
    public async Task A_histogram_too_large_to_be_read_again_is_refused()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var result = await fixture.AppendAsync(batch =>
        {
            batch.AddSeries(Of("m"));
            batch.AddHistogram(fixture.NowMs, new FloatHistogram { Schema = 0, PositiveBuckets = new double[65_537] });
        });
        result.Refusals.ShouldHaveSingleItem().Reason.ShouldBe("too_many_buckets");
    }

    [Fact]
    public async Task A_request_sent_again_is_a_duplicate_also_after_flush_and_restart()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        Task<AppendResult> SendAsync() => fixture.AppendAsync(
            b =>
            {
                b.AddSeries(Of("m"));
                b.AddSample(fixture.NowMs, 1);
            },
            request: 7);
        (await SendAsync()).Status.ShouldBe(AppendStatus.Ok);
        (await SendAsync()).Status.ShouldBe(AppendStatus.Duplicate);
        await fixture.RestartAsync();
        (await SendAsync()).Status.ShouldBe(AppendStatus.Duplicate);
        await fixture.FlushAsync();
        await fixture.RestartAsync();
        (await SendAsync()).Status.ShouldBe(AppendStatus.Duplicate);
        (await ValuesAsync(fixture, "m")).ShouldBe([1]);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Tenants_do_not_see_each_other(string way)
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var (a, b) = (new TenantId("a"), new TenantId("b"));
        await fixture.AppendAsync(Fill(1), a);
        await ApplyAsync(fixture, way);

        // From here on a has nothing in the head, b nothing in a block.
        await fixture.AppendAsync(Fill(2), b);
        (await fixture.ScanAsync(tenant: a)).Series.ShouldHaveSingleItem().Value.Single().Bits.ShouldBe(BitConverter.DoubleToUInt64Bits(1));
        (await fixture.ScanAsync(tenant: b)).Series.ShouldHaveSingleItem().Value.Single().Bits.ShouldBe(BitConverter.DoubleToUInt64Bits(2));
        (await fixture.ScanAsync()).Series.ShouldBeEmpty();
        (await fixture.Store.LabelNamesAsync(new Columnar.Samples.LabelLookup(a, [], 0, long.MaxValue), new ScanStatistics(), CancellationToken.None)).ShouldBe(["__name__"]);

        Action<MetricBatch> Fill(double value) => batch =>
        {
            batch.AddSeries(Of("m"));
            batch.AddSample(fixture.NowMs, value);
        };
    }

    [Fact]
    public async Task A_block_that_is_damaged_is_a_warning_and_the_rest_is_answered()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs;
        await fixture.AppendAsync(Of("old"), (t, 1));
        await fixture.FlushAsync();
        await fixture.AppendAsync(Of("new"), (t, 2));
        await fixture.FlushAsync();
        await fixture.AppendAsync(Of("head"), (t, 3));
        var first = fixture.Catalog.Current.All.OrderBy(b => b.LastSegment).First();
        var path = Directory.GetFiles(fixture.ObjectRoot, "*.parquet", SearchOption.AllDirectories).Single(p => p.EndsWith($"{first.Id:N}.parquet", StringComparison.Ordinal));
        var bytes = await File.ReadAllBytesAsync(path);
        for (var at = 4; at < bytes.Length; at += 7)
        {
            await fixture.RestartAsync(takesBack: true);
            var damaged = (byte[])bytes.Clone();
            damaged[at] ^= 0x55;
            await File.WriteAllBytesAsync(path, damaged);
            var answer = await fixture.ScanAsync();
            answer.Names.Where(n => n != "__name__=old").ShouldBe(["__name__=head", "__name__=new"], $"byte {at}");
            if (answer.Warnings.Count > 0) continue;

            // A byte that nothing hangs on here: the answer has to be right.
            answer.Series["__name__=old"].ShouldBe([(t, BitConverter.DoubleToUInt64Bits(1))], $"byte {at}");
        }
    }

    internal static async Task ApplyAsync(MetricStoreFixture fixture, string way)
    {
        if (way.Contains("flush", StringComparison.Ordinal)) await fixture.FlushAsync();
        if (way.Contains("restart", StringComparison.Ordinal)) await fixture.RestartAsync();
    }

    private static async Task<IEnumerable<double>> ValuesAsync(MetricStoreFixture fixture, string metric) =>
        (await fixture.ScanAsync([Match("__name__", "=", metric)])).Series.Single().Value.Select(s => BitConverter.UInt64BitsToDouble(s.Bits));

    private static async Task<IReadOnlyList<string>> NamesAsync(MetricStoreFixture fixture, long min, long max) =>
        await fixture.Store.LabelNamesAsync(new Columnar.Samples.LabelLookup(TenantId.Default, [], min, max), new ScanStatistics(), CancellationToken.None);

    private static string Describe(FloatHistogram h) =>
        $"{h.Schema} {h.ResetHint} {h.ZeroThreshold} {h.ZeroCount} {h.Count} {BitConverter.DoubleToUInt64Bits(h.Sum):x} "
        + $"{string.Join(',', h.PositiveSpans)} {string.Join(',', h.PositiveBuckets)} {string.Join(',', h.NegativeSpans)} "
        + $"{string.Join(',', h.NegativeBuckets)} {string.Join(',', h.CustomBounds)}";
}
