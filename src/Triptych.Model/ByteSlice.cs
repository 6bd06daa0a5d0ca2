namespace Triptych.Model;

/// <summary>Where some bytes stand in a batch's byte buffer.</summary>
public readonly record struct ByteSlice(int Start, int Length)
{
    /// <summary>No bytes.</summary>
    public static readonly ByteSlice Empty;
}
