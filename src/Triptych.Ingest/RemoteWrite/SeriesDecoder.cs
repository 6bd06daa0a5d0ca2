using System.Text;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Protobuf;
using Triptych.Primitives.Text;

namespace Triptych.Ingest.RemoteWrite;

/// <summary>Copies the series of one body into a batch. One owner, one thread at a time.</summary>
internal sealed class SeriesDecoder(MetricBatch batch, DecodeOutcome outcome)
{
    private static readonly string[] Types = ["unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"];

    private readonly LabelSetWriter _labels = new();
    private readonly LabelSetWriter _exemplarLabels = new();
    private readonly HistogramDecoder _histograms = new();

    /// <summary>Reads <c>TimeSeries{labels 1, samples 2, exemplars 3, histograms 4}</c>; labels may stand behind samples.</summary>
    public void DecodeSeries(scoped ref ProtoReader parent, ProtoReader series)
    {
        var again = series;
        var samples = 0;
        var exemplars = 0;
        _labels.Reset();
        while (true)
        {
            // Up to the first sample nothing need be read again.
            if (samples + exemplars == 0) again = series;
            if (!series.TryReadTag(out var field, out _)) break;
            switch (field)
            {
                case 1: ReadLabel(ref series, series.ReadMessage(), _labels); break;
                case 2 or 4: samples++; break;
                case 3: exemplars++; break;
            }
        }

        if (!parent.Absorb(series) || samples + exemplars == 0) return;
        if (Check(_labels.TryFinish(out var labels), labels) is { } problem)
        {
            outcome.Refuse("invalid_labels", outcome.Knows("invalid_labels") ? "" : Describe(problem, labels), Math.Max(samples, 1));
            return;
        }

        batch.AddSeries(labels);
        while (again.TryReadTag(out var field, out _))
        {
            switch (field)
            {
                case 2: ReadSample(ref again, again.ReadMessage()); break;
                case 3: ReadExemplar(ref again, again.ReadMessage()); break;
                case 4: ReadHistogram(ref again, again.ReadMessage()); break;
            }
        }

        parent.Absorb(again);
    }

    /// <summary>Reads <c>MetricMetadata{type 1, metric_family_name 2, help 4, unit 5}</c>.</summary>
    public void DecodeMetadata(scoped ref ProtoReader parent, ProtoReader metadata)
    {
        var type = 0;
        ReadOnlySpan<byte> name = default;
        ReadOnlySpan<byte> help = default;
        ReadOnlySpan<byte> unit = default;
        while (metadata.TryReadTag(out var field, out _))
        {
            switch (field)
            {
                case 1: type = metadata.ReadInt32(); break;
                case 2: name = metadata.ReadBytes(); break;
                case 4: help = metadata.ReadBytes(); break;
                case 5: unit = metadata.ReadBytes(); break;
            }
        }

        if (!parent.Absorb(metadata) || name.IsEmpty) return;
        var word = type >= 0 && type < Types.Length ? Types[type] : Types[0];
        batch.AddMetadata(name, word, unit, help);
    }

    private static void ReadLabel(scoped ref ProtoReader parent, ProtoReader label, LabelSetWriter into)
    {
        ReadOnlySpan<byte> name = default;
        ReadOnlySpan<byte> value = default;
        while (label.TryReadTag(out var field, out _))
        {
            if (field == 1) name = label.ReadBytes();
            else if (field == 2) value = label.ReadBytes();
        }

        if (parent.Absorb(label)) into.Add(name, value);
    }

    /// <summary>What is wrong with a series' labels, or null.</summary>
    private static string? Check(LabelSetError error, ReadOnlySpan<byte> labels)
    {
        if (error != LabelSetError.None) return error.ToString();

        // Almost all sets are ASCII throughout, lengths included; only the others are looked at label by label.
        var isAscii = Ascii.IsValid(labels);
        var hasName = false;
        var reader = new LabelSetReader(labels);
        while (reader.TryRead(out var name, out var value))
        {
            hasName |= name.SequenceEqual("__name__"u8);
            if (isAscii)
            {
                if (hasName) break;
                continue;
            }

            if (!Utf8Text.IsValid(name) || !Utf8Text.IsValid(value)) return "text that is not valid UTF-8";
        }

        return hasName ? null : "no metric name";
    }

    private static string Describe(string problem, ReadOnlySpan<byte> labels)
    {
        var shown = string.Join(", ", LabelSet.Decode(labels).Take(8).Select(l => $"{l.Key}=\"{l.Value}\""));
        return $"a series has labels with {problem}: {{{(shown.Length > 200 ? shown[..200] : shown)}}}";
    }

    private void ReadSample(scoped ref ProtoReader parent, ProtoReader sample)
    {
        double value = 0;
        long timestamp = 0;
        while (sample.TryReadTag(out var field, out _))
        {
            if (field == 1) value = sample.ReadDouble();
            else if (field == 2) timestamp = sample.ReadInt64();
        }

        if (parent.Absorb(sample)) batch.AddSample(timestamp, value);
    }

    private void ReadExemplar(scoped ref ProtoReader parent, ProtoReader exemplar)
    {
        double value = 0;
        long timestamp = 0;
        _exemplarLabels.Reset();
        while (exemplar.TryReadTag(out var field, out _))
        {
            switch (field)
            {
                case 1: ReadLabel(ref exemplar, exemplar.ReadMessage(), _exemplarLabels); break;
                case 2: value = exemplar.ReadDouble(); break;
                case 3: timestamp = exemplar.ReadInt64(); break;
            }
        }

        if (!parent.Absorb(exemplar)) return;
        var error = _exemplarLabels.TryFinish(out var labels);
        if (error == LabelSetError.None && AreValid(labels)) batch.AddExemplar(timestamp, value, labels);
        else outcome.Refuse("invalid_exemplar", "an exemplar's labels have a name twice, an empty name, too many bytes or text that is not valid UTF-8");
    }

    private static bool AreValid(ReadOnlySpan<byte> labels)
    {
        var reader = new LabelSetReader(labels);
        while (reader.TryRead(out var name, out var value))
        {
            if (!Utf8Text.IsValid(name) || !Utf8Text.IsValid(value)) return false;
        }

        return true;
    }

    private void ReadHistogram(scoped ref ProtoReader parent, ProtoReader message)
    {
        var problem = _histograms.Read(ref message, out var timestamp);
        if (!parent.Absorb(message)) return;
        if (problem is null) batch.AddHistogram(timestamp, _histograms.SizeBytes, _histograms.Build);
        else outcome.Refuse("invalid_histogram", outcome.Knows("invalid_histogram") ? "" : $"a native histogram has {problem}");
    }
}
