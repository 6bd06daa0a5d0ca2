using Triptych.Ingest.Exposition;
using Triptych.Model.Labels;
using Triptych.Primitives.Checksums;

namespace Triptych.Collect.Scrape;

/// <summary>Tells what a series of a text exposition is of its family. One thread at a time.</summary>
internal sealed class SeriesParts
{
    private readonly LabelSetWriter _scraped = new();
    private readonly LabelSetWriter _whole = new();

    /// <summary>What the line at hand is.</summary>
    public SeriesPart Of(in ExpositionParser parser)
    {
        _scraped.Reset();
        parser.WriteLabels(_scraped);
        return _scraped.TryFinish(out var labels) == LabelSetError.None ? Of(labels, parser) : default;
    }

    /// <summary>What a series with these labels is.</summary>
    public SeriesPart Of(ReadOnlySpan<byte> canonicalLabels, in ExpositionParser parser)
    {
        var bound = double.NaN;
        _whole.Reset();
        var reader = new LabelSetReader(canonicalLabels);
        while (reader.TryRead(out var name, out var value))
        {
            if (!parser.BoundLabel.IsEmpty && name.SequenceEqual(parser.BoundLabel)) bound = BoundText.Read(value);
            else if (!IsNameTypeOrUnit(name)) _whole.Add(name, value);
        }

        _whole.Add("__name__"u8, parser.FamilyName);
        return _whole.TryFinish(out var whole) == LabelSetError.None ? new SeriesPart(XxHash64.Compute(whole), bound) : default;
    }

    // Type and unit are those of the family, whoever wrote them.
    private static bool IsNameTypeOrUnit(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("__name__"u8) || name.SequenceEqual("__type__"u8) || name.SequenceEqual("__unit__"u8);
}
