using Triptych.Ingest.Tests.Protos.Write2;

namespace Triptych.Ingest.Tests.RemoteWrite;

/// <summary>Builds bodies of remote write 2: texts become symbols as they are named.</summary>
public sealed class WriteRequest2
{
    private readonly Dictionary<string, uint> _symbols = new(StringComparer.Ordinal) { [""] = 0 };

    /// <summary>What is built.</summary>
    public Request Request { get; } = new() { Symbols = { "" } };

    /// <summary>The symbol of a text.</summary>
    public uint Symbol(string text)
    {
        if (_symbols.TryGetValue(text, out var known)) return known;
        Request.Symbols.Add(text);
        return _symbols[text] = (uint)Request.Symbols.Count - 1;
    }

    /// <summary>Adds a series with labels in the given order: name, value, name, value.</summary>
    public TimeSeries Add(params string[] labels)
    {
        var series = new TimeSeries { LabelsRefs = { labels.Select(Symbol) } };
        Request.Timeseries.Add(series);
        return series;
    }

    /// <summary>Adds a series with one sample.</summary>
    public TimeSeries AddSample(double value, long timestampMs, params string[] labels)
    {
        var series = Add(labels);
        series.Samples.Add(new Sample { Value = value, Timestamp = timestampMs, StartTimestamp = timestampMs - 1000 });
        return series;
    }
}
