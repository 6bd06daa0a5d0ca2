using Triptych.Columnar;
using Triptych.Columnar.Samples;
using Triptych.Columnar.Symbols;
using Triptych.Model;
using Triptych.Model.Labels;
using Triptych.PromQL.Tests;

namespace Triptych.Api.Tests.Prometheus;

/// <summary>Adds look-ups to the source of the language's tests: they scan.</summary>
internal sealed class LookupSource : ISampleSource, IStoredSamples
{
    public MemorySampleSource Samples { get; } = new();

    public List<MetricMetadata> Metadata { get; } = [];

    public List<SeriesExemplars> Exemplars { get; } = [];

    /// <summary>What the last look-up asked for.</summary>
    public LabelLookup? LastLookup { get; private set; }

    /// <summary>Thrown by each scan while it is set.</summary>
    public Exception? Failure { get; set; }

    /// <summary>When set, scans wait until they are cancelled.</summary>
    public bool Hang { get; set; }

    /// <summary>What is told of how samples lie.</summary>
    public StoredSamples Stored { get; set; } = new(0, long.MaxValue, long.MinValue, []);

    public ValueTask<StoredSamples> DescribeAsync(TenantId tenant, ScanStatistics statistics, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Stored);

    public async ValueTask<ISampleScan> OpenAsync(SampleScanRequest request, CancellationToken cancellationToken)
    {
        if (Failure is not null) throw Failure;
        if (Hang) await Task.Delay(Timeout.Infinite, cancellationToken);
        return await Samples.OpenAsync(request, cancellationToken);
    }

    public async ValueTask<IReadOnlyList<string>> LabelNamesAsync(LabelLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken) =>
        [.. (await ScanAsync(lookup, cancellationToken)).Select(l => l.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    public async ValueTask<IReadOnlyList<string>> LabelValuesAsync(
        string labelName, LabelLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken)
    {
        var labels = await ScanAsync(lookup, cancellationToken);
        return [.. labels.Where(l => l.Name == labelName).Select(l => l.Value).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    public ValueTask<IReadOnlyList<MetricMetadata>> MetadataAsync(TenantId tenant, string? metricName, ScanStatistics statistics, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<MetricMetadata>>([.. Metadata.Where(m => metricName is null || m.MetricName == metricName)]);

    public ValueTask<IReadOnlyList<SeriesExemplars>> ExemplarsAsync(LabelLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken)
    {
        LastLookup = lookup;
        return ValueTask.FromResult<IReadOnlyList<SeriesExemplars>>(Exemplars);
    }

    private async Task<List<(string Name, string Value)>> ScanAsync(LabelLookup lookup, CancellationToken cancellationToken)
    {
        LastLookup = lookup;
        var symbols = new SymbolTable();
        var found = new List<(string Name, string Value)>();
        foreach (var matchers in lookup.Selectors.Count == 0 ? [[]] : lookup.Selectors) await AddAsync(matchers);
        return found;

        async Task AddAsync(IReadOnlyList<LabelMatcher> matchers)
        {
            var request = new SampleScanRequest
            {
                Tenant = lookup.Tenant,
                Matchers = matchers,
                MinTimeMs = lookup.MinTimeMs,
                MaxTimeMs = lookup.MaxTimeMs,
                Symbols = symbols,
            };
            await using var scan = await OpenAsync(request, cancellationToken);
            while (await scan.NextAsync(cancellationToken) is { } batch)
            {
                for (var i = 0; i < batch.SeriesCount; i++)
                {
                    foreach (var label in batch.LabelsOf(i)) found.Add((symbols.GetString(label.Name), symbols.GetString(label.Value)));
                }
            }
        }
    }
}
