using Triptych.Model;
using Triptych.Model.Logs;
using Triptych.Storage.Metastore;
using Triptych.Testing;

namespace Triptych.Logs.Tests;

public sealed class GoldenBlockTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_logs_block_of_version_1_is_read_and_still_written()
    {
        await using var written = await LogStoreFixture.OpenAsync();
        var lines = Lines();
        await written.AppendAsync(lines);
        await written.FlushAsync();
        var meta = written.Catalog.Current.Blocks(TenantId.Default, Signal.Logs).ShouldHaveSingleItem();
        await GoldenBlock.CheckAsync("logs-1", Path.Combine(written.ObjectRoot, meta.ObjectKey), Cancel);

        await using var reading = await LogStoreFixture.OpenAsync();
        var golden = await File.ReadAllBytesAsync(GoldenBlock.PathOf("logs-1"), Cancel);
        var path = Path.Combine(reading.ObjectRoot, meta.ObjectKey);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllBytesAsync(path, golden, Cancel);
        await reading.Catalog.CommitAsync(new MetastoreChange { Add = [meta with { SizeBytes = golden.Length }] }, onPublish: null, Cancel);
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
}
