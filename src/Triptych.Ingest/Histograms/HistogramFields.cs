using Triptych.Model.Metrics;
using Triptych.Primitives.Protobuf;

namespace Triptych.Ingest.Histograms;

/// <summary>Fields that native histograms have in every protobuf message of Prometheus; numbers may be packed or not.</summary>
internal static class HistogramFields
{
    /// <summary>Reads <c>BucketSpan{offset 1 sint32, length 2 uint32}</c>.</summary>
    public static void ReadSpan(scoped ref ProtoReader parent, ProtoReader span, List<BucketSpan> into)
    {
        var offset = 0;
        uint length = 0;
        while (span.TryReadTag(out var field, out _))
        {
            if (field == 1) offset = span.ReadSInt32();
            else if (field == 2) length = span.ReadUInt32();
        }

        if (parent.Absorb(span)) NativeHistogramBuilder.Keep(into, new BucketSpan(offset, length));
    }

    /// <summary>Reads <c>repeated sint64</c>.</summary>
    public static void ReadDeltas(scoped ref ProtoReader message, WireType wire, List<long> into)
    {
        if (wire != WireType.LengthDelimited)
        {
            NativeHistogramBuilder.Keep(into, message.ReadSInt64());
            return;
        }

        var packed = message.ReadMessage();
        while (!packed.AtEnd) NativeHistogramBuilder.Keep(into, packed.ReadSInt64());
        message.Absorb(packed);
    }

    /// <summary>Reads <c>repeated double</c>.</summary>
    public static void ReadDoubles(scoped ref ProtoReader message, WireType wire, List<double> into)
    {
        if (wire != WireType.LengthDelimited)
        {
            NativeHistogramBuilder.Keep(into, message.ReadDouble());
            return;
        }

        var packed = message.ReadMessage();
        while (!packed.AtEnd) NativeHistogramBuilder.Keep(into, packed.ReadDouble());
        message.Absorb(packed);
    }
}
