using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Logs.Block;
using Triptych.Logs.Compaction;
using Triptych.Logs.Tests;
using Triptych.LogQL.Planning;
using Triptych.Model;
using Triptych.Model.Labels;
using Triptych.Model.Logs;
using Triptych.Primitives.Memory;
using Triptych.Query.Steps;
using Triptych.Storage.Compaction;
using Triptych.Testing;

namespace Triptych.Fuzz.Tests.Logs;

/// <summary>
/// Questions over structured metadata have the same answers wherever it lies: in a head, in columns and maps of blocks, in merged ones and in such that a
/// deletion has rewritten. Lines come back with what they had.
/// </summary>
public sealed class MetadataQueryTests
{
    private const long Second = 1_000_000_000;

    private static readonly string[] s_streams = ["app=a,n=1", "app=b,n=1,zone=east", "app=c,n=1,user=stream"];

    private static readonly string[] s_questions =
    [
        """{n="1"}""",
        """{n="1"} | user="u7" """,
        """{n="1"} | user!="u7" """,
        """{n="1"} | user="" """,
        """{n="1"} | user!="" """,
        """{app="a"} | user="u7" """,
        """{app="a"} | user!="u7" | zone=~"z[12]" """,
        """{app="a"} | user=~"u1.*|" """,
        """{app="a"} | user!~"u1.*" """,
        """{app=~"a|b"} | request_id="r77" """,
        """{app=~"a|b"} | request_id="r77" or zone="z0" """,
        """{app=~"a|b"} | request_id=~"r7.+" and zone!="z0" """,
        """{app="a"} | status >= 500""",
        """{app="a"} | status >= 500 and user="u3" """,
        """{app="a"} | status < 300 or size > 1KB""",
        """{app="a"} | status >= 500 | size > 1KB""",
        """{app="a"} | size > 1KB | status < 400 | __error__="" """,
        """{app="a"} | took > 10ms and status != 404""",
        """{app="a"} | addr=ip("10.0.0.0/8")""",
        """{app="a"} |= "7" | zone="z1" """,
        """{app="a"} | trace_id="t7" """,
        """{app="a"} | trace_id="" | zone="z2" """,
        """{app="a"} | with_blank="x" or größe="1" """,
        """{app="a"} | json | user="u7" """,
        """{app="a"} | zone="z1" | label_format user=zone | user="z1" """,
        """{app="a"} | user="u7" | line_format "{{.zone}} {{.request_id}}" """,
        """sum by (zone) (count_over_time({n="1"}[2h]))""",
        """sum by (user, zone) (count_over_time({app="a"} | status >= 500 | __error__=""[2h]))""",
        """sum by (user) (count_over_time({app="a"} | zone=~"z.*" | __error__=""[2h]))""",
        """sum(count_over_time({n="1"} | user="u3"[2h]))""",
        """sum by (app) (sum_over_time({n="1"} | unwrap status | __error__=""[2h]))""",
        """sum by (zone) (sum_over_time({app="a"} | user!="" | unwrap duration(took) | __error__=""[2h]))""",
        """sum by (zone) (sum_over_time({app="a"} | unwrap status[2h]))""",
        """sum by (status) (count_over_time({app="a"} | status > 0 [2h]))""",
        """count_over_time({app="a"} | zone="z1"[2h])""",
        """sum by (target) (count_over_time({app="a"} | label_format target=user | __error__=""[2h]))""",
        """sum by (zone) (count_over_time({app="a"} | keep zone[2h]))""",
        """sum by (zone) (count_over_time({app="a"} | drop zone | status >= 0 | __error__=""[2h]))""",
        """sum by (user) (count_over_time({app="a"} | json | zone="z1" | __error__=""[2h]))""",
        """sum by (user) (count_over_time({app="a"} | regexp "(?P<word>[0-9]+)" | word > 5 | __error__=""[2h]))""",
        """topk(3, sum by (request_id) (count_over_time({app="a"} | request_id!=""[2h])))""",
        """sum by (__error__) (count_over_time({app="a"} | status > 5 [2h]))""",
    ];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, MergeRun.Seeds)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Metadata_answers_the_same_wherever_it_lies(int seed)
    {
        var random = new Random(seed);
        await using var fixture = await LogStoreFixture.OpenAsync();
        var origin = fixture.Now - (3_600 * Second);
        var written = new List<Line>();
        var blocks = random.Next(2, 5);
        var alike = random.Next(2) == 0 ? random.Next(1, 1 << 9) : 0;
        for (var block = 0; block < blocks; block++)
        {
            // Some flushes overlap in time with the one before, repeat what was there, and lack names that others have.
            await FillAsync(fixture, written, random, origin + (block * random.Next(100, 700) * Second), (alike > 0 ? alike : random.Next(1 << 9)) | 1);
            await fixture.FlushAsync();
            if (random.Next(2) == 0) await fixture.AppendAsync([.. written.TakeLast(20)]);
        }

        var answers = await AnswersAsync(FieldQueryTests.Plain(written), origin);
        answers.Count(a => a.Contains("BadData", StringComparison.Ordinal)).ShouldBeLessThan(answers.Count / 4);
        (await AnswersAsync(fixture.Store, origin)).ShouldBe(answers, $"seed {seed} in blocks");
        (await ColumnsAsync(fixture)).ShouldBeGreaterThan(0);

        // Little memory copies row groups that would be small else.
        var memory = new MemoryBudget("merge", random.Next(2) == 0 ? MergeJob.DefaultMemoryBytes : 6 << 20);
        var job = MergeRun.Job(fixture.Catalog, fixture.Objects, MergeRun.Blocks(fixture.Catalog, Signal.Logs), memory: memory);
        await MergeRun.RunAsync(new LogBlockMerger(), fixture.Catalog, job);
        memory.Used.ShouldBe(0);
        (await AnswersAsync(fixture.Store, origin)).ShouldBe(answers, $"seed {seed} merged");
        (await ColumnsAsync(fixture)).ShouldBeGreaterThan(0);

        var deletion = new RowDeletion(
            origin + (100 * Second), origin + (600 * Second), [LabelMatcher.Create("app", MatchOp.NotEqual, "c")],
            new RowPredicate.Exists(LogColumns.MetadataValue("user")));
        var rewrite = MergeRun.Job(fixture.Catalog, fixture.Objects, MergeRun.Blocks(fixture.Catalog, Signal.Logs), deletions: [deletion], memory: memory);
        await MergeRun.RunAsync(new LogBlockMerger(), fixture.Catalog, rewrite);
        written.RemoveAll(l => l.Time >= deletion.MinTime && l.Time <= deletion.MaxTime && !l.Stream.Contains("app=c", StringComparison.Ordinal)
            && LogStoreFixture.LabelText(LogStoreFixture.Labels(l.Metadata)).Split(',').Any(m => m.StartsWith("user=", StringComparison.Ordinal)));
        answers = await AnswersAsync(FieldQueryTests.Plain(written), origin);
        (await AnswersAsync(fixture.Store, origin)).ShouldBe(answers, $"seed {seed} with rows deleted");

        await FillAsync(fixture, written, random, origin + (2_000 * Second), names: (1 << 9) - 1);
        answers = await AnswersAsync(FieldQueryTests.Plain(written), origin);
        (await AnswersAsync(fixture.Store, origin)).ShouldBe(answers, $"seed {seed} with a head");
        await fixture.RestartAsync();
        (await AnswersAsync(fixture.Store, origin)).ShouldBe(answers, $"seed {seed} replayed");
    }

    private static async Task<int> ColumnsAsync(LogStoreFixture fixture)
    {
        var columns = 0;
        foreach (var meta in MergeRun.Blocks(fixture.Catalog, Signal.Logs))
        {
            var block = await LogBlock.OpenAsync(fixture.Objects, meta, CancellationToken.None);
            foreach (var facts in block.Facts)
                columns += (await facts.MetadataAsync(new ReadCount(), CancellationToken.None))?.Columns.Count() ?? 0;
        }

        return columns;
    }

    /// <summary>Appends lines; <paramref name="names"/> says which metadata they may have, one bit each.</summary>
    private static async Task FillAsync(LogStoreFixture fixture, List<Line> written, Random random, long start, int names)
    {
        var batch = new List<Line>();
        for (var i = 0; i < 500; i++)
        {
            var text = random.Next(3) == 0 ? $$"""{"user":"u{{random.Next(9)}}","v":{{written.Count + i}}}""" : $"line {written.Count + i}";
            batch.Add(new Line(s_streams[random.Next(3)], start + (i * Second) + random.Next(1000), text, Metadata(random, names), (LogLevel)random.Next(5)));
        }

        await fixture.AppendAsync([.. batch]);
        written.AddRange(batch);
    }

    private static string Metadata(Random random, int names)
    {
        var parts = new List<string>();
        for (var name = 0; name < 9; name++)
        {
            if ((names >> name & 1) == 0 || random.Next(5) == 0) continue;
            parts.Add(name switch
            {
                0 => $"user=u{random.Next(9)}",
                1 => $"zone={new[] { "z0", "z1", "z2", "", "ü z", new string('z', 300) }[random.Next(6)]}",
                2 => $"request_id=r{random.Next(400)}",
                3 => $"status={new[] { "200", "404", "500", "5e2", "0x1f4", "none", "-1", "", "500.0" }[random.Next(9)]}",
                4 => $"size={new[] { "1KB", "2KiB", "100", "x", "3MB" }[random.Next(5)]},took={random.Next(30)}ms",
                5 => $"trace_id=t{random.Next(20)},span_id=s{random.Next(3)}",
                6 => $"größe={random.Next(3)},with blank=x,User=U{random.Next(4)}",
                7 => $"addr={new[] { "10.1.2.3", "192.168.0.1", "::1", "host" }[random.Next(4)]},app=meta{random.Next(2)}",
                _ => $"a.{random.Next(3)}=dots,~=tilde,level=l{random.Next(3)},__error__=odd",
            });
        }

        return string.Join(',', parts);
    }

    private static async Task<List<string>> AnswersAsync(ILogSource source, long origin)
    {
        var answers = new List<string>();
        foreach (var query in s_questions)
        {
            var request = new LogQLRequest
            {
                Query = query,
                Grid = StepGrid.Instant(query[0] == '{' ? 0 : origin + (7_000 * Second)),
                IsInstant = query[0] != '{',
                StartUnixNanos = origin,
                EndUnixNanos = origin + (7_000 * Second),
                Limit = 100_000,
            };
            answers.Add(query + "\n" + await FieldQueryTests.AskAsync(source, request));
        }

        return answers;
    }
}
