using System.Globalization;
using System.Text;
using Triptych.Ingest.Exposition;
using Triptych.Model.Metrics;

namespace Triptych.Ingest.Tests.Exposition;

/// <summary>Writes down what an exposition holds.</summary>
public sealed class TextSink : IExpositionSink
{
    public List<string> Lines { get; } = [];

    public List<FloatHistogram> Histograms { get; } = [];

    public string? Failure { get; init; }

    public void TakeFamily(ReadOnlySpan<byte> name, string type, ReadOnlySpan<byte> help, ReadOnlySpan<byte> unit) =>
        Lines.Add($"# {Encoding.UTF8.GetString(name)} {type} {Encoding.UTF8.GetString(help)} {Encoding.UTF8.GetString(unit)}".TrimEnd());

    public string? TakeSample(in ExposedSeries series, double value)
    {
        Lines.Add(Text(series) + " " + value.ToString(CultureInfo.InvariantCulture) + (series.TimestampMs is { } at ? $" @{at}" : "") + Start(series));
        return Failure;
    }

    public string? TakeHistogram(in ExposedSeries series, long sizeBytes, Func<FloatHistogram> build)
    {
        Histograms.Add(build());
        sizeBytes.ShouldBe(Histograms[^1].SizeBytes);
        Lines.Add(Text(series) + " native" + Start(series));
        return Failure;
    }

    public void TakeExemplar(ReadOnlySpan<byte> canonicalLabels, double value, long? timestampMs) =>
        Lines.Add($"  exemplar {Decoded.Labels(canonicalLabels)} {value.ToString(CultureInfo.InvariantCulture)} {timestampMs}".TrimEnd());

    public void Refuse(string reason, string detail) => Lines.Add($"refused {reason}");

    private static string Start(in ExposedSeries series) => series.StartMs == 0 ? "" : $" since {series.StartMs}";

    private static string Text(in ExposedSeries series) => Decoded.Labels(series.CanonicalLabels) + Encoding.UTF8.GetString(series.EmptyLabels);
}
