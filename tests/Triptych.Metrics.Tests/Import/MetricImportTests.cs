using Triptych.Columnar;
using Triptych.Columnar.Samples;
using Triptych.Metrics.Import;
using Triptych.Model;
using Triptych.Model.Metrics;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Storage.Metastore;

namespace Triptych.Metrics.Tests.Import;

public sealed class MetricImportTests
{
    private const long Hour = 3_600_000;
    private static readonly ImportWindows Windows = new(TimeSpan.Zero);

    [Fact]
    public async Task Imported_samples_are_served_with_every_bit_and_stand_before_later_ones()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var now = fixture.NowMs;
        var up = TestLabels.Of("up", "job", "a");
        await fixture.AppendAsync(up, (now, 5), (now + 1, 6));
        var source = new ListedSource(
            (TestLabels.Of("load"), s => s.Add(now, SpecialValues.StaleMarker)),
            (up, s =>
            {
                s.Add(now - 10, -0.0);
                s.Add(now, 1);
                s.Add(now - 20, double.NaN);
                s.Add(now - 10, 7);
                s.Delete(now - 20, now - 15);
            }
        ));
        var written = await ImportAsync(fixture, source, now - Hour, now + Hour);
        (written.Series, written.Samples, written.Dropped).ShouldBe((2, 3, 2));
        written.Blocks.ShouldHaveSingleItem().LastSegment.ShouldBe(0);

        var bits = (await fixture.ScanAsync()).Series;
        bits["__name__=up,job=a"].ShouldBe([(now - 10, Bits(-0.0)), (now, Bits(1)), (now + 1, Bits(6))]);
        bits["__name__=load"].ShouldBe([(now, (ulong)SpecialValues.StaleMarkerBits)]);
    }

    [Fact]
    public async Task Exemplars_and_metadata_come_with_the_samples()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var now = fixture.NowMs;
        var source = new ListedSource((TestLabels.Of("up"), s =>
        {
            s.Add(now, 1);
            s.AddExemplar(now - 5, 0.5, TestLabels.Of("x"));
            s.AddExemplar(now - 5, 0.5, TestLabels.Of("x"));
        }
        ));
        (await ImportAsync(fixture, source, now - Hour, now + Hour, new MetadataEntry("up", "gauge", "", "Whether it is up."))).Exemplars.ShouldBe(1);
        var lookup = new LabelLookup(TenantId.Default, [], now - Hour, now + Hour);
        var exemplars = await fixture.Store.ExemplarsAsync(lookup, new ScanStatistics(), CancellationToken.None);
        exemplars.ShouldHaveSingleItem().Exemplars.ShouldHaveSingleItem().TimestampMs.ShouldBe(now - 5);
        (await fixture.Store.MetadataAsync(TenantId.Default, "up", new ScanStatistics(), CancellationToken.None)).ShouldHaveSingleItem().Help.ShouldBe("Whether it is up.");
    }

    [Fact]
    public async Task Metadata_alone_makes_a_block_of_no_rows()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var written = await ImportAsync(fixture, new ListedSource(), 1000, 1000, new MetadataEntry("up", "gauge", "", ""));
        written.Blocks.ShouldHaveSingleItem().Rows.ShouldBe(0);
        (await fixture.Store.MetadataAsync(TenantId.Default, "up", new ScanStatistics(), CancellationToken.None)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_failed_halfway_leaves_no_file()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var source = new ListedSource(
            (TestLabels.Of("a"), s => s.Add(1000, 1)), (TestLabels.Of("b"), s => s.Add(1000, 1)), (TestLabels.Of("c"), _ => throw new IOException("The source is gone.")));
        var import = new MetricImport(fixture.Catalog, fixture.Objects, TenantId.Default, Windows, targetBlockBytes: 1);
        await Should.ThrowAsync<IOException>(() => import.WriteAsync(source, 0, Hour, [], CancellationToken.None));
        Directory.EnumerateFiles(fixture.ObjectRoot, "*.parquet", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public async Task Blocks_end_at_their_size_and_lie_in_the_lowest_window_that_holds_them()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var source = new ListedSource((TestLabels.Of("a"), s => s.Add(Hour, 1)), (TestLabels.Of("b"), s => s.Add((3 * Hour) + 1, 1)), (TestLabels.Of("c"), s =>
        {
            s.Add(Hour, 1);
            s.Add(30 * Hour, 1);
        }
        ));
        var import = new MetricImport(fixture.Catalog, fixture.Objects, TenantId.Default, Windows, targetBlockBytes: 1);
        var written = await import.WriteAsync(source, 0, (48 * Hour) - 1, [], CancellationToken.None);
        written.Blocks.Select(static b => b.Level).ShouldBe([1, 1, 3]);
    }

    [Fact]
    public async Task Compaction_takes_imported_blocks_up()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        for (var window = 0; window < 6; window++)
        {
            var time = window * 2 * Hour;
            await ImportAsync(fixture, new ListedSource((TestLabels.Of("a"), s => s.Add(time, 1))), time, time + Hour);
        }

        var blocks = fixture.Catalog.Current.Blocks(TenantId.Default, Signal.Metrics).ToList();
        var planner = new CompactionPlanner(Signal.Metrics, new CompactionOptions());
        var merge = planner.Next(blocks, new HashSet<Guid>(), DateTimeOffset.UnixEpoch.AddDays(30), TimeSpan.Zero).ShouldNotBeNull();
        (merge.Inputs.Count, merge.Level).ShouldBe((6, 2));
    }

    [Theory]
    [InlineData(0, 48)]
    [InlineData(15 * 24, 48)]
    [InlineData(4 * 24, 12)]
    [InlineData(6, 2)]
    public void Windows_are_small_beside_the_retention(int retentionHours, int hours)
    {
        var windows = new ImportWindows(TimeSpan.FromHours(retentionHours));
        var (min, max) = windows.Range(windows.Of(-1));
        (min, max).ShouldBe((-hours * Hour, -1));
        windows.Of(0).ShouldBe(0);
        windows.Range(windows.Of(long.MaxValue)).MaxTimeMs.ShouldBe(long.MaxValue);
        windows.Range(windows.Of(long.MinValue)).MinTimeMs.ShouldBe(long.MinValue);
    }

    private static ulong Bits(double value) => BitConverter.DoubleToUInt64Bits(value);

    private static async Task<ImportedBlocks> ImportAsync(
        MetricStoreFixture fixture, IImportSource source, long minTimeMs, long maxTimeMs, params MetadataEntry[] metadata)
    {
        var import = new MetricImport(fixture.Catalog, fixture.Objects, TenantId.Default, Windows, 512L << 20);
        var written = await import.WriteAsync(source, minTimeMs, maxTimeMs, metadata, CancellationToken.None);
        await fixture.Catalog.CommitAsync(new MetastoreChange { Add = written.Blocks }, onPublish: null, CancellationToken.None);
        return written;
    }

    private sealed class ListedSource(params (byte[] Labels, Action<ImportedSeries> Fill)[] series) : IImportSource
    {
        private int _next;

        public bool TryRead(ImportedSeries into)
        {
            if (_next == series.Length) return false;
            into.Begin(series[_next].Labels);
            series[_next++].Fill(into);
            return true;
        }
    }
}
