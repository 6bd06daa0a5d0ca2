using System.Diagnostics;
using System.Text;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Model;
using Triptych.Model.Labels;
using Triptych.Model.Logs;

namespace Triptych.Logs.Tests;

/// <summary>The store against a set of records, and beside writers and flushes.</summary>
public class LogStoreModelTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Random_batches_and_scans_agree_with_a_set(int seed)
    {
        var random = new Random(seed);
        await using var fixture = await LogStoreFixture.OpenAsync();
        var model = new HashSet<Line>();
        var origin = fixture.Now - 3_600_000_000_000;
        for (var step = 0; step < 80; step++)
        {
            switch (random.Next(10))
            {
                case 0:
                    await fixture.FlushAsync();
                    break;
                case 1:
                    await fixture.RestartAsync();
                    break;
                case < 6:
                    Line[] lines = [.. Enumerable.Range(0, random.Next(1, 120)).Select(_ => RandomLine(random, origin))];
                    model.UnionWith(lines);
                    (await fixture.AppendAsync(lines)).Accepted.ShouldBe(lines.Length);
                    break;
                default:
                    await CheckAsync(fixture, model, random, origin, $"seed {seed} step {step}");
                    break;
            }
        }
    }

    [Fact]
    public async Task Scans_beside_appends_and_flushes_see_each_acknowledged_record_once()
    {
        const int Writers = 3;
        const int Batches = 1_000;
        const int Blocks = 3;
        const int LinesPerBatch = 40;
        await using var fixture = await LogStoreFixture.OpenAsync();
        var origin = fixture.Now - 3_600_000_000_000;
        var acknowledged = new int[Writers];
        using var done = new CancellationTokenSource();
        var writers = Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var n = 0; !done.IsCancellationRequested && n < Batches; n++)
            {
                // What is left to write always outlasts the blocks that are still wanted, however slow a flush or quick a writer is.
                while (fixture.Catalog.Current.BlockCount < n * Blocks / Batches && !done.IsCancellationRequested) await Task.Delay(5);
                await fixture.AppendAsync([.. Enumerable.Range(n * LinesPerBatch, LinesPerBatch).Select(i => new Line($"w={writer}", origin + (i / 3), $"{i}"))]);
                Volatile.Write(ref acknowledged[writer], (n + 1) * LinesPerBatch);
            }
        })).ToArray();
        var flusher = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                await fixture.FlushAsync();
                await Task.Delay(50);
            }
        });
        var ran = Stopwatch.StartNew();
        bool Enough() => ran.Elapsed > TimeSpan.FromSeconds(4) && (fixture.Catalog.Current.BlockCount >= Blocks || ran.Elapsed > Patience);
        for (var round = 0; !Enough(); round++)
        {
            var atLeast = Enumerable.Range(0, Writers).Select(w => Volatile.Read(ref acknowledged[w])).ToArray();
            var order = (RowOrder)(round % 3);
            var byStream = (await fixture.ScanAsync(order)).ToLookup(l => l.Stream, StringComparer.Ordinal);
            for (var writer = 0; writer < Writers; writer++)
            {
                var found = byStream[$"w={writer}"].Select(l => int.Parse(l.Text, System.Globalization.CultureInfo.InvariantCulture)).ToList();
                if (order != RowOrder.TimeAscending) found.Sort();
                found.Count.ShouldBeGreaterThanOrEqualTo(atLeast[writer]);
                for (var i = 0; i < found.Count; i++) found[i].ShouldBe(i);
            }
        }

        await done.CancelAsync();
        await Task.WhenAll([.. writers, flusher]);
        fixture.Catalog.Current.BlockCount.ShouldBeGreaterThanOrEqualTo(Blocks);
        fixture.Events.Count("flush_failed").ShouldBe(0);
    }

    private static Line RandomLine(Random random, long origin) => new(
        $"app={random.Next(3)},host={random.Next(3)}",
        origin + (random.Next(60) * 1_000_000_000L),
        $"line {random.Next(10)} {new string('x', random.Next(3))}",
        random.Next(3) == 0 ? $"user={random.Next(3)}" : "");

    private static async Task CheckAsync(LogStoreFixture fixture, HashSet<Line> model, Random random, long origin, string where)
    {
        var min = origin + (random.Next(-2, 60) * 1_000_000_000L);
        var max = min + (random.Next(60) * 1_000_000_000L) + random.Next(2);
        var order = (RowOrder)random.Next(3);
        var app = random.Next(-1, 3);
        var digit = random.Next(-3, 10);
        var matched = model
            .Where(l => l.Time >= min && l.Time < max)
            .Where(l => app < 0 || l.Stream.StartsWith($"app={app},", StringComparison.Ordinal))
            .Where(l => digit < 0 || l.Text.Contains($"{digit}", StringComparison.Ordinal))
            .ToList();
        var limit = random.Next(2) == 0 ? long.MaxValue : random.Next(1, matched.Count + 2);
        var found = await fixture.ScanAsync(
            order, min, max, limit,
            digit < 0 ? null : new RowPredicate.Contains(LogColumns.Line, Encoding.UTF8.GetBytes($"{digit}")),
            app < 0 ? [] : [LabelMatcher.Create("app", MatchOp.Equal, $"{app}")]);

        // Which of several records at one time come before a limit is open; their times are not.
        found.Count.ShouldBe((int)Math.Min(limit, matched.Count), where);
        found.Distinct().Count().ShouldBe(found.Count, where);
        found.Except(matched).ShouldBeEmpty(where);
        if (order == RowOrder.Any) return;
        var times = matched.Select(l => l.Time).Order().ToList();
        if (order == RowOrder.TimeDescending) times.Reverse();
        found.Select(l => l.Time).ShouldBe(times.Take(found.Count), where);
    }
}
