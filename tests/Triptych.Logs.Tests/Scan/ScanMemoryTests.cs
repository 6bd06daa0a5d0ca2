using System.Text.RegularExpressions;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Primitives.Memory;

namespace Triptych.Logs.Tests.Scan;

/// <summary>What scans of long lines hold is charged before it is taken, and all of it is given back.</summary>
public sealed class ScanMemoryTests
{
    private const int LineBytes = 1_000_000;
    private const int LineCount = 48;

    [Theory]
    [InlineData(RowOrder.Any, true)]
    [InlineData(RowOrder.TimeAscending, true)]
    [InlineData(RowOrder.TimeDescending, true)]
    [InlineData(RowOrder.Any, false)]
    [InlineData(RowOrder.TimeDescending, false)]
    public async Task A_scan_charges_the_lines_that_it_decodes_and_gives_all_of_it_back(RowOrder order, bool isFlushed)
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        await AppendLongLinesAsync(fixture);
        if (isFlushed) await fixture.FlushAsync();
        var budget = MemoryBudget.Unlimited("scan");

        var lines = await fixture.ScanAsync(order, budget: budget);

        lines.Count.ShouldBe(LineCount);
        lines.ShouldAllBe(l => l.Text.Length == LineBytes);
        budget.Used.ShouldBe(0);
        budget.Peak.ShouldBeGreaterThan(LineCount * (long)LineBytes);
        budget.Peak.ShouldBeLessThan(3L * LineCount * LineBytes);
    }

    [Theory]
    [InlineData(RowOrder.Any)]
    [InlineData(RowOrder.TimeDescending)]
    public async Task A_scan_that_would_decode_more_than_its_budget_is_refused_before_it_does(RowOrder order)
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        await AppendLongLinesAsync(fixture);
        await fixture.FlushAsync();
        var budget = new MemoryBudget("scan", LineCount * (long)LineBytes / 2);

        await Should.ThrowAsync<MemoryBudgetExceededException>(() => fixture.ScanAsync(order, budget: budget));

        budget.Used.ShouldBe(0);
        budget.Peak.ShouldBeGreaterThan(LineBytes);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_search_for_words_keeps_no_line_that_lacks_them(bool isFlushed)
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        await AppendLongLinesAsync(fixture);
        if (isFlushed) await fixture.FlushAsync();
        var budget = new MemoryBudget("scan", 3L * LineCount * LineBytes);
        var predicate = new RowPredicate.Matches(LogColumns.Line, new Regex("(?s)^7 .*end 7$", RegexOptions.NonBacktracking), []);

        var lines = await fixture.ScanAsync(RowOrder.Any, predicate: predicate, budget: budget);

        lines.Select(l => l.Text[..2]).ShouldBe(["7 "]);
        budget.Used.ShouldBe(0);
    }

    [Fact]
    public async Task Batches_of_long_lines_have_few_rows()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        await AppendLongLinesAsync(fixture);
        await fixture.FlushAsync();
        foreach (var order in new[] { RowOrder.Any, RowOrder.TimeAscending })
        {
            await using var scan = await fixture.Store.OpenAsync(
                new RowScanRequest
                {
                    Tenant = Model.TenantId.Default,
                    MinTimeUnixNanos = 0,
                    MaxTimeUnixNanos = long.MaxValue,
                    Symbols = new Columnar.Symbols.SymbolTable(),
                    Projection = [LogColumns.Line],
                    Order = order,
                },
                CancellationToken.None);
            var rows = 0;
            while (await scan.NextAsync(CancellationToken.None) is { } batch)
            {
                batch.RowCount.ShouldBeInRange(1, 5);
                rows += batch.RowCount;
            }

            rows.ShouldBe(LineCount);
        }
    }

    private static async Task AppendLongLinesAsync(LogStoreFixture fixture)
    {
        var origin = fixture.Now - 60_000_000_000;
        for (var i = 0; i < LineCount; i++)
        {
            var text = $"{i} ".PadRight(LineBytes - 6, (char)('a' + (i % 26))) + $"end {i}".PadLeft(6);
            await fixture.AppendAsync(new Line("app=long", origin + i, text));
        }
    }
}
