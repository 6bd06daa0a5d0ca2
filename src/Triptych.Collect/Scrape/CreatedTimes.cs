using Triptych.Ingest.Exposition;

namespace Triptych.Collect.Scrape;

/// <summary>
/// The <c>_created</c> lines of one OpenMetrics family at a time: when what its other series count began. They stand behind those, so the family is looked
/// through when its first sample comes. One thread at a time.
/// </summary>
internal sealed class CreatedTimes(SeriesParts parts, SeriesCache cache)
{
    private readonly Dictionary<ulong, long> _starts = [];
    private bool _isRead;

    /// <summary>Whether a line says when others began, and is no series itself.</summary>
    public static bool IsCreated(in ExpositionParser parser)
    {
        var type = parser.FamilyType;
        var isCounted = type.SequenceEqual("counter"u8) || type.SequenceEqual("histogram"u8) || type.SequenceEqual("summary"u8);
        return isCounted && parser.MetricName.StartsWith(parser.FamilyName) && parser.MetricName[parser.FamilyName.Length..].SequenceEqual("_created"u8);
    }

    /// <summary>Another family may begin.</summary>
    public void BeginFamily() => _isRead = false;

    /// <summary>The start of what a series is part of, Unix milliseconds; 0 where the exposition does not say.</summary>
    /// <param name="parser">Stands at a sample of the family.</param>
    /// <param name="part">What the sample's series is.</param>
    public long StartOf(in ExpositionParser parser, SeriesPart part)
    {
        if (!_isRead) LookAhead(parser);
        return _starts.GetValueOrDefault(part.Whole);
    }

    // A copy: the caller's parser stays where it is. What is malformed it will meet itself.
    private void LookAhead(ExpositionParser parser)
    {
        _isRead = true;
        _starts.Clear();
        do
        {
            if (!IsCreated(parser)) continue;
            var known = cache.Find(parser.SeriesText);
            _starts[(known < 0 ? parts.Of(parser) : cache.PartOf(known)).Whole] = (long)(parser.Value * 1000);
        }
        while (parser.TryRead(out var item) && item == ExpositionItem.Sample);
    }
}
