using Shouldly;
using Triptych.Model.Labels;
using Triptych.Storage.Index;
using Xunit;

namespace Triptych.Storage.Tests.Index;

public class LabelIndexTests
{
    private static readonly IReadOnlyList<LabelMatcher>[] Selectors =
    [
        [],
        [LabelMatcher.Create("__name__", MatchOp.Equal, "m1")],
        [LabelMatcher.Create("__name__", MatchOp.Regex, "m1|m2"), LabelMatcher.Create("b", MatchOp.NotEqual, "v3")],
        [LabelMatcher.Create("a", MatchOp.Equal, "v2"), LabelMatcher.Create("b", MatchOp.Regex, "v[12]|")],
        [LabelMatcher.Create("c", MatchOp.Equal, "")],
        [LabelMatcher.Create("c", MatchOp.NotRegex, "v.*")],
        [LabelMatcher.Create("id", MatchOp.Equal, "17")],
        [LabelMatcher.Create("id", MatchOp.Regex, "17|18|400000")],
        [LabelMatcher.Create("missing", MatchOp.Equal, "x")],
    ];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Selections_are_those_of_looking_at_every_series(bool withPostings)
    {
        var sets = RandomSets(3000, 1);
        var index = Fill(sets, withPostings);
        foreach (var matchers in Selectors)
        {
            int[] expected = [.. Enumerable.Range(0, sets.Count).Where(i => matchers.All(m => m.Matches(ValueOf(sets[i], m.Name))))];
            index.Select(matchers).ShouldBe(expected);
        }
    }

    [Fact]
    public void Canonical_labels_come_back_as_they_went_in()
    {
        var sets = RandomSets(2000, 2);
        var index = Fill(sets, withPostings: true);
        var key = new LabelKey();
        for (var i = 0; i < sets.Count; i++)
        {
            index.KeyOf(i, key).ToArray().ShouldBe(sets[i]);
            index.HasKey(i, sets[i]).ShouldBeTrue();
            index.HasKey(i, sets[i].AsSpan(0, 0)).ShouldBe(sets[i].Length == 0);
            if (i > 0) index.HasKey(i, sets[i - 1]).ShouldBe(sets[i].AsSpan().SequenceEqual(sets[i - 1]));
        }
    }

    [Fact]
    public void A_set_that_begins_like_another_is_another()
    {
        var index = Fill([Set(("a", "1"))], withPostings: true);
        index.HasKey(0, Set(("a", "1"), ("b", "2"))).ShouldBeFalse();
        Fill([Set(("a", "1"), ("b", "2"))], withPostings: true).HasKey(0, Set(("a", "1"))).ShouldBeFalse();
    }

    [Fact]
    public void The_order_is_that_of_the_canonical_bytes()
    {
        var sets = RandomSets(2000, 3);
        var index = Fill(sets, withPostings: false);
        LabelOrder.ByKey(index).Select(i => sets[i]).ShouldBe(sets.Order(Comparer<byte[]>.Create(Compare)), new SameBytes());
    }

    [Fact]
    public void The_order_by_a_label_has_equal_values_in_the_order_of_their_bytes()
    {
        var sets = RandomSets(2000, 4);
        var index = Fill(sets, withPostings: true);
        var expected = sets.OrderBy(s => ValueOf(s, "b"), StringComparer.Ordinal).ThenBy(static s => s, Comparer<byte[]>.Create(Compare));
        LabelOrder.ByValue(index, "b").Select(i => sets[i]).ShouldBe(expected, new SameBytes());
    }

    [Fact]
    public void A_series_takes_a_fraction_of_what_its_labels_are_as_text()
    {
        var index = new LabelIndex();
        var text = 0L;
        for (var i = 0; i < 100_000; i++)
        {
            var set = Set(
                ("__name__", $"container_network_receive_bytes_total_{i % 100}"), ("cluster", "production-eu-west"), ("container", $"app-{i % 24}"),
                ("instance", $"10.0.{i / 1000}.1:9100"), ("job", "kubernetes-cadvisor"), ("namespace", $"team-{i % 12}"), ("pod", $"app-{i % 24}-{i / 100}"));
            text += set.Length;
            index.Add(set);
        }

        index.SizeBytes.ShouldBeLessThan(text / 2);
        index.SizeBytes.ShouldBeLessThan(100_000 * 80);
    }

    private static LabelIndex Fill(IReadOnlyList<byte[]> sets, bool withPostings)
    {
        var index = new LabelIndex(withPostings);
        for (var i = 0; i < sets.Count; i++) index.Add(sets[i]).ShouldBe(i);
        return index;
    }

    private static List<byte[]> RandomSets(int count, int seed)
    {
        var random = new Random(seed);
        var sets = new List<byte[]>();
        for (var i = 0; i < count; i++)
        {
            var labels = new List<(string, string)> { ("id", $"{i}") };
            if (random.Next(10) > 0) labels.Add(("__name__", $"m{random.Next(5)}"));
            foreach (var name in new[] { "a", "b", "c" })
            {
                if (random.Next(3) > 0) labels.Add((name, random.Next(20) == 0 ? new string('x', random.Next(120, 400)) : $"v{random.Next(5)}"));
            }

            sets.Add(Set([.. labels]));
        }

        // Longer than a quarter of a page: it stands alone.
        sets.Add(Set([.. Enumerable.Range(0, 9000).Select(i => ($"l{i:D4}", $"{i}"))]));
        return sets;
    }

    private static byte[] Set(params (string Name, string Value)[] labels) =>
        LabelSet.Encode(labels.Select(static l => KeyValuePair.Create(l.Name, l.Value)));

    private static string ValueOf(byte[] set, string name) => LabelSet.Decode(set).FirstOrDefault(l => l.Key == name).Value ?? "";

    private static int Compare(byte[]? a, byte[]? b) => a.AsSpan().SequenceCompareTo(b);

    private sealed class SameBytes : IEqualityComparer<byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => obj.Length;
    }
}
