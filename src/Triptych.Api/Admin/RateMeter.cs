using Triptych.Model;

namespace Triptych.Api.Admin;

/// <summary>Turns totals that are looked at now and then into a rate over the last half minute or so. Any thread may call.</summary>
internal sealed class RateMeter(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Dictionary<Signal, Queue<(DateTimeOffset At, long Total)>> _readings = [];

    /// <summary>Items per second; 0 until there are two readings a second apart.</summary>
    public double Rate(Signal signal, long total)
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            if (!_readings.TryGetValue(signal, out var readings)) _readings[signal] = readings = new();
            while (readings.Count > 1 && now - readings.Peek().At > Window) readings.Dequeue();
            if (readings.Count == 0 || now - readings.Last().At >= TimeSpan.FromSeconds(1)) readings.Enqueue((now, total));
            var first = readings.Peek();
            var seconds = (now - first.At).TotalSeconds;
            return seconds < 1 ? 0 : (total - first.Total) / seconds;
        }
    }
}
