using System.Text;
using Triptych.Model.Labels;

namespace Triptych.Collect.Scrape;

/// <summary>
/// Joins a target's labels with those of its samples. Where both have a name, the scraped label wins with <c>honor_labels</c> (an empty one
/// removes the target's); without it the scraped one is renamed <c>exported_&lt;name&gt;</c>, again and again until the name is free. One
/// thread at a time.
/// </summary>
internal sealed class TargetLabels
{
    private readonly (byte[] Name, byte[] Value)[] _labels;
    private readonly bool _honorLabels;
    private readonly LabelSetWriter _writer = new();

    public TargetLabels(IEnumerable<KeyValuePair<string, string>> labels, bool honorLabels)
    {
        _honorLabels = honorLabels;
        _labels = [.. labels.Where(l => l.Value.Length > 0).Select(l => (Encoding.UTF8.GetBytes(l.Key), Encoding.UTF8.GetBytes(l.Value)))];
    }

    /// <summary>The labels of one of the target's own series, such as <c>up</c>; nothing of the exposition can rename them.</summary>
    public byte[] ForReport(string metricName) =>
        LabelSet.Encode(
            [.. _labels.Select(l => KeyValuePair.Create(Encoding.UTF8.GetString(l.Name), Encoding.UTF8.GetString(l.Value))), new("__name__", metricName)]);

    /// <summary>The labels of a sample's series, valid until the next call.</summary>
    /// <param name="scraped">The sample's own labels, canonical.</param>
    /// <param name="seriesText">The sample's labels as they stand in the exposition, where empty ones can still be seen.</param>
    /// <param name="merged">Both.</param>
    public LabelSetError TryMerge(ReadOnlySpan<byte> scraped, ReadOnlySpan<byte> seriesText, out ReadOnlySpan<byte> merged)
    {
        _writer.Reset();
        List<string>? taken = null;
        var reader = new LabelSetReader(scraped);
        while (reader.TryRead(out var name, out var value))
        {
            if (_honorLabels || !IsTargets(name)) _writer.Add(name, value);
            else _writer.Add(FreeName(name, scraped, taken ??= []), value);
        }

        foreach (var (name, value) in _labels)
        {
            if (_honorLabels && (Has(scraped, name) || NamesEmpty(seriesText, name))) continue;
            _writer.Add(name, value);
        }

        return _writer.TryFinish(out merged);
    }

    private static bool Has(ReadOnlySpan<byte> scraped, ReadOnlySpan<byte> wanted)
    {
        var reader = new LabelSetReader(scraped);
        while (reader.TryRead(out var name, out _))
        {
            if (name.SequenceEqual(wanted)) return true;
        }

        return false;
    }

    // Within a value a quote is escaped, so that ="" is always an empty label.
    private static bool NamesEmpty(ReadOnlySpan<byte> seriesText, ReadOnlySpan<byte> name)
    {
        for (var rest = seriesText; rest.IndexOf("=\"\""u8) is var at and >= 0; rest = rest[(at + 3)..])
        {
            var before = rest[..at].TrimEnd(" \t"u8);
            if (before.EndsWith("\""u8)) before = before[..^1];
            if (before.EndsWith(name) && before.Length > name.Length && before[^(name.Length + 1)] is (byte)'{' or (byte)',' or (byte)' '
                or (byte)'\t' or (byte)'"')
            {
                return true;
            }
        }

        return false;
    }

    private byte[] FreeName(ReadOnlySpan<byte> name, ReadOnlySpan<byte> scraped, List<string> taken)
    {
        var free = "exported_" + Encoding.UTF8.GetString(name);
        while (IsTargets(Encoding.UTF8.GetBytes(free)) || Has(scraped, Encoding.UTF8.GetBytes(free)) || taken.Contains(free)) free = "exported_" + free;
        taken.Add(free);
        return Encoding.UTF8.GetBytes(free);
    }

    private bool IsTargets(ReadOnlySpan<byte> name)
    {
        foreach (var label in _labels)
        {
            if (name.SequenceEqual(label.Name)) return true;
        }

        return false;
    }
}
