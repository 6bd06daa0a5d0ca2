using Shouldly;
using Triptych.Model;
using Triptych.PromQL.Planning;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;
using Xunit;

namespace Triptych.PromQL.Tests.Planning;

/// <summary>Rows stream: what a query allocates depends on the groups of its answer, not on the series it reads.</summary>
public sealed class AllocationTests
{
    private const int StepMs = 15_000;
    private const int Steps = 120;

    [Theory]
    [InlineData("sum by (job) (rate(requests_total[5m]))")]
    [InlineData("avg by (job) (requests_total * 8)")]
    [InlineData("topk(3, max_over_time(requests_total[1m]))")]
    [InlineData("count(-requests_total)")]
    public async Task Ten_times_the_series_do_not_need_more_memory(string query)
    {
        await MeasureAsync(query, 1_000);
        var few = await MeasureAsync(query, 2_000);
        var many = await MeasureAsync(query, 20_000);

        // A matrix of the 18,000 series between them would be 17 MB. What grows is the generator's own text of numbers.
        (many.Allocated - few.Allocated).ShouldBeLessThan(4_000_000);
        many.PeakBytes.ShouldBeLessThan(1_000_000);
    }

    private static async Task<(long Allocated, long PeakBytes)> MeasureAsync(string query, int series)
    {
        var engine = new PromQLEngine(new GeneratedSampleSource(series, Steps, StepMs));
        var context = new QueryContext(TenantId.Default, new QueryLimits(), CancellationToken.None);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var answer = await engine.QueryRangeAsync(query, StepGrid.Range(0, (Steps - 1) * StepMs, StepMs), context);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        answer.Error.ShouldBeNull();
        answer.Value!.Series.Count.ShouldBeInRange(1, 10);
        return (allocated, context.PeakBytes);
    }
}
