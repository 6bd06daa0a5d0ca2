using Triptych.Columnar;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Samples;
using Triptych.Columnar.Symbols;
using Triptych.Model;

namespace Triptych.Api.Operations;

/// <summary>
/// A source of nothing that notes what it is asked for: a language's own engine run over it says which scans a query makes, with every offset, window and
/// look-back in their ranges. What depends on what a scan finds is not asked. One query's; one thread at a time.
/// </summary>
internal sealed class PricedSamples : ISampleSource
{
    /// <summary>What was asked for.</summary>
    public List<SampleScanRequest> Requests { get; } = [];

    /// <inheritdoc/>
    public ValueTask<ISampleScan> OpenAsync(SampleScanRequest request, CancellationToken cancellationToken)
    {
        Requests.Add(request);
        return ValueTask.FromResult<ISampleScan>(new NoSamples());
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> LabelNamesAsync(LabelLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<string>>([]);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> LabelValuesAsync(
        string labelName, LabelLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<string>>([]);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<MetricMetadata>> MetadataAsync(
        TenantId tenant, string? metricName, ScanStatistics statistics, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<MetricMetadata>>([]);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SeriesExemplars>> ExemplarsAsync(LabelLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<SeriesExemplars>>([]);

    private sealed class NoSamples : ISampleScan
    {
        public ScanStatistics Statistics { get; } = new();

        public ValueTask<SampleBatch?> NextAsync(CancellationToken cancellationToken) => ValueTask.FromResult<SampleBatch?>(null);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

/// <summary>As <see cref="PricedSamples"/>, for rows.</summary>
internal sealed class PricedRows : ILogSource, ISpanSource
{
    /// <summary>What was asked for.</summary>
    public List<RowScanRequest> Requests { get; } = [];

    /// <inheritdoc/>
    public ValueTask<IRowScan> OpenAsync(RowScanRequest request, CancellationToken cancellationToken)
    {
        Requests.Add(request);
        return ValueTask.FromResult<IRowScan>(new NoRows());
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<byte[]>> StreamsAsync(StreamLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<byte[]>>([]);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<LogPattern>> PatternsAsync(PatternLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<LogPattern>>([]);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> AttributeNamesAsync(AttributeLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<string>>([]);

    private sealed class NoRows : IRowScan
    {
        public StreamDictionary Streams { get; } = new();

        public ScanStatistics Statistics { get; } = new();

        public ValueTask<RecordBatch?> NextAsync(CancellationToken cancellationToken) => ValueTask.FromResult<RecordBatch?>(null);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
