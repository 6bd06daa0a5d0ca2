namespace Triptych.Traces.Scan;

/// <summary>Numbered byte strings of a head or a block: names, resources, scopes. Immutable; any thread may read while the source is pinned.</summary>
internal interface IByteItems
{
    /// <summary>How many there are.</summary>
    int Count { get; }

    /// <summary>One of them.</summary>
    ReadOnlySpan<byte> this[int number] { get; }
}
