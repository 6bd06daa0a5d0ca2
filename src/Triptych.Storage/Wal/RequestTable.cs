using System.Buffers.Binary;
using Triptych.Model.Append;
using Triptych.Primitives.Checksums;

namespace Triptych.Storage.Wal;

/// <summary>
/// The requests of the last 15 minutes, so that a resend is not a second record. Entries are made under the decision lock together with
/// the record; a resend waits until the first copy's record is durable. The oldest entries go first when there are too many. Any thread
/// may call. Replay and what the last flush stored rebuild it, except for requests with refused items: neither keeps what was refused, so
/// after a restart a resend of those is decided anew.
/// </summary>
public sealed class RequestTable(TimeSpan window, int maxEntries)
{
    /// <summary>What the design promises.</summary>
    public static readonly TimeSpan DefaultWindow = TimeSpan.FromMinutes(15);

    /// <summary>Longest text kept of what was refused, in characters.</summary>
    public const int MaxDetailLength = 256;

    /// <summary>About 100 requests a second over the window: 10 MB, or 50 MB if each had refused items.</summary>
    public const int DefaultMaxEntries = 100_000;

    private const int EntryLength = 32;
    private readonly Lock _gate = new();
    private readonly Dictionary<Hash128, Entry> _entries = [];
    private readonly Queue<(Hash128 Hash, long ReceivedUnixMs)> _oldestFirst = new();

    /// <summary>Requests known now.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _entries.Count;
        }
    }

    /// <summary>Whether the request was taken before, and under which number its record stands.</summary>
    public bool TryFind(Hash128 request, long nowUnixMs, out long sequence) => TryFind(request, nowUnixMs, out sequence, out _);

    /// <summary>As above, with what was refused of it: all items under the reason and detail of the first; null when none was.</summary>
    public bool TryFind(Hash128 request, long nowUnixMs, out long sequence, out Refusal? refused)
    {
        lock (_gate)
        {
            var found = _entries.TryGetValue(request, out var entry) && nowUnixMs - entry.ReceivedUnixMs <= WindowMs;
            sequence = found ? entry.Sequence : 0;
            refused = found ? entry.Refused : null;
            return found;
        }
    }

    /// <summary>Remembers a request, and of what was refused the count and the first detail, cut to <see cref="MaxDetailLength"/>.</summary>
    public void Add(Hash128 request, long sequence, long receivedUnixMs, IReadOnlyList<Refusal>? refusals = null)
    {
        var refused = Summary(refusals);
        lock (_gate)
        {
            _entries[request] = new Entry(sequence, receivedUnixMs, refused);
            _oldestFirst.Enqueue((request, receivedUnixMs));
            while (_oldestFirst.TryPeek(out var oldest)
                && (_oldestFirst.Count > maxEntries || receivedUnixMs - oldest.ReceivedUnixMs > WindowMs))
            {
                _oldestFirst.Dequeue();
                if (_entries.TryGetValue(oldest.Hash, out var entry) && entry.ReceivedUnixMs == oldest.ReceivedUnixMs)
                    _entries.Remove(oldest.Hash);
            }
        }
    }

    /// <summary>Forgets a request whose record did not come to be.</summary>
    public void Remove(Hash128 request, long sequence)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(request, out var entry) && entry.Sequence == sequence)
                _entries.Remove(request);
        }
    }

    /// <summary>
    /// The entries without refusals whose records have numbers up to <paramref name="throughSequence"/>, for the flush that retires those:
    /// little-endian hash hi, hash lo, sequence, received ms, 32 bytes each.
    /// </summary>
    public byte[] Save(long throughSequence, long nowUnixMs)
    {
        lock (_gate)
        {
            var kept = _entries
                .Where(e => e.Value.Refused is null && e.Value.Sequence <= throughSequence && nowUnixMs - e.Value.ReceivedUnixMs <= WindowMs)
                .OrderBy(static e => e.Value.ReceivedUnixMs)
                .ToArray();
            var bytes = new byte[kept.Length * EntryLength];
            var target = bytes.AsSpan();
            foreach (var (hash, entry) in kept)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(target, hash.Hi);
                BinaryPrimitives.WriteUInt64LittleEndian(target[8..], hash.Lo);
                BinaryPrimitives.WriteInt64LittleEndian(target[16..], entry.Sequence);
                BinaryPrimitives.WriteInt64LittleEndian(target[24..], entry.ReceivedUnixMs);
                target = target[EntryLength..];
            }

            return bytes;
        }
    }

    /// <summary>Adds what <see cref="Save"/> wrote.</summary>
    public void Load(ReadOnlySpan<byte> saved)
    {
        for (; saved.Length >= EntryLength; saved = saved[EntryLength..])
        {
            var hash = new Hash128(BinaryPrimitives.ReadUInt64LittleEndian(saved), BinaryPrimitives.ReadUInt64LittleEndian(saved[8..]));
            Add(hash, BinaryPrimitives.ReadInt64LittleEndian(saved[16..]), BinaryPrimitives.ReadInt64LittleEndian(saved[24..]));
        }
    }

    private long WindowMs => (long)window.TotalMilliseconds;

    private static Refusal? Summary(IReadOnlyList<Refusal>? refusals)
    {
        if (refusals is not [{ } first, ..])
            return null;
        var detail = first.Detail;
        if (detail.Length > MaxDetailLength)
            detail = string.Concat(detail.AsSpan(0, MaxDetailLength - (char.IsHighSurrogate(detail[MaxDetailLength - 1]) ? 1 : 0)), "…");
        return new Refusal(first.Reason, refusals.Sum(static r => r.Count), detail);
    }

    private readonly record struct Entry(long Sequence, long ReceivedUnixMs, Refusal? Refused);
}
