using System.Numerics;
using Triptych.Metrics.Chunks;
using Triptych.Metrics.Scan;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Checksums;

namespace Triptych.Metrics.Import;

/// <summary>Counts series and samples, and folds every bit of them into one number that depends on their order. The owner disposes it.</summary>
internal sealed class SampleDigest : IDisposable
{
    private const ulong Odd = 0x9E3779B97F4A7C15;
    private readonly PooledBufferWriter _histogram = new();
    private ulong _state = Odd;

    public long Series { get; private set; }

    public long Samples { get; private set; }

    public ulong Value => _state;

    public void Add(ReadOnlySpan<byte> labels, SampleBuffer samples)
    {
        Series++;
        Samples += samples.Count;
        Fold(XxHash64.Compute(labels));
        var times = samples.TimestampsMs;
        var values = samples.Values;
        var histograms = samples.Histograms;
        var starts = samples.StartTimesMs;
        for (var i = 0; i < times.Length; i++)
        {
            Fold((ulong)times[i]);
            if (!starts.IsEmpty) Fold((ulong)starts[i]);
            if (histograms.IsEmpty || histograms[i] is not { } histogram)
            {
                Fold(BitConverter.DoubleToUInt64Bits(values[i]));
                continue;
            }

            _histogram.Reset();
            HistogramCodec.Write(_histogram, histogram);
            Fold(XxHash64.Compute(_histogram.WrittenSpan));
        }
    }

    public void Dispose() => _histogram.Dispose();

    private void Fold(ulong bits) => _state = BitOperations.RotateLeft((_state ^ bits) * Odd, 29);
}
