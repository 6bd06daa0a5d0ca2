namespace Triptych.Storage.Wal;

/// <summary>
/// The closed range of times that a record, or a run of records, may hold rows of, in the signal's own unit (metrics: Unix milliseconds;
/// logs, traces: Unix nanoseconds).
/// </summary>
/// <param name="Min">The smallest time.</param>
/// <param name="Max">The largest time, inclusive; below <paramref name="Min"/> when there is no row with a time.</param>
public readonly record struct RecordTimes(long Min, long Max)
{
    /// <summary>Nobody said: rows of any time.</summary>
    public static readonly RecordTimes Unknown = new(long.MinValue, long.MaxValue);

    /// <summary>No row has a time.</summary>
    public static readonly RecordTimes None = new(long.MaxValue, long.MinValue);

    /// <summary>Whether no row has a time.</summary>
    public bool IsEmpty => Min > Max;

    /// <summary>Whether nobody said.</summary>
    public bool IsUnknown => this == Unknown;

    /// <summary>The range with one time more.</summary>
    public RecordTimes With(long time) => new(Math.Min(Min, time), Math.Max(Max, time));
}
