using System.Buffers;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Protobuf;

namespace Triptych.Ingest.RemoteWrite;

/// <summary>Copies the series of one body of remote write 2 into a batch. One owner, one thread at a time.</summary>
internal sealed class ReferencedSeriesDecoder(
    SymbolTable symbols, MetricBatch batch, DecodeOutcome outcome, SaidMetadata metadata, bool addsTypeAndUnit)
{
    private const string InvalidExemplar =
        "an exemplar's labels have a reference that leads nowhere, a name twice, an empty name, too many bytes or text that is not valid UTF-8";

    private readonly ArrayBufferWriter<byte> _gathered = new();
    private readonly ArrayBufferWriter<byte> _gatheredExemplar = new();
    private readonly ArrayBufferWriter<byte> _typedReferences = new();
    private readonly LabelSetWriter _exemplarLabels = new();
    private readonly HistogramDecoder _histograms = new();

    /// <summary>
    /// Reads <c>TimeSeries{labels_refs 1, samples 2, histograms 3, exemplars 4, metadata 5}</c>; references may stand behind samples. Prometheus sends each
    /// exemplar as a series of its own; one that says nothing at all is passed over, as there.
    /// </summary>
    public void DecodeSeries(scoped ref ProtoReader parent, ProtoReader series)
    {
        var again = series;
        var samples = 0;
        var saysMore = false;
        var references = new ReferenceList(_gathered);
        var (type, unit) = (0, 0u);
        while (series.TryReadTag(out var field, out var wire))
        {
            switch (field)
            {
                case 1: references.Take(ref series, wire); break;
                case 2 or 3: samples++; break;
                case 4: saysMore = true; break;
                case 5:
                    saysMore = true;
                    if (addsTypeAndUnit) (type, unit) = SaidMetadata.ReadTypeAndUnit(ref series, series.ReadMessage());
                    break;
            }
        }

        if (!parent.Absorb(series)) return;
        if (samples == 0 && !saysMore) return;

        if (FindProblem(references.Bytes, out var hash, out var metricName) is { } problem)
        {
            outcome.Refuse("invalid_labels", outcome.Knows("invalid_labels") ? "" : $"a series has {problem}", Math.Max(1, samples));
            return;
        }

        if (addsTypeAndUnit) AddTypedSeries(references.Bytes, hash, type, unit);
        else batch.AddWireSeries(references.Bytes, hash);
        while (again.TryReadTag(out var field, out _))
        {
            switch (field)
            {
                case 2: ReadSample(ref again, again.ReadMessage()); break;
                case 3: ReadHistogram(ref again, again.ReadMessage()); break;
                case 4: ReadExemplar(ref again, again.ReadMessage()); break;
                case 5: ReadMetadata(ref again, again.ReadMessage(), metricName); break;
            }
        }

        parent.Absorb(again);
    }

    /// <summary>Begins a series whose type and unit, as far as they are known, belong to its labels: two varints before the references.</summary>
    private void AddTypedSeries(ReadOnlySpan<byte> references, Hash128 hash, int type, uint unit)
    {
        // A unit that is not there is refused with the metadata.
        if (unit >= (uint)symbols.Count) unit = 0;
        _typedReferences.ResetWrittenCount();
        Span<byte> two = stackalloc byte[2 * Varint.MaxLength];
        var length = Varint.Write(two, (uint)type);
        length += Varint.Write(two[length..], unit);
        _typedReferences.Write(two[..length]);
        _typedReferences.Write(references);
        var all = SymbolTable.EmptyHash;
        all.Add(hash);
        all.Add(new Hash128((uint)type, 0));
        if (symbols.Count > 0) all.Add(symbols.HashOf(unit));
        batch.AddWireSeries(_typedReferences.WrittenSpan, all.Finish());
    }

    private string? FindProblem(ReadOnlySpan<byte> references, out Hash128 hash, out uint metricName)
    {
        (hash, metricName) = (default, SymbolTable.None);
        if (references.IsEmpty) return "no labels";
        if (references.Length > ReferenceList.MaxBytes) return $"more than {ReferenceList.MaxBytes} bytes of references";
        return symbols.Check(references, out hash, out metricName);
    }

    /// <summary>Reads <c>Sample{value 1, timestamp 2, start_timestamp 3}</c>.</summary>
    private void ReadSample(scoped ref ProtoReader parent, ProtoReader sample)
    {
        double value = 0;
        long timestamp = 0;
        long start = 0;
        while (sample.TryReadTag(out var field, out _))
        {
            if (field == 1) value = sample.ReadDouble();
            else if (field == 2) timestamp = sample.ReadInt64();
            else if (field == 3) start = sample.ReadInt64();
        }

        if (parent.Absorb(sample)) batch.AddSampleSince(start, timestamp, value);
    }

    private void ReadHistogram(scoped ref ProtoReader parent, ProtoReader message)
    {
        var problem = _histograms.Read(ref message, out var timestamp);
        if (!parent.Absorb(message)) return;
        if (problem is null) batch.AddHistogram(timestamp, _histograms.SizeBytes, _histograms.Build, _histograms.StartMs);
        else outcome.Refuse("invalid_histogram", outcome.Knows("invalid_histogram") ? "" : $"a native histogram has {problem}");
    }

    /// <summary>Reads <c>Exemplar{labels_refs 1, value 2, timestamp 3}</c>.</summary>
    private void ReadExemplar(scoped ref ProtoReader parent, ProtoReader exemplar)
    {
        double value = 0;
        long timestamp = 0;
        var references = new ReferenceList(_gatheredExemplar);
        while (exemplar.TryReadTag(out var field, out var wire))
        {
            switch (field)
            {
                case 1: references.Take(ref exemplar, wire); break;
                case 2: value = exemplar.ReadDouble(); break;
                case 3: timestamp = exemplar.ReadInt64(); break;
            }
        }

        if (!parent.Absorb(exemplar)) return;
        if (TryReadLabels(references.Bytes, out var labels)) batch.AddExemplar(timestamp, value, labels);
        else outcome.Refuse("invalid_exemplar", outcome.Knows("invalid_exemplar") ? "" : InvalidExemplar);
    }

    private bool TryReadLabels(ReadOnlySpan<byte> references, out ReadOnlySpan<byte> labels)
    {
        labels = default;
        if (symbols.Check(references, out _, out _) is not null) return false;
        _exemplarLabels.Reset();
        while (SymbolTable.TryTake(ref references, out var name) && SymbolTable.TryTake(ref references, out var value))
        {
            _exemplarLabels.Add(symbols.TextOf(name), symbols.TextOf(value));
        }

        return _exemplarLabels.TryFinish(out labels) == LabelSetError.None && RemoteWriteLabels.AreValid(labels);
    }

    private void ReadMetadata(scoped ref ProtoReader parent, ProtoReader message, uint metricName)
    {
        if (metadata.Read(ref parent, message, metricName)) return;
        outcome.Refuse("invalid_metadata", "a series' metadata has a reference to a symbol that is not there", count: 0);
    }
}
