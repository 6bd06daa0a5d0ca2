using System.Globalization;

namespace Triptych.Testing.Kills;

/// <summary>
/// What a story keeps in a store, whichever signal's: a sample, a log record or a span. No two rows of a story have the same key, nor the same time.
/// </summary>
/// <param name="TimeMs">Its time, Unix milliseconds.</param>
/// <param name="Key">Its number.</param>
public readonly record struct KillRow(long TimeMs, int Key)
{
    /// <summary>Name of the label or resource attribute by which rows are deleted and kept longer or shorter.</summary>
    public const string AppLabel = "app";

    private const long TraceMs = 30 * 60 * 1000;

    /// <summary>The value of <see cref="AppLabel"/>: <c>a0</c> to <c>a3</c>.</summary>
    public string App => AppOf(Key);

    /// <summary>The trace that a span is in: rows of the same half hour are in one, and come to the store in several blocks.</summary>
    public long Trace => TimeMs / TraceMs;

    /// <summary>The app of the row with this number.</summary>
    public static string AppOf(int key) => string.Create(CultureInfo.InvariantCulture, $"a{key % 4}");
}
