using Triptych.Model;
using Triptych.Storage.Compaction;
using Triptych.Testing;
using Triptych.Traces.Sampling;
using static Triptych.Traces.Tests.Sampling.SampledStore;

namespace Triptych.Traces.Tests.Sampling;

/// <summary>
/// Random traces whose parts come in several requests, over blocks and the head, with random merges between: whatever is there is whole, whatever is gone was
/// allowed to go, and what is left when all of it was merged is what one merge of everything leaves.
/// </summary>
public sealed class SamplingPropertyTests
{
    private static readonly SamplingPolicy[] Policies =
    [
        new StatusCodePolicy("errors", [2]), new LatencyPolicy("slow", 500 * Second), Share(30, service: "service-[12]"),
        Share(0, exampleNanos: 900 * Second),
    ];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, MergeRun.Seeds)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Traces_stay_or_go_whole_and_only_those_go_that_may(int seed)
    {
        var random = new Random(seed);
        await using var store = await SampledStore.OpenAsync(Policies);
        await using var whole = await SampledStore.OpenAsync(Policies);
        var all = Traces(random, random.Next(50, 300));
        var pinned = all.Where(_ => random.Next(15) == 0).Select(static t => t[0].Trace).ToHashSet();
        store.References.Traces.UnionWith(pinned);
        whole.References.Traces.UnionWith(pinned);
        var through = long.MinValue;
        foreach (var request in Requests(all, random))
        {
            await store.AppendAsync(request);
            if (random.Next(3) == 0) await store.Fixture.FlushAsync();
            if (random.Next(3) > 0 || store.Fixture.Blocks.Count == 0) continue;

            // Everything of a trace has come before it is old: what comes later is another matter.
            through = AllThereThrough(store, all);
            foreach (var run in MergeRun.Runs(MergeRun.Blocks(store.Fixture.Catalog, Signal.Traces), random))
            {
                if (random.Next(2) == 0) await store.MergeAsync(run, through, random.Next(2) == 0 ? 600 * Second : long.MaxValue / 4);
            }

            Check(all, await store.TracesAsync(), pinned, through, store.Sent, $"seed {seed}");
        }

        await store.Fixture.FlushAsync();
        await store.MergeAsync();
        await whole.FlushAsync([.. all]);
        await whole.MergeAsync();
        var left = await store.TracesAsync();
        Check(all, left, pinned, long.MaxValue, store.Sent, $"seed {seed}, at the end");
        var expected = await whole.TracesAsync();
        expected.Count.ShouldBeInRange(1, all.Count - 1);

        // An example was chosen when others of its route were not there yet, so there may be more of them, but all else is the same.
        Firm(left, all, pinned).ShouldBe(Firm(expected, all, pinned), $"seed {seed}");
        RoutesOf(left.Keys, all).ShouldBe(RoutesOf(expected.Keys, all), $"seed {seed}");
    }

    private static IEnumerable<int> Firm(SortedDictionary<int, int> traces, List<TestSpan[]> all, HashSet<int> pinned) =>
        traces.Keys.Where(t => pinned.Contains(t) || MustStay(all[t - 1]) || RootOf(all[t - 1]).Service is "service-1" or "service-2");

    private static List<(string, string, long)> RoutesOf(IEnumerable<int> traces, List<TestSpan[]> all) =>
        [.. traces.Select(t => RootOf(all[t - 1])).Select(static r => (r.Service, r.Name, r.StartUnixNanos / (900 * Second))).Distinct().Order()];

    private static void Check(
        List<TestSpan[]> all, SortedDictionary<int, int> there, HashSet<int> pinned, long through, Dictionary<int, int> sent, string when)
    {
        foreach (var spans in all)
        {
            var trace = spans[0].Trace;
            var count = there.GetValueOrDefault(trace);
            var whole = sent.GetValueOrDefault(trace);
            if (count == whole) continue;
            count.ShouldBe(0, $"{when}: of trace {trace} {count} of {whole} spans are there");
            pinned.ShouldNotContain(trace, when);
            MustStay(spans).ShouldBeFalse($"{when}: trace {trace} had to stay");
            spans.Max(static s => s.StartUnixNanos + s.DurationNanos).ShouldBeLessThanOrEqualTo(through, $"{when}: trace {trace} was too young");
        }
    }

    private static bool MustStay(TestSpan[] spans) =>
        spans.Any(static s => s.Status == 2)
        || spans.Max(static s => s.StartUnixNanos + s.DurationNanos) - spans.Min(static s => s.StartUnixNanos) >= 500 * Second;

    private static TestSpan RootOf(TestSpan[] spans) => spans.First(static s => s.Parent == 0);

    private static List<TestSpan[]> Traces(Random random, int count)
    {
        var all = new List<TestSpan[]>();
        for (var trace = 1; trace <= count; trace++)
        {
            var start = Then + (random.NextInt64(1700) * Second);
            var length = random.Next(6) == 0 ? random.Next(1, 700) : random.Next(1, 30);
            var (service, name) = ($"service-{random.Next(4)}", $"op {random.Next(3)}");
            all.Add(
            [
                .. Enumerable.Range(1, random.Next(1, 6)).Select(id => new TestSpan(trace, id, id == 1 ? 0 : 1)
                {
                    StartUnixNanos = start + (id == 1 ? 0 : random.NextInt64(length * Second)),
                    DurationNanos = random.NextInt64(Second),
                    Status = (byte)(random.Next(20) == 0 ? 2 : random.Next(2)),
                    Service = service,
                    Name = name,
                }),
            ]);
        }

        return all;
    }

    /// <summary>The spans in about the order of time, so that parts of long traces are far apart.</summary>
    private static List<TestSpan[]> Requests(List<TestSpan[]> all, Random random)
    {
        var spans = all.SelectMany(static t => t).OrderBy(s => s.StartUnixNanos + (random.Next(60) * Second)).ToList();
        var requests = new List<TestSpan[]>();
        for (var start = 0; start < spans.Count;)
        {
            var count = Math.Min(spans.Count - start, random.Next(10, 80));
            requests.Add([.. spans.Skip(start).Take(count)]);
            start += count;
        }

        return requests;
    }

    /// <summary>A time such that each trace that ends by then has been sent whole.</summary>
    private static long AllThereThrough(SampledStore store, List<TestSpan[]> all) => all
        .Where(t => store.Sent.GetValueOrDefault(t[0].Trace) < t.Length)
        .Select(static t => t.Min(static s => s.StartUnixNanos) - 1)
        .DefaultIfEmpty(long.MaxValue)
        .Min();
}
