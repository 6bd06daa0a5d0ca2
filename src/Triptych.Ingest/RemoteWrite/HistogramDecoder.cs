using Triptych.Ingest.Histograms;
using Triptych.Model.Metrics;
using Triptych.Primitives.Protobuf;

namespace Triptych.Ingest.RemoteWrite;

/// <summary>
/// Reads the native histogram of remote write, which both versions write alike: integer ones carry bucket counts as differences, float ones as they are;
/// both come out with floats. One thread at a time.
/// </summary>
internal sealed class HistogramDecoder
{
    private readonly NativeHistogramBuilder _builder = new();

    /// <summary>Makes the histogram that was read last.</summary>
    public Func<FloatHistogram> Build => _builder.Build;

    /// <summary>What <see cref="Build"/> will take, in bytes.</summary>
    public long SizeBytes => _builder.SizeBytes;

    /// <summary>When what the histogram read last counts began, Unix milliseconds; 0 where the sender does not say, as in version 1.</summary>
    public long StartMs { get; private set; }

    /// <summary>Reads a <c>Histogram</c> message. Returns what is invalid about it, or null; the reader keeps wire errors.</summary>
    public string? Read(scoped ref ProtoReader message, out long timestampMs)
    {
        var into = _builder;
        into.Clear();
        timestampMs = StartMs = 0;
        while (message.TryReadTag(out var field, out var wire))
        {
            switch (field)
            {
                case 1: (into.IsInteger, into.Count) = (true, message.ReadUInt64()); break;
                case 2: (into.IsInteger, into.Count) = (false, message.ReadDouble()); break;
                case 3: into.Sum = message.ReadDouble(); break;
                case 4: into.Schema = message.ReadSInt32(); break;
                case 5: into.ZeroThreshold = message.ReadDouble(); break;
                case 6: into.ZeroCount = message.ReadUInt64(); break;
                case 7: into.ZeroCount = message.ReadDouble(); break;
                case 8: HistogramFields.ReadSpan(ref message, message.ReadMessage(), into.NegativeSpans); break;
                case 9: HistogramFields.ReadDeltas(ref message, wire, into.NegativeDeltas); break;
                case 10: HistogramFields.ReadDoubles(ref message, wire, into.NegativeCounts); break;
                case 11: HistogramFields.ReadSpan(ref message, message.ReadMessage(), into.PositiveSpans); break;
                case 12: HistogramFields.ReadDeltas(ref message, wire, into.PositiveDeltas); break;
                case 13: HistogramFields.ReadDoubles(ref message, wire, into.PositiveCounts); break;
                case 14: into.ResetHint = message.ReadInt32() is var hint and >= 0 and <= 3 ? (CounterResetHint)hint : CounterResetHint.Unknown; break;
                case 15: timestampMs = message.ReadInt64(); break;
                case 16: HistogramFields.ReadDoubles(ref message, wire, into.Bounds); break;
                case 17: StartMs = message.ReadInt64(); break;
            }
        }

        return message.Error != ProtoError.None ? "malformed content" : into.Finish();
    }
}
