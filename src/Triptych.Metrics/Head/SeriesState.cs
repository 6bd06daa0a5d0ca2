using Triptych.Metrics.Chunks;
using Triptych.Primitives.Memory;

namespace Triptych.Metrics.Head;

/// <summary>
/// What the head keeps of a series beside its labels: where its samples are and where its codec stands. What each sample touches comes first and fits a
/// line of the processor's cache.
/// </summary>
internal struct SeriesState
{
    /// <summary>Stands for no chunk and no late sample.</summary>
    public const int None = -1;

    /// <summary>The largest time of a sample; the last one of the chunks.</summary>
    public long MaxTimeMs;

    /// <summary>Half of the hash of the labels as a sender wrote them last; see <see cref="TenantSeries.FindWire"/>.</summary>
    public ulong WireHash;

    /// <summary>Where the values stand.</summary>
    public ValueCodec Value;

    /// <summary>The chunk that takes samples; empty before the first.</summary>
    public ArenaRef Open;

    /// <summary>Bits of it in use.</summary>
    public int OpenBits;

    /// <summary>Samples in it: a bit each at least, so that there are never more than this can hold.</summary>
    public ushort OpenCount;

    /// <summary>Chunks so far, up to the few which decide how large the next one is.</summary>
    public byte ChunkCount;

    /// <summary>Where the times stand, in the tenant's <see cref="TimeTree"/>.</summary>
    public int Time;

    /// <summary>The last of the chunks that are full.</summary>
    public int LastFull;

    /// <summary>The WAL segment that has the series' labels.</summary>
    public long DefinedInSegment;

    /// <summary>The smallest time of a sample, Unix milliseconds.</summary>
    public long MinTimeMs;

    /// <summary>The late sample that came last; each names the one before.</summary>
    public int LastLate;

    /// <summary>The run of start times that the newest float belongs to; see <see cref="StartTimes"/>.</summary>
    public int LastStart;
}

/// <summary>A full piece of a series' values, or the one that takes more. The codec goes on from chunk to chunk.</summary>
/// <param name="Data">The bytes.</param>
/// <param name="Count">Samples in it.</param>
/// <param name="Before">The series' chunk before it.</param>
internal readonly record struct SampleChunk(ArenaRef Data, int Count, int Before);

/// <summary>A sample that came after a later one of its series.</summary>
internal readonly record struct LateSample(long TimestampMs, double Value, int Before);
