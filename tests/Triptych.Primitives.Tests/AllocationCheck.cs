namespace Triptych.Primitives.Tests;

internal static class AllocationCheck
{
    /// <summary>Bytes that 100 calls allocate on this thread, after enough calls for statics and tiers to settle.</summary>
    public static long AllocatedBy(Action action)
    {
        for (var i = 0; i < 100; i++)
            action();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
