using System.Text;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Logs.Block;
using Triptych.Primitives.Binary;

namespace Triptych.Logs.Tests.Block;

/// <summary>A filter may name rows that lack a needle, and never leaves out one that has it.</summary>
public sealed class GramFilterTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void A_filter_never_rules_out_a_row_that_has_the_needle(int seed)
    {
        var random = new Random(seed);
        var lines = Enumerable.Range(0, random.Next(1, 1_500))
            .Select(_ => RandomText(random, random.Next(8) == 0 ? random.Next(6_000) : random.Next(120)))
            .ToArray();
        var filter = FilterOf(lines);
        for (var i = 0; i < 400; i++)
        {
            var row = random.Next(lines.Length);
            var line = lines[row];
            var start = random.Next(line.Length + 1);
            var needle = line.AsMemory(start, random.Next(Math.Min(line.Length - start, random.Next(4) == 0 ? 5_000 : 40) + 1));
            RowsOf(filter, new RowPredicate.Contains(LogColumns.Line, needle), lines.Length)
                .ShouldContain(row, $"seed {seed}, needle {i} at {start} of row {row}");
        }
    }

    [Fact]
    public void A_needle_in_one_line_of_many_leaves_few_parts()
    {
        var random = new Random(7);
        var lines = Enumerable.Range(0, 65_536)
            .Select(i => Encoding.UTF8.GetBytes($"level=info msg=\"order placed\" id={new Guid(Bytes(random, 16))} took={random.Next(1000)}ms"))
            .ToArray();
        var id = new Guid(0x5f2c91ab, 0x1ba4, 0x4c0d, [0x9e, 8, 0xd7, 0x61, 5, 0x4c, 3, 0xb2]).ToString();
        lines[40_000] = Encoding.UTF8.GetBytes($"level=error msg=\"connection refused\" id={id}");
        var filter = FilterOf(lines);
        var ofId = RowsOf(filter, Contains(id), lines.Length);
        ofId.ShouldContain(40_000);
        ofId.Count.ShouldBeLessThanOrEqualTo(16 * 1_024);
        var withinWords = RowsOf(filter, Contains("nection refu"), lines.Length);
        withinWords.ShouldContain(40_000, "a needle may begin and end within words");
        withinWords.Count.ShouldBeLessThanOrEqualTo(4 * 1_024);
        RowsOf(filter, Contains("CONNECTION REFUSED"), lines.Length).ShouldContain(40_000, "filters do not tell cases apart");
        var none = RowsOf(filter, Contains("no such words"), lines.Length);
        none.Count.ShouldBeLessThanOrEqualTo(4 * 1_024);
        RowsOf(filter, new RowPredicate.And([Contains("nection refu"), Contains("no such words")]), lines.Length)
            .ShouldBe(withinWords.Intersect(none), ignoreOrder: true);
        RowsOf(filter, new RowPredicate.Or([Contains("nection refu"), Contains("no such words")]), lines.Length)
            .ShouldBe(withinWords.Union(none), ignoreOrder: true);
        RowsOf(filter, new RowPredicate.Not(Contains("connection")), lines.Length).Count.ShouldBe(lines.Length);
        RowsOf(filter, Contains("short"), lines.Length).Count.ShouldBe(lines.Length, "less than six bytes decide nothing");
    }

    [Fact]
    public void Texts_in_any_case_leave_the_parts_that_have_one_of_them()
    {
        var lines = Enumerable.Range(0, 65_536).Select(i => Encoding.UTF8.GetBytes($"level=info msg=\"order placed\" took={i}ms")).ToArray();
        lines[1_500] = "upstream TIMEOUT after 30s"u8.ToArray();
        lines[50_000] = "Connection Refused"u8.ToArray();
        var filter = FilterOf(lines);
        var either = InAnyCase("timeout", "connection");
        GramFilter.CanRule(either).ShouldBeTrue();
        var rows = RowsOf(filter, either, lines.Length);
        rows.ShouldContain(1_500);
        rows.ShouldContain(50_000);
        rows.Count.ShouldBeLessThanOrEqualTo(8 * 1_024);
        RowsOf(filter, InAnyCase("timeout"), lines.Length).ShouldNotContain(50_000);
        GramFilter.CanRule(InAnyCase("timeout", "short")).ShouldBeFalse("less than six bytes decide nothing");
        RowsOf(filter, InAnyCase("timeout", "short"), lines.Length).Count.ShouldBe(lines.Length);
        GramFilter.CanRule(InAnyCase()).ShouldBeFalse();
        RowsOf(filter, InAnyCase(), lines.Length).Count.ShouldBe(lines.Length);
    }

    [Fact]
    public void A_filter_takes_its_share_of_the_lines_and_no_more()
    {
        var random = new Random(3);
        var lines = Enumerable.Range(0, 20_000).Select(_ => RandomText(random, 200)).ToArray();
        using var section = new PooledBufferWriter();
        Write(lines, section);
        section.Length.ShouldBeLessThan(20_000 * 200 / 50);
        using var small = new PooledBufferWriter();
        Write([.. Enumerable.Repeat(Encoding.UTF8.GetBytes("GET /health 200 of the same line that comes again and again"), 20_000)], small);
        small.Length.ShouldBeLessThan(2_000, "what is always the same needs few slots");
    }

    [Fact]
    public void A_damaged_filter_is_refused_and_one_of_a_later_version_passed_over()
    {
        using var section = new PooledBufferWriter();
        Write([[1, 2, 3]], section);
        var bytes = section.WrittenSpan.ToArray();
        GramFilter.Read(bytes, "file").ShouldNotBeNull();
        Should.Throw<CorruptFileException>(() => GramFilter.Read(bytes[..^1], "file"));
        Should.Throw<CorruptFileException>(() => GramFilter.Read([], "file"));
        bytes[0]++;
        GramFilter.Read(bytes, "file").ShouldBeNull();
    }

    private static RowPredicate.Matches InAnyCase(params string[] texts) => new(LogColumns.Line, new System.Text.RegularExpressions.Regex("x"), [])
    {
        RequiredAnyCase = [.. texts.Select(t => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(t))],
    };

    private static RowPredicate.Contains Contains(string text) => new(LogColumns.Line, Encoding.UTF8.GetBytes(text));

    private static HashSet<int> RowsOf(GramFilter filter, RowPredicate predicate, int rowCount)
    {
        var rows = new HashSet<int>();
        foreach (var range in filter.FindRows(predicate, rowCount)) rows.UnionWith(Enumerable.Range((int)range.Start, (int)range.Count));
        return rows;
    }

    private static GramFilter FilterOf(byte[][] lines)
    {
        using var section = new PooledBufferWriter();
        Write(lines, section);
        return GramFilter.Read(section.WrittenSpan.ToArray(), "test")!;
    }

    private static void Write(byte[][] lines, PooledBufferWriter section)
    {
        var builder = new GramFilterBuilder();
        builder.Begin(lines.Length);
        foreach (var line in lines) builder.Add(line);
        builder.Finish(section);
    }

    /// <summary>Words, numbers, ids, other alphabets, and bytes that are no text.</summary>
    private static byte[] RandomText(Random random, int length)
    {
        var text = new List<byte>();
        while (text.Count < length)
        {
            text.AddRange(random.Next(6) switch
            {
                0 => Encoding.UTF8.GetBytes(random.Next().ToString("x8", System.Globalization.CultureInfo.InvariantCulture)),
                1 => Encoding.UTF8.GetBytes($"{random.Next(100_000)}."),
                2 => Encoding.UTF8.GetBytes("größe 日本語 "),
                3 => Bytes(random, 3),
                4 => Encoding.UTF8.GetBytes("ERROR timeout=" + (char)('a' + random.Next(26))),
                _ => Encoding.UTF8.GetBytes(new string((char)('a' + random.Next(4)), random.Next(9)) + " "),
            });
        }

        return [.. text.Take(length)];
    }

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
