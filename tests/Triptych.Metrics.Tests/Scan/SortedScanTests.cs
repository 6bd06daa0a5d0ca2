using Triptych.Columnar;
using Triptych.Columnar.Samples;
using Triptych.Columnar.Symbols;
using Triptych.Model;
using static Triptych.Metrics.Tests.TestLabels;

namespace Triptych.Metrics.Tests.Scan;

public sealed class SortedScanTests
{
    // In the order of labels, which is not that of their canonical bytes: those begin with lengths.
    private static readonly string[][] s_inOrder =
    [
        ["a", "z", "1"], ["m"], ["m", "aaaaaaaaaa", "1"], ["m", "b", "1"], ["m", "b", "10"], ["m", "b", "10", "c", "1"], ["m", "b", "2"], ["m", "b", "é"], ["mm"],
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Series_come_in_the_order_of_their_labels_from_head_and_blocks(bool isSeriesOnly)
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs;
        int[] order = [7, 2, 5, 0, 8, 3, 1, 6, 4];
        foreach (var i in order[..3]) await fixture.AppendAsync(Of(s_inOrder[i][0], s_inOrder[i][1..]), (t, i));
        await fixture.FlushAsync();
        foreach (var i in order[2..6]) await fixture.AppendAsync(Of(s_inOrder[i][0], s_inOrder[i][1..]), (t + 1, i));
        await fixture.FlushAsync();
        foreach (var i in order[5..]) await fixture.AppendAsync(Of(s_inOrder[i][0], s_inOrder[i][1..]), (t + 2, i));
        (await ReadAsync(fixture, isSeriesOnly)).ShouldBe(s_inOrder.Select(labels => string.Join(' ', labels)));
    }

    [Fact]
    public async Task A_store_of_one_block_is_sorted_too()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        foreach (var labels in s_inOrder.Reverse()) await fixture.AppendAsync(Of(labels[0], labels[1..]), (fixture.NowMs, 1));
        await fixture.FlushAsync();
        (await ReadAsync(fixture, isSeriesOnly: false)).ShouldBe(s_inOrder.Select(labels => string.Join(' ', labels)));
    }

    private static async Task<List<string>> ReadAsync(MetricStoreFixture fixture, bool isSeriesOnly)
    {
        var symbols = new SymbolTable();
        var request = new SampleScanRequest
        {
            Tenant = TenantId.Default,
            Matchers = [Match("__name__", "=~", ".+")],
            MinTimeMs = long.MinValue,
            MaxTimeMs = long.MaxValue,
            Symbols = symbols,
            SeriesOnly = isSeriesOnly,
            SortedByLabels = true,
        };
        var found = new List<string>();
        await using var scan = await fixture.Store.OpenAsync(request, CancellationToken.None);
        while (await scan.NextAsync(CancellationToken.None) is { } batch)
        {
            for (var i = 0; i < batch.SeriesCount; i++)
            {
                var words = new List<string>();
                foreach (var label in batch.LabelsOf(i))
                {
                    if (symbols.GetString(label.Name) != "__name__") words.Add(symbols.GetString(label.Name));
                    words.Add(symbols.GetString(label.Value));
                }

                found.Add(string.Join(' ', words));
                if (!isSeriesOnly) batch.ValuesOf(i).IsEmpty.ShouldBeFalse();
            }
        }

        return found;
    }
}
