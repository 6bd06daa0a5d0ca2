using System.Text;
using Triptych.Derive.Series;
using Triptych.Derive.ServiceGraph;
using Triptych.Derive.SpanMetrics;
using Triptych.Model;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Model.Traces;
using Triptych.Primitives.Text;

namespace Triptych.Derive.Output;

/// <summary>
/// Counts as samples: each series at the time of the counts, before its first one a zero just before its first span came, so that rates see
/// that span; a marker where it ended. One use for one tenant's counts; <paramref name="flush"/> is called with a batch whenever it is
/// large enough, and at the end.
/// </summary>
/// <param name="options">How series look.</param>
/// <param name="batch">Filled, handed over and cleared, again and again.</param>
/// <param name="flush">Takes a full batch.</param>
internal sealed class DerivedBatchWriter(DerivationOptions options, MetricBatch batch, Func<ValueTask> flush)
{
    private const int FullBatch = 10_000;
    private static readonly byte[] Infinity = "+Inf"u8.ToArray();
    private readonly LabelSetWriter _labels = new();
    private readonly byte[] _traceId = new byte[2 * TraceId.Length];
    private readonly byte[] _traceIdName = Encoding.UTF8.GetBytes(options.TraceIdLabelName);
    private readonly List<(byte[] Name, byte[] Value)> _external = [];
    private long _atMs;
    private long _zerosFromMs;

    /// <summary>Writes a tenant's counts.</summary>
    /// <param name="counts">The counts.</param>
    /// <param name="atMs">Their time, Unix milliseconds.</param>
    /// <param name="zerosFromMs">Series that began since then get a zero.</param>
    public async ValueTask WriteAsync(TenantCounts counts, long atMs, long zerosFromMs)
    {
        _atMs = atMs;
        _zerosFromMs = zerosFromMs;
        _external.Clear();
        foreach (var (name, value) in options.ExternalLabels) _external.Add((Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value)));
        if (options.TenantLabel is { } label) _external.Add((Encoding.UTF8.GetBytes(label), Encoding.UTF8.GetBytes(counts.Tenant.Name)));

        if (counts.Spans is { } spans && options.SpanMetrics is { } wanted)
        {
            if (wanted.Count) await WriteCounterAsync(spans, DerivedNames.Calls, SpanMetricsProcessor.Calls);
            if (wanted.Size) await WriteCounterAsync(spans, DerivedNames.Size, SpanMetricsProcessor.SizeBytes);
            if (wanted.Latency) await WriteHistogramAsync(spans, DerivedNames.Latency, 0);
        }

        if (counts.Targets is { } targets) await WriteTargetsAsync(targets);
        if (counts.Graph is { } graph)
        {
            await WriteCounterAsync(graph, DerivedNames.Requests, ServiceGraphProcessor.Total);
            await WriteCounterAsync(graph, DerivedNames.Failed, ServiceGraphProcessor.Failed);
            for (var h = 0; h < graph.Layout.Histograms; h++) await WriteHistogramAsync(graph, DerivedNames.Durations[h], h);
        }

