using System.Globalization;
using Triptych.Model.Labels;

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

    /// <summary>The app of rows of which no byte is kept in blocks.</summary>
    public const string SizedApp = "sized";

    /// <summary>Rows with this number or a larger one are of <see cref="SizedApp"/>.</summary>
    public const int FirstSizedKey = 1_000_000;

    private const long TraceMs = 30 * 60 * 1000;

    /// <summary>The value of <see cref="AppLabel"/>: <c>a0</c> to <c>a3</c>, or <see cref="SizedApp"/>.</summary>
    public string App => AppOf(Key);

    /// <summary>The trace that a span is in: rows of the same half hour are in one, and come to the store in several blocks.</summary>
    public long Trace => TimeMs / TraceMs;

    /// <summary>Selects the rows of an app.</summary>
    public static LabelMatcher[] Matchers(string app) => [LabelMatcher.Create(AppLabel, MatchOp.Equal, app)];

    /// <summary>The app of the row with this number.</summary>
    public static string AppOf(int key) => key >= FirstSizedKey ? SizedApp : string.Create(CultureInfo.InvariantCulture, $"a{key % 4}");
}
