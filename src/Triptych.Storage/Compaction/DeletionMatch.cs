using System.Text;
using Triptych.Model.Labels;

namespace Triptych.Storage.Compaction;

/// <summary>Whether the matchers of a deletion hold for a canonical label set.</summary>
public static class DeletionMatch
{
    /// <summary>Whether all of <paramref name="matchers"/> hold; a label that is missing is empty.</summary>
    public static bool Holds(IReadOnlyList<LabelMatcher> matchers, ReadOnlySpan<byte> canonicalLabels)
    {
        foreach (var matcher in matchers)
        {
            if (!matcher.Matches(ValueOf(canonicalLabels, matcher.Name))) return false;
        }

        return true;
    }

    private static string ValueOf(ReadOnlySpan<byte> canonicalLabels, string name)
    {
        var reader = new LabelSetReader(canonicalLabels);
        while (reader.TryRead(out var label, out var value))
        {
            if (label.SequenceEqual(Encoding.UTF8.GetBytes(name))) return Encoding.UTF8.GetString(value);
        }

        return "";
    }
}
