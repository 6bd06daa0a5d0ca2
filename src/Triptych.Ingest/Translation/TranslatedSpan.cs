using Triptych.Model;

namespace Triptych.Ingest.Translation;

/// <summary>What a span of another protocol has besides tags, events and links. Ids are big-endian numbers, 0 where there is none.</summary>
internal struct TranslatedSpan
{
    public UInt128 TraceId;
    public ulong SpanId;
    public ulong ParentSpanId;

    /// <summary>Unix nanoseconds; 0 where the sender told none, or one that cannot be.</summary>
    public long StartUnixNanos;

    /// <summary>Nanoseconds, not below 0.</summary>
    public long DurationNanos;

    /// <summary>OTLP's number; 0 leaves it to the tag <c>span.kind</c>.</summary>
    public byte Kind;

    /// <summary>W3C flags.</summary>
    public uint Flags;

    /// <summary>Index of the resource in the batch.</summary>
    public int Resource;

    /// <summary>The name, in the batch.</summary>
    public ByteSlice Name;

    /// <summary>Nanoseconds of a number of microseconds; 0 for what is negative or beyond the year 2262.</summary>
    public static long NanosOf(long micros) => micros is < 0 or > long.MaxValue / 1_000 ? 0 : micros * 1_000;
}
