using Triptych.Api.DataSources.Sql;
using Triptych.Primitives.Memory;

namespace Triptych.Api.Tests.DataSources;

public sealed class SqlAnswerRoomTests
{
    private const long MiB = 1 << 20;

    [Fact]
    public void All_queries_of_a_request_share_its_bound()
    {
        var common = new MemoryBudget("test", 100 * MiB);
        using var room = new SqlAnswerRoom(common, 2 * MiB);

        room.Take(MiB);
        room.Take(MiB / 2);
        Should.Throw<SqlAnswerTooLargeException>(() => room.Take(MiB)).Message.ShouldContain("more than 2097152 bytes");
    }

    [Fact]
    public void All_requests_share_the_common_bound_until_their_answers_are_written()
    {
        var common = new MemoryBudget("test", 3 * MiB);
        using var first = new SqlAnswerRoom(common, 2 * MiB);
        first.Take(2 * MiB);
        using (var second = new SqlAnswerRoom(common, 2 * MiB))
        {
            Should.Throw<SqlAnswerTooLargeException>(() => second.Take(2 * MiB)).Message.ShouldContain("try again");
        }

        first.Dispose();
        common.Used.ShouldBe(0);
        using var third = new SqlAnswerRoom(common, 2 * MiB);
        third.Take(2 * MiB);
        common.Used.ShouldBe(2 * MiB);
    }

    [Fact]
    public void Small_values_are_charged_in_pieces()
    {
        var common = new MemoryBudget("test", MiB);
        using var room = new SqlAnswerRoom(common, MiB);
        for (var i = 0; i < 1000; i++) room.Take(40);
        common.Used.ShouldBeInRange(40_000, 40_000 + (128 * 1024));
    }
}
