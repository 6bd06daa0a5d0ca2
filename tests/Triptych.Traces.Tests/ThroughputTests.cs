using System.Diagnostics;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Model.Append;
using Triptych.Model.Attributes;

namespace Triptych.Traces.Tests;

/// <summary>Budgets far above what is measured, so that only a change of order is caught; the figures are printed.</summary>
public sealed class ThroughputTests(ITestOutputHelper output)
{
    private const int Spans = 200_000;

    [Fact]
    public async Task Two_hundred_thousand_spans_are_taken_flushed_and_searched()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var now = StoreFixture.NowUnixNanos;
        var watch = new Stopwatch();
        for (var first = 0; first < Spans; first += 2000)
        {
            using var batch = TestSpan.Batch(Enumerable.Range(first, 2000).Select(i => Make(i, now)));
            watch.Start();
            await fixture.Store.AppendAsync(new AppendContext(Model.TenantId.Default, null), batch, CancellationToken.None);
            watch.Stop();
        }

        output.WriteLine($"append {watch.Elapsed.TotalMicroseconds / Spans:f2} µs a span, head {fixture.Store.HeadBytes / Spans} bytes a span");
        await SearchAsync(fixture, "head");
        watch.Restart();
        await fixture.FlushAsync();
        output.WriteLine($"flush {watch.Elapsed.TotalMicroseconds / Spans:f2} µs a span, {fixture.Blocks[0].SizeBytes / Spans} bytes a span");
        (watch.Elapsed.TotalMicroseconds / Spans).ShouldBeLessThan(2000);
        await SearchAsync(fixture, "block");
    }

    private static TestSpan Make(int i, long now) => new((i / 8) + 1, (i % 8) + 1, i % 8)
    {
        StartUnixNanos = now - ((Spans - i) * 1_000_000L),
        DurationNanos = i * 7919L % 1_000_000_000,
        Service = $"service-{i % 10}",
        Name = $"op {i % 50}",
        Attributes = TestSpan.Set(("http.method", "GET"), ("http.status_code", 200L), ("user", $"user-{i % 5000}"), ("retry", i % 2 == 0)),
    };

    private async Task SearchAsync(StoreFixture fixture, string where)
    {
        var predicate = new RowPredicate.And(
        [
            new RowPredicate.Compare(SpanColumns.ServiceName, CompareOp.Equal, AttributeValue.String("service-3")),
            new RowPredicate.Compare(SpanColumns.DurationNanos, CompareOp.Greater, AttributeValue.Int(900_000_000)),
        ]);
        for (var run = 0; run < 3; run++)
        {
            var watch = Stopwatch.StartNew();
            await using var scan = await fixture.Store.OpenAsync(
                StoreFixture.Request(predicate, SpanColumns.TraceId, SpanColumns.StartUnixNanos) with { Order = RowOrder.TimeDescending }, CancellationToken.None);
            var rows = 0;
            while (await scan.NextAsync(CancellationToken.None) is { } batch) rows += batch.RowCount;
            output.WriteLine($"search in {where}: {watch.Elapsed.TotalMilliseconds:f1} ms, {rows} rows");
            rows.ShouldBeInRange(1, Spans / 50);
            watch.Elapsed.TotalSeconds.ShouldBeLessThan(60);
        }
    }
}
