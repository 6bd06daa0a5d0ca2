using Triptych.Model.Append;
using Triptych.Primitives.Checksums;
using Triptych.Storage.Wal;

namespace Triptych.Storage.Tests.Wal;

public class RequestTableTests
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    [Fact]
    public void A_request_is_known_for_the_window_and_not_longer()
    {
        var table = new RequestTable(Window, 10);
        table.Add(new Hash128(1, 1), sequence: 4, receivedUnixMs: 1000);
        table.TryFind(new Hash128(1, 1), 1000 + 900_000, out var sequence).ShouldBeTrue();
        sequence.ShouldBe(4);
        table.TryFind(new Hash128(1, 1), 1001 + 900_000, out _).ShouldBeFalse();
        table.TryFind(new Hash128(1, 2), 1000, out _).ShouldBeFalse();
    }

    [Fact]
    public void The_oldest_go_first_when_there_are_too_many()
    {
        var table = new RequestTable(Window, 3);
        for (var i = 0; i < 5; i++)
            table.Add(new Hash128(0, (ulong)i), i, receivedUnixMs: i);
        table.Count.ShouldBe(3);
        table.TryFind(new Hash128(0, 1), 5, out _).ShouldBeFalse();
        table.TryFind(new Hash128(0, 2), 5, out _).ShouldBeTrue();
    }

    [Fact]
    public void What_has_expired_does_not_stay_in_memory()
    {
        var table = new RequestTable(Window, 100);
        table.Add(new Hash128(0, 1), 1, 0);
        table.Add(new Hash128(0, 2), 2, 900_001);
        table.Count.ShouldBe(1);
    }

    [Fact]
    public void Saved_entries_are_those_up_to_the_sequence_and_load_again()
    {
        var table = new RequestTable(Window, 10);
        table.Add(new Hash128(1, 1), 1, 100);
        table.Add(new Hash128(2, 2), 2, 200);
        table.Add(new Hash128(3, 3), 3, 300);
        var loaded = new RequestTable(Window, 10);
        loaded.Load(table.Save(throughSequence: 2, nowUnixMs: 400));
        loaded.Count.ShouldBe(2);
        loaded.TryFind(new Hash128(2, 2), 400, out var sequence).ShouldBeTrue();
        sequence.ShouldBe(2);
        loaded.TryFind(new Hash128(3, 3), 400, out _).ShouldBeFalse();
    }

    [Fact]
    public void A_removed_request_is_taken_again()
    {
        var table = new RequestTable(Window, 10);
        table.Add(new Hash128(1, 1), 1, 100);
        table.Remove(new Hash128(1, 1), sequence: 9);
        table.TryFind(new Hash128(1, 1), 100, out _).ShouldBeTrue("another record of it stands");
        table.Remove(new Hash128(1, 1), sequence: 1);
        table.TryFind(new Hash128(1, 1), 100, out _).ShouldBeFalse();
    }

    [Fact]
    public void Refusals_are_kept_as_a_count_and_a_bounded_text_and_are_not_saved()
    {
        var table = new RequestTable(Window, 10);
        var detail = new string('x', RequestTable.MaxDetailLength - 1) + "\U0001F600 and more";
        table.Add(new Hash128(1, 1), 1, 100, [new Refusal("too_old", 3, detail), new Refusal("too_large", 4, "other")]);
        table.Add(new Hash128(2, 2), 2, 100);
        table.TryFind(new Hash128(1, 1), 100, out _, out var refused).ShouldBeTrue();
        refused.ShouldBe(new Refusal("too_old", 7, detail[..(RequestTable.MaxDetailLength - 1)] + "…"));
        table.TryFind(new Hash128(2, 2), 100, out _, out var none).ShouldBeTrue();
        none.ShouldBeNull();
        var loaded = new RequestTable(Window, 10);
        loaded.Load(table.Save(throughSequence: 2, nowUnixMs: 100));
        loaded.Count.ShouldBe(1);
        loaded.TryFind(new Hash128(2, 2), 100, out _).ShouldBeTrue();
    }
}
