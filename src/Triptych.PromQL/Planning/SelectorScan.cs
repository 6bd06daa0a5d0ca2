using Triptych.Columnar.Samples;
using Triptych.Columnar.Symbols;
using Triptych.Model.Metrics;
using Triptych.PromQL.Syntax;
using Triptych.Query.Operators;

namespace Triptych.PromQL.Planning;

/// <summary>Reads the series of a selector from the store, batch by batch, and counts what that costs.</summary>
internal sealed class SelectorScan(Evaluation evaluation, ISampleSource source)
{
    private LabelId[] _labels = new LabelId[32];

    /// <summary>Hands each batch to <paramref name="visit"/>, which may read it during the call.</summary>
    /// <param name="needed">Labels that matter; null: all. Whoever drops the metric's name of several metrics needs all, to find equal
    /// series.</param>
    /// <param name="newestOnly">Whether of each series only the newest sample matters.</param>
    public async ValueTask ReadAsync(
        VectorSelector selector, long minTimeMs, long maxTimeMs, IReadOnlyList<string>? needed, Action<SampleBatch> visit, bool newestOnly = false)
    {
        if (minTimeMs > maxTimeMs)
            return;
        var context = evaluation.Context;
        var request = new SampleScanRequest
        {
            Tenant = context.Tenant,
            Matchers = [.. selector.Matchers.Select(matcher => matcher.Matcher)],
            MinTimeMs = minTimeMs,
            MaxTimeMs = maxTimeMs,
            Symbols = context.Symbols,
            Labels = needed,
            NewestOnly = newestOnly,
            WithStartTimes = evaluation.Options.UseStartTimestamps,
            Budget = context.Memory,
        };
        await using var scan = await source.OpenAsync(request, context.CancellationToken);
        using var followed = context.Follow(scan.Statistics);
        while (await scan.NextAsync(context.CancellationToken) is { } batch)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            context.CountSamples(batch.SizeInSamples);
            evaluation.ChargeSymbols();
            visit(batch);
        }
        context.BytesRead += scan.Statistics.BytesRead;
        foreach (var warning in scan.Statistics.Warnings)
            context.Warn(warning);
        foreach (var info in scan.Statistics.Infos)
            context.Inform(info);
    }

    /// <summary>The histograms of a series; empty for one of floats only.</summary>
    public ReadOnlySpan<FloatHistogram?> HistogramsOf(SampleBatch batch, int series, VectorSelector selector)
    {
        var histograms = batch.HistogramsOf(series);
        return histograms.IsEmpty || !evaluation.OnlyTotals.Contains(selector) ? histograms : ResetHints.WithResets(histograms);
    }

    /// <summary>The labels of a series ordered by the number of the name; valid until the next call.</summary>
    public ReadOnlySpan<LabelId> SortedLabels(SampleBatch batch, int series)
    {
        var labels = batch.LabelsOf(series);
        if (_labels.Length < labels.Length)
            _labels = new LabelId[labels.Length * 2];
        return _labels.AsSpan(0, LabelEditing.CopySorted(labels, _labels));
    }
}
