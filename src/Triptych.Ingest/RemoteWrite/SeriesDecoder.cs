using System.Buffers;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Protobuf;

namespace Triptych.Ingest.RemoteWrite;

/// <summary>Copies the series of one body into a batch. One owner, one thread at a time.</summary>
internal sealed class SeriesDecoder(MetricBatch batch, DecodeOutcome outcome)
{
    private const int LabelsField = 1;

    // What others cannot know they cannot aim at: no two series that somebody made up meet in one hash.
    private static readonly ulong s_seed = (ulong)Random.Shared.NextInt64();

    private readonly ArrayBufferWriter<byte> _gathered = new();
    private readonly LabelSetWriter _exemplarLabels = new();
    private readonly HistogramDecoder _histograms = new();

    /// <summary>Reads <c>TimeSeries{labels 1, samples 2, exemplars 3, histograms 4}</c>; labels may stand behind samples.</summary>
    public void DecodeSeries(scoped ref ProtoReader parent, ProtoReader series)
    {
        var labels = series.ReadRun(LabelsField);
        if (LoneSample.TryRead(series.Rest, out var onlyTimestamp, out var onlyValue, out var length) && length == series.Rest.Length)
        {
            batch.AddWireSeries(labels, Hash128.Compute(labels, s_seed));
            batch.AddSample(onlyTimestamp, onlyValue);
            return;
        }

        var again = series;
        var samples = 0;
        var isScattered = false;
        while (series.TryReadTag(out var field, out _))
        {
            if (field is 2 or 3 or 4) samples++;
            else if (field == LabelsField) isScattered = true;
        }

        if (!parent.Absorb(series) || samples == 0) return;
        if (isScattered && !TryGather(ref labels, again))
        {
            outcome.Refuse("invalid_labels", $"a series has more than {2 * LabelSetWriter.MaxSizeBytes} bytes of labels", samples);
            return;
        }

        batch.AddWireSeries(labels, Hash128.Compute(labels, s_seed));
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
        batch.AddMetadata(name, MetricTypes.NameOf(type), unit, help);
    }

    /// <summary>Brings the labels of a message that has other fields between them into one piece; false where they are more than any series may have.</summary>
    private bool TryGather(ref ReadOnlySpan<byte> labels, ProtoReader rest)
    {
        _gathered.ResetWrittenCount();
        var run = labels;
        do
        {
            if (_gathered.WrittenCount + run.Length > 2 * LabelSetWriter.MaxSizeBytes) return false;
            _gathered.Write(run);
            run = rest.ReadRun(LabelsField);
        }
        while (!run.IsEmpty || rest.TryReadTag(out _, out _));

        labels = _gathered.WrittenSpan;
        return true;
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
                case 1: RemoteWriteLabels.Read(ref exemplar, exemplar.ReadMessage(), _exemplarLabels); break;
                case 2: value = exemplar.ReadDouble(); break;
                case 3: timestamp = exemplar.ReadInt64(); break;
            }
        }

        if (!parent.Absorb(exemplar)) return;
        var error = _exemplarLabels.TryFinish(out var labels);
        if (error == LabelSetError.None && RemoteWriteLabels.AreValid(labels)) batch.AddExemplar(timestamp, value, labels);
        else outcome.Refuse("invalid_exemplar", "an exemplar's labels have a name twice, an empty name, too many bytes or text that is not valid UTF-8");
    }

    private void ReadHistogram(scoped ref ProtoReader parent, ProtoReader message)
    {
        var problem = _histograms.Read(ref message, out var timestamp);
        if (!parent.Absorb(message)) return;
        if (problem is null) batch.AddHistogram(timestamp, _histograms.SizeBytes, _histograms.Build);
        else outcome.Refuse("invalid_histogram", outcome.Knows("invalid_histogram") ? "" : $"a native histogram has {problem}");
    }
}
