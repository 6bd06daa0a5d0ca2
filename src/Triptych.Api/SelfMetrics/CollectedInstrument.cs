using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Triptych.Api.SelfMetrics;

/// <summary>How an instrument is exposed.</summary>
public enum ExposedType
{
    /// <summary>It only grows.</summary>
    Counter,

    /// <summary>It goes up and down.</summary>
    Gauge,

    /// <summary>A distribution.</summary>
    Histogram,
}

/// <summary>One instrument's values by their tags.</summary>
public sealed class CollectedInstrument
{
    // Seconds: from half a millisecond to a minute.
    private static readonly double[] Bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    private readonly ConcurrentDictionary<string, CollectedSeries> _series = new(StringComparer.Ordinal);
    private readonly bool _reportsTotals;

    /// <summary>Describes an instrument.</summary>
    public CollectedInstrument(Instrument instrument)
    {
        Help = instrument.Description ?? "";
        var kind = instrument.GetType().Name;

        // An observable instrument and a gauge report what is, a counter and an up-down counter what was added.
        _reportsTotals = instrument.IsObservable || kind.StartsWith("Gauge", StringComparison.Ordinal);
        Type = kind.Contains("Histogram", StringComparison.Ordinal) ? ExposedType.Histogram
            : kind.Contains("Counter", StringComparison.Ordinal) && !kind.Contains("UpDown", StringComparison.Ordinal) ? ExposedType.Counter
            : ExposedType.Gauge;
        Name = NameOf(instrument, Type);
    }

    /// <summary>The name with its unit, in Prometheus' manner.</summary>
    public string Name { get; }

    /// <summary>What it tells.</summary>
    public string Help { get; }

    /// <summary>How it is exposed.</summary>
    public ExposedType Type { get; }

    /// <summary>The values; the key is the text of the labels, without braces.</summary>
    public IReadOnlyDictionary<string, CollectedSeries> Series => _series;

    /// <summary>The bounds of all histograms.</summary>
    public static ReadOnlySpan<double> HistogramBounds => Bounds;

    /// <summary>Takes a measurement.</summary>
    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = Format(tags);
        if (!_series.TryGetValue(labels, out var series))
        {
            if (_series.Count >= MeterCollector.MaxSeriesPerInstrument) labels = "overflow=\"true\"";
            series = _series.GetOrAdd(labels, _ => new CollectedSeries(Type == ExposedType.Histogram ? Bounds.Length + 1 : 0));
        }

        if (Type == ExposedType.Histogram) series.Observe(value, Bounds);
        else if (_reportsTotals) series.Set(value);
        else series.Add(value);
    }

    private static string NameOf(Instrument instrument, ExposedType type)
    {
        var name = new StringBuilder();
        foreach (var c in instrument.Name) name.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        var unit = instrument.Unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            _ => "",
        };
        if (!name.ToString().EndsWith(unit, StringComparison.Ordinal)) name.Append(unit);
        if (type == ExposedType.Counter && !name.ToString().EndsWith("_total", StringComparison.Ordinal)) name.Append("_total");
        return name.ToString();
    }

    private static string Format(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty) return "";
        var text = new StringBuilder();
        foreach (var (key, value) in tags)
        {
            if (text.Length > 0) text.Append(',');
            foreach (var c in key) text.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
            text.Append("=\"");
            foreach (var c in Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")
            {
                text.Append(c switch { '\\' => "\\\\", '"' => "\\\"", '\n' => "\\n", _ => c.ToString() });
            }

            text.Append('"');
        }

        return text.ToString();
    }
}