        if (batch.SampleCount > 0) await flush();
        batch.Clear();
    }

    private async ValueTask WriteCounterAsync(SeriesSnapshot from, DerivedMetric metric, int counter)
    {
        Describe(metric, from);
        for (var row = 0; row < from.Rows.Count; row++)
        {
            Sample(from.Rows[row], metric.Name, bound: null, from.Counter(row, counter));
            await FlushIfFullAsync();
        }

        foreach (var ended in from.Ended) End(ended, metric.Name, bound: null);
    }

    private async ValueTask WriteTargetsAsync(SeriesSnapshot from)
    {
        Describe(DerivedNames.TargetInfo, from);
        foreach (var row in from.Rows)
        {
            Begin(row.Labels, DerivedNames.TargetInfo.Name, bound: null);
            batch.AddSample(_atMs, 1);
            await FlushIfFullAsync();
        }

        foreach (var ended in from.Ended) End(ended, DerivedNames.TargetInfo.Name, bound: null);
    }

    private async ValueTask WriteHistogramAsync(SeriesSnapshot from, DerivedMetric metric, int histogram)
    {
        Describe(metric, from);
        var bounds = BoundsOf(from.Layout);
        for (var row = 0; row < from.Rows.Count; row++)
        {
            if (options.Histograms != HistogramForm.Classic) Native(from, row, metric.Name, histogram);
            if (options.Histograms != HistogramForm.Native) Classic(from, row, metric.Name, histogram, bounds);
            await FlushIfFullAsync();
        }

        foreach (var ended in from.Ended) EndHistogram(ended, metric.Name, bounds);
    }

    private static byte[][] BoundsOf(SeriesLayout layout)
    {
        var texts = new List<byte[]>(layout.Buckets);
        foreach (var bound in layout.Bounds) texts.Add(Encoding.UTF8.GetBytes(FloatFormat.Prometheus(bound)));
        texts.Add(Infinity);
        return [.. texts];
    }

    private void Classic(SeriesSnapshot from, int row, string name, int histogram, byte[][] bounds)
    {
        var exemplar = from.Exemplar(row, histogram);
        var exemplarAt = exemplar.IsSet ? from.Layout.BucketOf(exemplar.Value) : -1;
        var count = 0.0;
        for (var bucket = 0; bucket < bounds.Length; bucket++)
        {
            count += from.Buckets(row, histogram)[bucket];
            Sample(from.Rows[row], name + "_bucket", bounds[bucket], count);
            if (bucket == exemplarAt) Exemplar(exemplar);
        }

        Sample(from.Rows[row], name + "_sum", bound: null, from.Sum(row, histogram));
        Sample(from.Rows[row], name + "_count", bound: null, count);
    }

    private void Native(SeriesSnapshot from, int row, string name, int histogram)
    {
        if (from.Native(row, histogram) is not { } counts) return;
        Begin(from.Rows[row].Labels, name, bound: null);
        if (from.Rows[row].CreatedMs > _zerosFromMs)
            batch.AddHistogram(from.Rows[row].CreatedMs - 1, new FloatHistogram { Schema = counts.Schema, ZeroThreshold = counts.ZeroThreshold });
        batch.AddHistogram(_atMs, counts);
        var exemplar = from.Exemplar(row, histogram);
        if (exemplar.IsSet && options.Histograms == HistogramForm.Native) Exemplar(exemplar);
    }

    private void Sample(in SeriesRow row, string name, byte[]? bound, double value)
    {
        Begin(row.Labels, name, bound);
        if (row.CreatedMs > _zerosFromMs && row.CreatedMs <= _atMs) batch.AddSample(row.CreatedMs - 1, 0);
        batch.AddSample(_atMs, value);
    }

    private void End(byte[] labels, string name, byte[]? bound)
    {
        Begin(labels, name, bound);
        batch.AddSample(_atMs, SpecialValues.StaleMarker);
    }

    private void EndHistogram(byte[] labels, string name, byte[][] bounds)
    {
        if (options.Histograms != HistogramForm.Classic)
        {
            Begin(labels, name, bound: null);
            batch.AddHistogram(_atMs, new FloatHistogram { Schema = 0, Sum = SpecialValues.StaleMarker });
        }

        if (options.Histograms == HistogramForm.Native) return;
        foreach (var bound in bounds) End(labels, name + "_bucket", bound);
        End(labels, name + "_sum", bound: null);
        End(labels, name + "_count", bound: null);
    }

    private void Begin(byte[] labels, string name, byte[]? bound)
    {
        _labels.Reset();
        Span<byte> nameBytes = stackalloc byte[name.Length];
        Encoding.ASCII.GetBytes(name, nameBytes);
        _labels.Add("__name__"u8, nameBytes);
        var reader = new LabelSetReader(labels);
        while (reader.TryRead(out var label, out var value)) _labels.Add(label, value);
        if (bound is not null) _labels.Add("le"u8, bound);
        foreach (var (label, value) in _external)
        {
            if (!Has(labels, label)) _labels.Add(label, value);
        }

        batch.AddSeries(LabelText.Finish(_labels));
    }

    private static bool Has(byte[] labels, byte[] name)
    {
        var reader = new LabelSetReader(labels);
        while (reader.TryRead(out var label, out _))
        {
            if (label.SequenceEqual(name)) return true;
        }

        return false;
    }

    private void Exemplar(in SeriesExemplar exemplar)
    {
        var traceId = exemplar.TraceId;
        HexId.TryEncode(traceId, _traceId.AsSpan());
        _labels.Reset();
        _labels.Add(_traceIdName, _traceId);
        batch.AddExemplar(_atMs, exemplar.Value, LabelText.Finish(_labels));
    }

    private void Describe(DerivedMetric metric, SeriesSnapshot from)
    {
        if (from.Rows.Count > 0) batch.AddMetadata(new MetadataEntry(metric.Name, metric.Type, "", metric.Help));
    }

    private async ValueTask FlushIfFullAsync()
    {
        if (batch.SampleCount < FullBatch) return;
        await flush();
        batch.Clear();
    }
}
