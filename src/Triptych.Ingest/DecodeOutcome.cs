using Triptych.Model.Append;

namespace Triptych.Ingest;

/// <summary>
/// How a body's decoding ended. What was decoded before an <see cref="Error"/> must not be appended: the sender will not know which part
/// was.
/// </summary>
public sealed class DecodeOutcome
{
    private readonly List<Refusal> _refusals = [];

    /// <summary>What makes the body as a whole unusable, in one line with the offset or place; null where it could be read to its end.</summary>
    public string? Error { get; private set; }

    /// <summary>
    /// Whether an item had no time and was given the server's: then the same body sent again is not the same data, and its hash identifies nothing.
    /// </summary>
    public bool UsedServerTime { get; private set; }

    /// <summary>Items that were understood and not taken; the others are in the batch.</summary>
    public IReadOnlyList<Refusal> Refusals => _refusals;

    /// <summary>All refused items.</summary>
    public long Refused => _refusals.Sum(r => r.Count);

    /// <summary>The item refused last, for answers that tell of each item; null where none was.</summary>
    public Refusal? LastRefused { get; private set; }

    /// <summary>Begins anew, for a connection that brings one batch after another.</summary>
    public void Clear()
    {
        _refusals.Clear();
        (Error, UsedServerTime, LastRefused) = (null, false, null);
    }

    /// <summary>Marks the whole body as unusable.</summary>
    public void Fail(string error) => Error ??= error;

    /// <summary>Notes that an item was given the server's time; see <see cref="UsedServerTime"/>.</summary>
    public void UseServerTime() => UsedServerTime = true;

    /// <summary>Counts items that are not taken; the first detail of a reason is kept.</summary>
    public void Refuse(string reason, string detail, long count = 1)
    {
        LastRefused = new Refusal(reason, count, detail);
        var known = _refusals.FindIndex(r => r.Reason == reason);
        if (known < 0) _refusals.Add(new Refusal(reason, count, detail));
        else _refusals[known] = _refusals[known] with { Count = _refusals[known].Count + count };
    }
}
