using System.Text.RegularExpressions;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Model.Attributes;

namespace Triptych.Traces.Tests;

public sealed class ScanPredicateTests
{
    private static readonly ColumnRef Value = SpanColumns.SpanAttribute("value");

    public static TheoryData<string> Names => [.. Predicates.Keys];

    private static Dictionary<string, (RowPredicate Predicate, Func<TestSpan, bool> Holds)> Predicates { get; } = new()
    {
        ["service"] = (Equal(SpanColumns.ServiceName, "service-1"), s => s.Service == "service-1"),
        ["service and duration"] = (
            new RowPredicate.And([Equal(SpanColumns.ServiceName, "service-1"), Greater(SpanColumns.DurationNanos, 1_000_000_000)]),
            s => s.Service == "service-1" && s.DurationNanos > 1_000_000_000),
        ["duration beyond all"] = (Greater(SpanColumns.DurationNanos, 9_000_000_000), _ => false),
        ["or"] = (
            new RowPredicate.Or([Equal(SpanColumns.Name, "op 3"), Greater(SpanColumns.StatusCode, 1)]), s => s.Name == "op 3" || s.Status > 1),
        ["not"] = (new RowPredicate.Not(Equal(SpanColumns.Name, "op 3")), s => s.Name != "op 3"),
        ["attribute number"] = (Greater(SpanColumns.SpanAttribute("n"), 40), s => Number(s.Attributes, "n") > 40),
        ["attribute exists"] = (new RowPredicate.Exists(Value), s => AttributeReader.TryFind(s.Attributes, "value"u8, out _)),
        ["attribute nowhere"] = (new RowPredicate.Exists(SpanColumns.SpanAttribute("nowhere")), _ => false),
        ["resource attribute"] = (Equal(SpanColumns.ResourceAttribute("host.name"), "h1"), s => TextOf(s.ResourceAttributes, "host.name") == "h1"),
        ["any attribute"] = (Equal(SpanColumns.AnyAttribute("host.name"), "h2"), s => TextOf(s.ResourceAttributes, "host.name") == "h2"),
        ["scope attribute"] = (Greater(SpanColumns.ScopeAttribute("value"), 6), s => s.ScopeAttributes.Length > 0),
        ["events contain"] = (new RowPredicate.Contains(SpanColumns.Events, "exception"u8.ToArray()), s => s.Events.Length > 0),
        ["status message matches"] = (
            new RowPredicate.Matches(SpanColumns.StatusMessage, new Regex("^failed [0-4]$"), []), s => Regex.IsMatch(s.StatusMessage, "^failed [0-4]$")),
        ["roots"] = (
            new RowPredicate.IdIn(SpanColumns.ParentSpanId, new HashSet<ReadOnlyMemory<byte>>(BytesComparer.Instance) { new byte[8] }), s => s.Parent == 0),
        ["nothing"] = (new RowPredicate.Or([]), _ => false),
        ["everything"] = (new RowPredicate.And([]), _ => true),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_predicate_selects_the_same_spans_in_head_and_block(string name)
    {
        var (predicate, holds) = Predicates[name];
        await using var fixture = await StoreFixture.OpenAsync();
        var spans = TestSpans.Make(6000, seed: 6, StoreFixture.NowUnixNanos);
        await fixture.AppendAsync(spans);
        List<string> expected = [.. spans.Where(holds).Select(StoreFixture.Expected).Order(StringComparer.Ordinal)];
        (await fixture.SortedAsync(StoreFixture.Request(predicate))).ShouldBe(expected);
        await fixture.FlushAsync();
        (await fixture.SortedAsync(StoreFixture.Request(predicate))).ShouldBe(expected);
    }

    [Fact]
    public async Task A_time_range_is_closed_at_its_begin_and_open_at_its_end()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var spans = TestSpans.Make(6000, seed: 7, StoreFixture.NowUnixNanos);
        await fixture.AppendAsync(spans);
        var starts = spans.Select(s => s.StartUnixNanos).Order().ToArray();
        var request = StoreFixture.Request() with { MinTimeUnixNanos = starts[1000], MaxTimeUnixNanos = starts[4000] };
        List<string> expected =
        [
            .. spans.Where(s => s.StartUnixNanos >= starts[1000] && s.StartUnixNanos < starts[4000]).Select(StoreFixture.Expected).Order(StringComparer.Ordinal),
        ];
        (await fixture.SortedAsync(request)).ShouldBe(expected);
        await fixture.FlushAsync();
        (await fixture.SortedAsync(request)).ShouldBe(expected);
    }

    private static RowPredicate.Compare Equal(ColumnRef column, string text) => new(column, CompareOp.Equal, AttributeValue.String(text));

    private static RowPredicate.Compare Greater(ColumnRef column, long number) => new(column, CompareOp.Greater, AttributeValue.Int(number));

    private static long Number(byte[] set, string key) =>
        AttributeReader.TryFind(set, System.Text.Encoding.UTF8.GetBytes(key), out var found) ? found.Bits : long.MinValue;

    private static string? TextOf(byte[] set, string key) =>
        AttributeReader.TryFind(set, System.Text.Encoding.UTF8.GetBytes(key), out var found) ? System.Text.Encoding.UTF8.GetString(found.Bytes) : null;
}
