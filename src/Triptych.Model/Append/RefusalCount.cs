namespace Triptych.Model.Append;

/// <summary>Counts refused items by reason while a batch is decided; the text is made for the first of each reason only.</summary>
public sealed class RefusalCount
{
    private readonly Dictionary<string, Refusal> _byReason = new(StringComparer.Ordinal);

    /// <summary>Counts an item.</summary>
    public void Add(string reason, Func<string> detail)
    {
        if (_byReason.TryGetValue(reason, out var known)) _byReason[reason] = known with { Count = known.Count + 1 };
        else _byReason[reason] = new Refusal(reason, 1, detail());
    }

    /// <summary>Counts several items.</summary>
    public void Add(string reason, string detail, long count)
    {
        if (_byReason.TryGetValue(reason, out var known)) _byReason[reason] = known with { Count = known.Count + count };
        else _byReason[reason] = new Refusal(reason, count, detail);
    }

    /// <summary>What was counted.</summary>
    public IReadOnlyList<Refusal> ToList() => _byReason.Count == 0 ? [] : [.. _byReason.Values];
}
