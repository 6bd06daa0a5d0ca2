using Microsoft.AspNetCore.Http;
using Triptych.Api.Http;
using Triptych.Columnar.Samples;
using Triptych.Columnar.Symbols;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Query.Budgets;
using Triptych.Query.Operators;

namespace Triptych.Api.Prometheus;

/// <summary>
/// <c>/federate</c>: the newest sample, within the lookback, of each series that a selector finds, for another Prometheus to scrape: as
/// text, the format that every scraper takes, or as protobuf where the client likes that better, with native histograms; UTF-8 in names
/// only where the client asks for it.
/// Series whose newest sample is a stale marker, those without a name, and in text native histograms are left out.
/// </summary>
internal sealed class FederationEndpoint(ISampleSource source, QueryRunner runner, TimeProvider time)
{
    /// <summary>Answers.</summary>
    public async Task FederateAsync(ApiCall call)
    {
        var selectors = call.Parameters.Selectors();
        if (call.Parameters.Problem is { } problem)
        {
            await PlainText.WriteAsync(call.Response, problem.StatusCode, problem.Message);
            return;
        }

        var nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        var run = await runner.RunAsync<Newest>(
            "promql",
            call.Tenant,
            null,
            async context =>
            {
                var newest = new Newest(context.Symbols);
                foreach (var matchers in selectors) await CollectAsync(newest, matchers, nowMs, context);
                return newest;
            },
            call.Aborted,
            call.Origin(string.Join(", ", call.Parameters.All("match[]"))));
        call.Response.RegisterForDispose(run);
        if (run.Result.Error is { } failure)
        {
            var error = ApiError.Of(failure, call.Aborted.IsCancellationRequested);
            RetryAfterHeader.Set(call.Response, error.RetryAfter);
            await PlainText.WriteAsync(call.Response, error.StatusCode, error.Message);
            return;
        }

        var format = FederationFormat.Of(call.Accepts);
        call.Response.ContentType = format.ContentType;
        await (format.IsProtobuf
            ? WriteProtobufAsync(call.Response, run.Result.Value!, format.TakesUtf8, call.Aborted)
            : WriteTextAsync(call.Response, run.Result.Value!, format.TakesUtf8, call.Aborted));
    }

    private async ValueTask CollectAsync(Newest newest, IReadOnlyList<LabelMatcher> matchers, long nowMs, QueryContext context)
    {
        var request = new SampleScanRequest
        {
            Tenant = context.Tenant,
            Matchers = matchers,
            MinTimeMs = nowMs - (long)context.Limits.Lookback.TotalMilliseconds + 1,
            MaxTimeMs = nowMs,
            Symbols = context.Symbols,
            Budget = context.Memory,
        };
        await using var scan = await source.OpenAsync(request, context.CancellationToken);
        using var followed = context.Follow(scan.Statistics);
        while (await scan.NextAsync(context.CancellationToken) is { } batch)
        {
            context.CountSamples(batch.SizeInSamples);
            var before = newest.SizeBytes;
            for (var i = 0; i < batch.SeriesCount; i++)
            {
                context.Tick();
                newest.Add(batch, i);
            }

            context.Charge(newest.SizeBytes - before);
        }
    }

    private static async Task WriteProtobufAsync(HttpResponse response, Newest newest, bool takesUtf8, CancellationToken cancellationToken)
    {
        using var protobuf = new FederationProtobuf(newest.Symbols, takesUtf8);
        var gathered = 0;
        foreach (var sample in newest.ByName())
        {
            gathered += protobuf.Add(
                response.BodyWriter, sample.Name, newest.Labels[sample.Series], sample.TimestampMs, sample.Value, sample.Histogram);
            if (gathered < ApiResponse.FlushBytes) continue;
            gathered = 0;
            await response.BodyWriter.FlushAsync(cancellationToken);
        }

        protobuf.End(response.BodyWriter);
        await response.BodyWriter.FlushAsync(cancellationToken);
    }

    private static async Task WriteTextAsync(HttpResponse response, Newest newest, bool takesUtf8, CancellationToken cancellationToken)
    {
        var writer = response.BodyWriter;
        var gathered = 0;
        var family = SymbolTable.Empty;
        foreach (var sample in newest.ByName().Where(sample => sample.Histogram is null))
        {
            if (sample.Name != family)
            {
                family = sample.Name;
                gathered += FederationText.WriteType(writer, newest.Symbols.GetUtf8(family), takesUtf8);
            }

            gathered += FederationText.WriteSample(writer, newest.Symbols, newest.Labels[sample.Series], sample.TimestampMs, sample.Value, takesUtf8);
            if (gathered < ApiResponse.FlushBytes) continue;
            gathered = 0;
            await writer.FlushAsync(cancellationToken);
        }

        await writer.FlushAsync(cancellationToken);
    }

    /// <summary>The newest samples, each series once.</summary>
    private sealed class Newest(SymbolTable symbols)
    {
        private readonly List<FederatedSample> _samples = [];
        private readonly int _metricName = symbols.Intern(LabelNames.MetricName);
        private long _histogramBytes;

        public LabelSetIndex Labels { get; } = new();

        public SymbolTable Symbols => symbols;

        public long SizeBytes => Labels.SizeBytes + (_samples.Capacity * 40L) + _histogramBytes;

        public void Add(SampleBatch batch, int series)
        {
            var values = batch.ValuesOf(series);
            var histograms = batch.HistogramsOf(series);
            var histogram = histograms.IsEmpty ? null : histograms[^1];
            if (values.IsEmpty || SpecialValues.IsStale(histogram?.Sum ?? values[^1])) return;
            var labels = batch.LabelsOf(series);
            var name = SymbolTable.Empty;
            foreach (var label in labels)
            {
                if (label.Name == _metricName) name = label.Value;
            }

            if (name == SymbolTable.Empty) return;
            var number = Labels.GetOrAdd(labels, out var added);
            if (!added) return;
            _samples.Add(new FederatedSample(name, number, batch.TimestampsMsOf(series)[^1], values[^1], histogram));
            _histogramBytes += histogram?.SizeBytes ?? 0;
        }

        public IEnumerable<FederatedSample> ByName() =>
            _samples.OrderBy(s => symbols.GetString(s.Name), StringComparer.Ordinal).ThenBy(s => s.Histogram is not null);
    }

    private readonly record struct FederatedSample(int Name, int Series, long TimestampMs, double Value, FloatHistogram? Histogram);
}
