using System.Runtime.InteropServices;

namespace Triptych.Benchmarks.Columnar;

/// <summary>
/// Processor time of the calling thread, user and kernel: what else the machine does, and what the runtime compiles in the background, is
/// not in it. Linux.
/// </summary>
internal static class ThreadClock
{
    private const int ThreadCpuTime = 3;

    public static TimeSpan Now
    {
        get
        {
            if (GetTime(ThreadCpuTime, out var time) != 0)
                throw new PlatformNotSupportedException("The system has no clock of a thread's processor time.");
            return TimeSpan.FromTicks((time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanoseconds / TimeSpan.NanosecondsPerTick));
        }
    }

    /// <summary>The shorter of <paramref name="best"/> and the time since <paramref name="start"/>.</summary>
    public static TimeSpan Least(TimeSpan best, TimeSpan start)
    {
        var elapsed = Now - start;
        return elapsed < best ? elapsed : best;
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    private static extern int GetTime(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
