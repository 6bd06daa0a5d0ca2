namespace Triptych.Storage.Compaction;

/// <summary>
/// A row group of an input as the plan of a merge sees it: where its rows lie in time and how heavy they are. Time is what the row group is a
/// slice of: a log record's time, the start of a span's trace.
/// </summary>
public sealed class SliceSource
{
    /// <summary>How many times a sample has at most.</summary>
    public const int SampleSize = 128;

    /// <summary>Number of the input, in the order of acknowledgement.</summary>
    public required int Input { get; init; }

    /// <summary>Number of the row group in it.</summary>
    public required int RowGroup { get; init; }

    /// <summary>Smallest time.</summary>
    public required long MinTime { get; init; }

    /// <summary>Largest time.</summary>
    public required long MaxTime { get; init; }

    /// <summary>Rows.</summary>
    public required long Rows { get; init; }

    /// <summary>Bytes of the column that is the largest, before compression.</summary>
    public required long LargestColumnBytes { get; init; }

    /// <summary>Times of rows at equal distances, ascending; the first is <see cref="MinTime"/>.</summary>
    public required long[] Sample { get; init; }

    /// <summary>Whether the row group could be copied as it is, if no other row group shares its time.</summary>
    public bool MayCopy { get; init; }

    /// <summary>Whether a row group of another input shares a time with it. Set by the plan.</summary>
    internal bool MeetsOther { get; set; }

    /// <summary>Whether all rows are in the output. Set by the plan.</summary>
    internal bool IsDone { get; set; }

    /// <summary>Bytes that a source takes in memory.</summary>
    public const int SizeBytes = (SampleSize * sizeof(long)) + 128;

    /// <summary>A sample out of all times, sorted.</summary>
    public static long[] SampleOf(ReadOnlySpan<long> sortedTimes)
    {
        var sample = new long[Math.Min(SampleSize, sortedTimes.Length)];
        for (var i = 0; i < sample.Length; i++) sample[i] = sortedTimes[(int)((long)i * sortedTimes.Length / sample.Length)];
        return sample;
    }
}

/// <summary>What comes next in a merge: the rows of some row groups with a time in [From, To], or one row group as it is.</summary>
/// <param name="From">First time.</param>
/// <param name="To">Last time, inclusive.</param>
/// <param name="Window">Number of the job's window that all of it lies in.</param>
/// <param name="Sources">The row groups that have such rows, by input and number.</param>
/// <param name="IsCopy">Whether the only row group is to be copied whole.</param>
public sealed record SliceStep(long From, long To, long Window, IReadOnlyList<SliceSource> Sources, bool IsCopy);
