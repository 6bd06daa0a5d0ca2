using Triptych.Columnar;
using Triptych.Columnar.Rows;
using Triptych.Logs.Compaction;
using Triptych.Model;
using Triptych.Model.Logs;
using Triptych.Storage.Catalog;
using Triptych.Storage.Metastore;
using Triptych.Testing;

namespace Triptych.Logs.Tests;

public sealed class GoldenBlockTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public Task The_first_logs_block_of_version_1_is_read() => CheckAsync("logs-1", Lines(), isStillWritten: false);

    /// <summary>Written since ids of one length are DELTA_LENGTH_BYTE_ARRAY; in logs-1 they are PLAIN.</summary>
    [Fact]
    public Task The_logs_block_of_version_1_with_ids_of_one_length_is_read() => CheckAsync("logs-1-ids", LinesWithIds(), isStillWritten: false);

    /// <summary>Written since row groups have filters of their lines.</summary>
    [Fact]
    public Task The_logs_block_of_version_1_with_filters_is_read() =>
        CheckAsync("logs-1-grams", [.. Lines(), .. LinesWithIds()], isStillWritten: false);

    /// <summary>Written where lines have frequent fields.</summary>
    [Fact]
    public Task The_logs_block_of_version_1_with_columns_of_fields_is_read() => CheckAsync("logs-1-fields", LinesWithFields(), isStillWritten: false);

    /// <summary>Written where structured metadata has frequent names.</summary>
    [Fact]
    public Task The_first_logs_block_of_version_2_with_columns_of_metadata_is_read() =>
        CheckAsync("logs-2", LinesWithMetadata(), isStillWritten: false);

    // What follows has twice the slots for grams with digits.
    [Fact]
    public Task The_logs_block_of_version_1_with_larger_filters_is_read_and_still_written() =>
        CheckAsync("logs-1-slots", [.. Lines(), .. LinesWithIds()], isStillWritten: true);

    [Fact]
    public Task The_logs_block_of_version_1_with_larger_filters_and_fields_is_read_and_still_written() =>
        CheckAsync("logs-1-slots-fields", LinesWithFields(), isStillWritten: true);

    [Fact]
    public Task The_logs_block_of_version_2_with_larger_filters_is_read_and_still_written() =>
        CheckAsync("logs-2-slots", LinesWithMetadata(), isStillWritten: true);

    /// <summary>Written by merges since they keep the patterns of lines.</summary>
    [Theory]
    [InlineData("logs-1-patterns", false)]
    [InlineData("logs-1-slots-patterns", true)]
    public async Task Logs_blocks_of_version_1_with_patterns_are_read(string name, bool isStillWritten)
    {
        await using var written = await LogStoreFixture.OpenAsync();
        foreach (var part in Lines().Chunk(30))
        {
            await written.AppendAsync(part);
            await written.FlushAsync();
        }

        var expected = await written.ScanAsync();
        var job = MergeRun.Job(written.Catalog, written.Objects, MergeRun.Blocks(written.Catalog, Signal.Logs));
        var meta = (await MergeRun.RunAsync(new LogBlockMerger(), written.Catalog, job)).ShouldHaveSingleItem();
        await GoldenBlock.CheckAsync(name, Path.Combine(written.ObjectRoot, meta.ObjectKey), Cancel, isStillWritten);

        await using var reading = await LogStoreFixture.OpenAsync();
        await AddAsync(reading, name, meta);
        (await reading.ScanAsync()).ShouldBe(expected);
        var statistics = new ScanStatistics();
        var patterns = await reading.Store.PatternsAsync(
            new PatternLookup(TenantId.Default, [], 0, long.MaxValue, 3_600_000_000_000), statistics, Cancel);
        patterns.Where(p => p.Text == "line <_> of the golden block: päth=<_>").Sum(p => p.Samples.Sum(s => s.Count)).ShouldBe(51);
        patterns.Sum(p => p.Samples.Sum(s => s.Count)).ShouldBe(60);
        statistics.RowsRead.ShouldBe(0);
    }

    private static async Task AddAsync(LogStoreFixture reading, string name, BlockMeta meta)
    {
        var golden = await File.ReadAllBytesAsync(GoldenBlock.PathOf(name), Cancel);
        var path = Path.Combine(reading.ObjectRoot, meta.ObjectKey);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllBytesAsync(path, golden, Cancel);
        await reading.Catalog.CommitAsync(new MetastoreChange { Add = [meta with { SizeBytes = golden.Length }] }, onPublish: null, Cancel);
    }

    private static async Task CheckAsync(string name, Line[] lines, bool isStillWritten)
    {
        await using var written = await LogStoreFixture.OpenAsync();
        await written.AppendAsync(lines);
        await written.FlushAsync();
        var meta = written.Catalog.Current.Blocks(TenantId.Default, Signal.Logs).ShouldHaveSingleItem();
        await GoldenBlock.CheckAsync(name, Path.Combine(written.ObjectRoot, meta.ObjectKey), Cancel, isStillWritten);

        await using var reading = await LogStoreFixture.OpenAsync();
        await AddAsync(reading, name, meta);
        var expected = await written.ScanAsync();
        expected.Count.ShouldBe(lines.Length);
        (await reading.ScanAsync()).ShouldBe(expected);
    }

    private static Line[] Lines() =>
    [
        .. Enumerable.Range(0, 60).Select(i => new Line(
            $"app=a{i % 3},host=h ü{i % 2}", 1_772_366_400_000_000_000 + (i * 1_000_000_007L), i % 7 == 0 ? "" : $"line {i} of the golden block: päth=/x/{i * 7919}",
            i % 4 == 0 ? "" : i % 4 == 1 ? $"trace_id=t{i},span_id=s{i}" : $"user=u{i % 5},zone=z", (LogLevel)(i % 5))),
    ];

    private static Line[] LinesWithIds() =>
    [
        .. Enumerable.Range(0, 60).Select(i => new Line(
            "app=ids", 1_772_366_400_000_000_000 + (i * 1_000_000_007L), $"line {i} of the golden block of ids",
            i % 4 == 0 ? "" : $"trace_id={(ulong)i * 0x9E3779B97F4A7C15UL:x16}{(ulong)i * 0xC2B2AE3D27D4EB4FUL:x16},span_id={(ulong)i * 0x165667B19E3779F9UL:x16}", LogLevel.Info)),
    ];

    private static Line[] LinesWithMetadata() =>
    [
        .. Enumerable.Range(0, 240).Select(i => new Line(
            $"app=m{i % 3}", 1_772_366_400_000_000_000 + (i * 1_000_000_007L), $"line {i} with metadata",
            (i % 4) switch
            {
                0 => "",
                1 => $"request_id={(ulong)i * 0x9E3779B97F4A7C15UL:x16},zone=z{i % 5}",
                2 => $"a.first=1,request_id={(ulong)i * 0x9E3779B97F4A7C15UL:x16},trace_id=t{i},zone=z{i % 3}",
                _ => $"größe={i},span_id=s{i},zone=ü",
            })),
    ];

    private static Line[] LinesWithFields() =>
    [
        .. Enumerable.Range(0, 240).Select(i => new Line(
            $"app=f{i % 3}", 1_772_366_400_000_000_000 + (i * 1_000_000_007L),
            (i % 3) switch
            {
                0 => $$"""{"level":"{{(i % 2 == 0 ? "info" : "warn")}}","http":{"status":{{200 + (i % 5)}}},"took":{{i}}.{{i % 10}}00,"id":"{{i * 7919}}x"}""",
                1 => $"level=info status={400 + (i % 4)} took={i / 10.0:0.##} msg=\"request {i} done\"",
                _ => $"line {i} without fields",
            })),
    ];
}
