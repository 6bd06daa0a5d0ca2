using Triptych.Primitives.Checksums;

namespace Triptych.Ingest.RemoteWrite;

/// <summary>
/// Knows what senders said about metrics a moment ago. Remote write 2 repeats it with every series of every request; it is passed on once a minute, as
/// senders of version 1 do of themselves. What is forgotten, for there is a fixed number of places, is passed on once more, which changes nothing. What was
/// said in a request that failed is passed on with the next minute's. Any thread may call.
/// </summary>
public sealed class MetadataRepeats(TimeProvider time)
{
    private const int Places = 16 * 1024;
    private const int MinuteBits = 16;

    private readonly ulong[] _places = new ulong[Places];

    /// <summary>What a request goes by: its minute of the clock.</summary>
    public ulong ThisMinute => (ulong)(time.GetUtcNow().ToUnixTimeSeconds() / 60) & ((1 << MinuteBits) - 1);

    /// <summary>Whether something is said for the first time in a minute.</summary>
    /// <param name="said">A keyed hash of tenant, metric and all that is said.</param>
    /// <param name="minute"><see cref="ThisMinute"/>.</param>
    public bool IsNew(Hash128 said, ulong minute)
    {
        ref var place = ref _places[said.Lo & (Places - 1)];
        var mark = (said.Hi << MinuteBits) | minute;
        if (Volatile.Read(ref place) == mark) return false;
        Volatile.Write(ref place, mark);
        return true;
    }
}
