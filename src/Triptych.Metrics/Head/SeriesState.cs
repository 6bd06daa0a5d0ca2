using Triptych.Metrics.Chunks;
using Triptych.Primitives.Memory;

namespace Triptych.Metrics.Head;

/// <summary>What the head keeps of a series beside its labels: where its samples are and where its codecs stand.</summary>
internal struct SeriesState
{
    /// <summary>Stands for no chunk and no late sample.</summary>
    public const int None = -1;

    /// <summary>The smallest time of a sample, Unix milliseconds.</summary>
    public long MinTimeMs;

    /// <summary>The largest time of a sample; the last one of the chunks.</summary>
    public long MaxTimeMs;

    /// <summary>Where the timestamps stand.</summary>
    public TimeCodec Time;

    /// <summary>Where the values stand.</summary>
    public ValueCodec Value;

    /// <summary>The first chunk.</summary>
    public int FirstChunk;

    /// <summary>The chunk that takes samples.</summary>
    public int LastChunk;

    /// <summary>The late sample that came last; each names the one before.</summary>
    public int LastLate;

    /// <summary>The WAL segment that has the series' labels.</summary>
    public long DefinedInSegment;

    /// <summary>Half of the hash of the labels as a sender wrote them last; see <see cref="TenantSeries.FindWire"/>.</summary>
    public ulong WireHash;

    /// <summary>Chunks so far, which decide how large the next one is.</summary>
    public int ChunkCount;
}

/// <summary>A piece of a series' bit stream: time and value in turn. Codecs go on from chunk to chunk.</summary>
internal struct SampleChunk
{
    /// <summary>The bytes.</summary>
    public ArenaRef Data;

    /// <summary>Bits in use.</summary>
    public int Bits;

    /// <summary>Samples in it.</summary>
    public int Count;

    /// <summary>The series' next chunk.</summary>
    public int Next;
}

/// <summary>A sample that came after a later one of its series.</summary>
internal readonly record struct LateSample(long TimestampMs, double Value, int Before);
