using Triptych.Model;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Memory;
using Triptych.Storage.Heads;
using Triptych.Traces.Head;

namespace Triptych.Traces.Tests.Head;

public sealed class TraceAppendTests : IDisposable
{
    private const long NowMs = 1_700_000_000_000;

    private readonly SlabPool _pool;
    private readonly TraceHead _head;

    public TraceAppendTests()
    {
        var budget = MemoryBudget.Unlimited("test");
        _pool = new SlabPool(budget);
        _head = new TraceHead(_pool, budget, maxTenants: 1);
    }

    public void Dispose()
    {
        _head.Dispose();
        _pool.Dispose();
    }

    [Fact]
    public void A_batch_of_nothing_or_of_refused_spans_makes_no_tenant()
    {
        Append("a").Accepted.ShouldBe(0);
        Append("a", new TestSpan(1, 1) { StartUnixNanos = 0 }).Refusals.ShouldHaveSingleItem().Reason.ShouldBe("too_old");
        _head.Tenants.ShouldBeEmpty();
    }

    [Fact]
    public void A_tenant_beyond_the_most_is_refused_by_name_and_the_others_go_on()
    {
        var span = new TestSpan(1, 1) { StartUnixNanos = NowMs * 1_000_000 };
        Append("a", span).Accepted.ShouldBe(1);
        var refused = Append("b", span, span with { Id = 2 }).Refusals.ShouldHaveSingleItem();
        (refused.Reason, refused.Count).ShouldBe(("too_many_tenants", 2));
        Append("a", span with { Id = 2 }).Accepted.ShouldBe(1);
        _head.Tenants.ShouldHaveSingleItem();
        _head.SizeBytes.ShouldBe(_head.Find(new TenantId("a"))!.SizeBytes);
        _head.IsEmpty.ShouldBeFalse();
    }

    private AppendOutcome Append(string tenant, params TestSpan[] spans)
    {
        using var batch = TestSpan.Batch(spans);
        using var payload = new PooledBufferWriter();
        var scope = new AppendScope<TraceHead>
        {
            Head = _head,
            Frozen = [],
            Tenant = new TenantId(tenant),
            Segment = 1,
            ReceivedUnixMs = NowMs,
            Payload = payload,
        };
        return new TraceAppend(new TimeWindow(TimeSpan.FromHours(24), TimeSpan.FromMinutes(10))).Apply(in scope, batch);
    }
}
