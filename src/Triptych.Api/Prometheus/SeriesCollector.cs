using Triptych.Columnar.Samples;
using Triptych.Columnar.Symbols;
using Triptych.Model.Labels;
using Triptych.Query.Budgets;
using Triptych.Query.Operators;

namespace Triptych.Api.Prometheus;

/// <summary>The distinct series that some selectors find, as label sets of one arena that is charged to the query.</summary>
internal sealed class SeriesCollector(ISampleSource source, QueryContext context)
{
    private readonly LabelSetIndex _sets = new();
    private long _charged;

    /// <summary>How many series there are.</summary>
    public int Count => _sets.Count;

    /// <summary>The symbols of the labels.</summary>
    public SymbolTable Symbols => context.Symbols;

    /// <summary>The labels of a series, by the bytes of their names.</summary>
    public ReadOnlySpan<LabelId> this[int series] => _sets[series];

    /// <summary>Adds the series that have a sample in the range, until there are more than <paramref name="limit"/>.</summary>
    public async ValueTask AddAsync(IReadOnlyList<LabelMatcher> matchers, long startMs, long endMs, int limit)
    {
        var request = new SampleScanRequest
        {
            Tenant = context.Tenant,
            Matchers = matchers,
            MinTimeMs = startMs,
            MaxTimeMs = endMs,
            Symbols = context.Symbols,
            SeriesOnly = true,
            Budget = context.Memory,
        };
        await using var scan = await source.OpenAsync(request, context.CancellationToken);
        using var followed = context.Follow(scan.Statistics);
        while (_sets.Count <= limit && await scan.NextAsync(context.CancellationToken) is { } batch)
        {
            for (var i = 0; i < batch.SeriesCount; i++)
            {
                context.Tick();
                _sets.GetOrAdd(batch.LabelsOf(i), out _);
            }

            var size = _sets.SizeBytes + context.Symbols.SizeBytes;
            context.Charge(size - _charged);
            _charged = size;
        }

        foreach (var warning in scan.Statistics.Warnings) context.Warn(warning);
        foreach (var info in scan.Statistics.Infos) context.Inform(info);
    }
}
