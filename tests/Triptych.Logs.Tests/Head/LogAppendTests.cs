using Triptych.Logs.Head;
using Triptych.Model;
using Triptych.Model.Labels;
using Triptych.Model.Logs;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Memory;
using Triptych.Storage.Heads;

namespace Triptych.Logs.Tests.Head;

public sealed class LogAppendTests : IDisposable
{
    private const long NowMs = 1_700_000_000_000;

    private readonly SlabPool _pool;
    private readonly LogHead _head;

    public LogAppendTests()
    {
        var budget = MemoryBudget.Unlimited("test");
        _pool = new SlabPool(budget);
        _head = new LogHead(_pool, budget, maxTenants: 1);
    }

    public void Dispose()
    {
        _head.Dispose();
        _pool.Dispose();
    }

    [Fact]
    public void A_batch_of_nothing_or_of_refused_lines_makes_no_tenant()
    {
        Append("a").Accepted.ShouldBe(0);
        Append("a", NowMs - 100_000_000).Refusals.ShouldHaveSingleItem().Count.ShouldBe(1);
        _head.Tenants.ShouldBeEmpty();
    }

    [Fact]
    public void A_tenant_beyond_the_most_is_refused_by_name_and_the_others_go_on()
    {
        Append("a", NowMs).Accepted.ShouldBe(1);
        var refused = Append("b", NowMs, NowMs + 1).Refusals.ShouldHaveSingleItem();
        (refused.Reason, refused.Count).ShouldBe(("too_many_tenants", 2));
        Append("a", NowMs + 1).Accepted.ShouldBe(1);
        _head.Tenants.ShouldHaveSingleItem();
        _head.SizeBytes.ShouldBe(_head.Find(new TenantId("a"))!.SizeBytes);
        _head.IsEmpty.ShouldBeFalse();
    }

    private AppendOutcome Append(string tenant, params long[] timesMs)
    {
        using var batch = new LogBatch(MemoryBudget.Unlimited("batch"));
        using var payload = new PooledBufferWriter();
        if (timesMs.Length > 0) batch.AddStream(LabelSet.Encode([new("a", "1")]));
        foreach (var time in timesMs) batch.AddEntry(time * 1_000_000, LogLevel.Info, "line"u8, LabelSet.Encode([]));
        var scope = new AppendScope<LogHead>
        {
            Head = _head,
            Frozen = [],
            Tenant = new TenantId(tenant),
            Segment = 1,
            ReceivedUnixMs = NowMs,
            Payload = payload,
        };
        return new LogAppend(TimeSpan.FromHours(24), TimeSpan.FromMinutes(10)).Apply(in scope, batch);
    }
}
