using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.LogQL.Stages;
using Triptych.LogQL.Syntax;
using Triptych.LogQL.Tailing;
using Triptych.Model.Labels;
using Triptych.Query.Budgets;

namespace Triptych.LogQL.Planning;

/// <summary>Runs a log query: lines in order of time, up to a limit.</summary>
internal sealed class LogQueryRunner(ILogSource source, QueryContext context, ScanTally tally, long nowUnixNanos)
{
    private const int BytesPerLine = 256;

    private readonly LabelSetWriter _canonical = new();

    public async ValueTask<IReadOnlyList<LogLine>> RunAsync(LogPipeline pipeline, LogQLRequest request)
    {
        if (request.EndUnixNanos <= request.StartUnixNanos || request.Limit <= 0) return [];
        var plan = await LogScanPlan.CreateAsync(pipeline, source, context, request.StartUnixNanos, request.EndUnixNanos)
            .ConfigureAwait(false);
        var stages = StageBuilder.Build(plan.Stages, context.Symbols, wanted: null, nowUnixNanos);
        var scanLimits = request.IntervalNanos == 0 && !stages.Exists(s => s.MayDrop);
        var scan = await source.OpenAsync(
            new RowScanRequest
            {
                Tenant = context.Tenant,
                MinTimeUnixNanos = request.StartUnixNanos,
                MaxTimeUnixNanos = request.EndUnixNanos,
                Symbols = context.Symbols,
                Budget = context.Memory,
                Projection = [LogColumns.TimeUnixNanos, LogColumns.Stream, LogColumns.Line, LogColumns.Metadata, LogColumns.Level],
                Matchers = plan.Matchers,
                Predicate = plan.Predicate,
                Fields = FieldPlan.ForLines(plan.Stages),
                Order = request.Direction == LogDirection.Forward ? RowOrder.TimeAscending : RowOrder.TimeDescending,
                Limit = scanLimits ? request.Limit : long.MaxValue,
            },
            context.CancellationToken).ConfigureAwait(false);
        await using (scan.ConfigureAwait(false))
        {
            using var followed = context.Follow(scan.Statistics);
            var lines = new List<LogLine>();
            var labels = new RowLabels(context.Symbols);
            while (lines.Count < request.Limit && await scan.NextAsync(context.CancellationToken).ConfigureAwait(false) is { } batch)
            {
                Take(batch, scan.Streams, stages, labels, lines, request);
                tally.ChargeSymbols();
            }

            tally.Add(scan.Statistics);
            tally.CountPassed(lines.Count);
            return lines;
        }
    }

    private void Take(
        RecordBatch batch, StreamDictionary streams, List<RowStage> stages, RowLabels labels, List<LogLine> lines, LogQLRequest request)
    {
        var times = batch.Column<Int64Column>(0);
        var streamNumbers = batch.Column<Int64Column>(1);
        var texts = batch.Column<BytesColumn>(2);
        var metadata = batch.Column<BytesColumn>(3);
        var levels = batch.Column<SymbolColumn>(4);
        for (var i = 0; i < batch.RowCount && lines.Count < request.Limit; i++)
        {
            context.Tick();
            if (lines.Count > 0 && Math.Abs(times[i] - lines[^1].TimeUnixNanos) < request.IntervalNanos) continue;
            labels.Reset(streams.LabelsOf((int)streamNumbers[i]), metadata[i], levels[i]);
            var row = new Row(labels, times[i], texts[i]);
            if (!Pass(ref row, stages)) continue;
            context.Charge(BytesPerLine);
            request.Records?.Add(RecordIdentity.Of(Canonical(streams.LabelsOf((int)streamNumbers[i])), times[i], texts[i], metadata[i]));
            lines.Add(new LogLine(
                times[i], context.Keep(row.Line), labels.ToArray(LabelCategory.Stream), labels.ToArray(LabelCategory.Metadata),
                labels.ToArray(LabelCategory.Parsed)));
        }
    }

    private ReadOnlySpan<byte> Canonical(ReadOnlySpan<LabelId> stream)
    {
        _canonical.Reset();
        foreach (var label in stream) _canonical.Add(context.Symbols.GetUtf8(label.Name), context.Symbols.GetUtf8(label.Value));
        _canonical.TryFinish(out var labels);
        return labels;
    }

    private static bool Pass(ref Row row, List<RowStage> stages)
    {
        foreach (var stage in stages)
        {
            if (!stage.Apply(ref row)) return false;
        }

        return true;
    }
}
