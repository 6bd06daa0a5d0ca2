using System.Globalization;
using System.Text;
using Triptych.Model.Labels;
using Triptych.Primitives.Checksums;

namespace Triptych.Server.Import;

/// <summary>What of a source is to be imported.</summary>
/// <param name="Selectors">Series that any of them selects; none: all.</param>
/// <param name="SelectorTexts">The selectors as written.</param>
/// <param name="MinTimeMs">First time, Unix milliseconds.</param>
/// <param name="MaxTimeMs">Last time.</param>
internal sealed record ImportScope(
    IReadOnlyList<IReadOnlyList<LabelMatcher>> Selectors, IReadOnlyList<string> SelectorTexts, long MinTimeMs, long MaxTimeMs)
{
    /// <summary>Whether it is everything.</summary>
    public bool IsEverything => Selectors.Count == 0 && MinTimeMs == long.MinValue && MaxTimeMs == long.MaxValue;

    /// <summary>Stands for the scope where it is noted what is done.</summary>
    public string Fingerprint
    {
        get
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"{MinTimeMs}|{MaxTimeMs}|{string.Join('|', SelectorTexts)}");
            return XxHash64.Compute(Encoding.UTF8.GetBytes(text)).ToString("x16", CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Whether a time lies in it.</summary>
    public bool Holds(long timeMs) => timeMs >= MinTimeMs && timeMs <= MaxTimeMs;

    /// <summary>Whether a series, by its canonical labels, lies in it.</summary>
    public bool Selects(ReadOnlySpan<byte> labels)
    {
        if (Selectors.Count == 0) return true;
        foreach (var selector in Selectors)
        {
            var isSelected = true;
            foreach (var matcher in selector) isSelected = isSelected && matcher.Matches(ValueOf(labels, matcher.Name));
            if (isSelected) return true;
        }

        return false;
    }

    /// <summary>The value of a label, empty where it is missing.</summary>
    public static string ValueOf(ReadOnlySpan<byte> labels, string name)
    {
        var reader = new LabelSetReader(labels);
        while (reader.TryRead(out var key, out var value))
        {
            if (Encoding.UTF8.GetString(key) == name) return Encoding.UTF8.GetString(value);
        }

        return "";
    }
}
