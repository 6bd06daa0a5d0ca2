using System.Text;
using Triptych.Collect.Instruments;
using Triptych.Ingest.Intake;
using Triptych.Model.Append;
using Triptych.Model.Labels;
using Triptych.Model.Logs;
using Triptych.Model.Metrics;
using Triptych.Model.Traces;

namespace Triptych.Collect.Tests;

/// <summary>Keeps what comes through the front door; log records that are equal in stream, time, line and metadata are one, as in the store.</summary>
internal sealed class RecordingStores : IMetricAppender, ILogAppender, ISpanAppender
{
    private readonly HashSet<(string, long, string, string)> _seen = [];

    public List<(string Labels, long TimestampMs, double Value)> Samples { get; } = [];

    public List<(string Labels, double Value)> Exemplars { get; } = [];

    public List<(string Labels, long TimestampMs, FloatHistogram Histogram)> Histograms { get; } = [];

    public List<MetadataEntry> Metadata { get; } = [];

    public List<(string Stream, long Nanos, LogLevel Level, string Line, string Metadata)> Lines { get; } = [];

    public int Duplicates { get; private set; }

    public int UnavailableTimes { get; set; }

    public FrontDoor FrontDoor => new(this, this, this, new SourceLedger(TimeProvider.System));

    public ValueTask<AppendResult> AppendAsync(AppendContext context, MetricBatch batch, CancellationToken cancellationToken)
    {
        foreach (var sample in batch.Samples) Samples.Add((Text(batch.Read(batch.Series[sample.Series].Labels)), sample.TimestampMs, sample.Value));
        foreach (var exemplar in batch.Exemplars) Exemplars.Add((Text(batch.Read(exemplar.Labels)), exemplar.Value));
        foreach (var entry in batch.Histograms) Histograms.Add((Text(batch.Read(batch.Series[entry.Series].Labels)), entry.TimestampMs, entry.Histogram));
        Metadata.AddRange(batch.Metadata);
        return ValueTask.FromResult(new AppendResult { Accepted = batch.SampleCount });
    }

    public ValueTask<AppendResult> AppendAsync(AppendContext context, LogBatch batch, CancellationToken cancellationToken)
    {
        if (UnavailableTimes-- > 0) return ValueTask.FromResult(AppendResult.Unavailable("disk full", TimeSpan.FromMilliseconds(1)));
        foreach (var entry in batch.Entries)
        {
            var record = (Text(batch.Read(batch.Streams[entry.Stream].Labels)), entry.TimeUnixNanos, Encoding.UTF8.GetString(batch.Read(entry.Line)), Text(batch.Read(entry.Metadata)));
            if (_seen.Add(record)) Lines.Add((record.Item1, record.Item2, entry.Level, record.Item3, record.Item4));
            else Duplicates++;
        }

        return ValueTask.FromResult(new AppendResult { Accepted = batch.Entries.Length });
    }

    public ValueTask<AppendResult> AppendAsync(AppendContext context, SpanBatch batch, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public double Value(string labels) => Samples.Last(s => s.Labels == labels).Value;

    private static string Text(ReadOnlySpan<byte> labels) => string.Join(",", LabelSet.Decode(labels).Select(l => $"{l.Key}={l.Value}"));
}

internal sealed class SilentEvents : ICollectEvents
{
    public List<string> Told { get; } = [];

    public void TargetDown(string job, string instance, string error) => Told.Add($"down {error}");

    public void TargetUp(string job, string instance) => Told.Add("up");

    public void ScrapeLost(string job, string instance, string reason) => Told.Add($"lost {reason}");

    public void HostCollectorFailed(string collector, string error) => Told.Add($"collector {collector}");

    public void TailStarted(string path, long offset) => Told.Add($"started {Path.GetFileName(path)} {offset}");

    public void TailTruncated(string path) => Told.Add("truncated");

    public void TailFailed(string path, string error) => Told.Add($"failed {path} {error}");

    public void TailLimitReached(int maxFiles) => Told.Add("limit");

    public void TailWaiting(string reason, TimeSpan retryIn) => Told.Add($"waiting {reason}");

    public void RemoteWriteFailed(string remote, string error) => Told.Add($"remote {remote} waits: {error}");

    public void RemoteWriteLost(string remote, string reason) => Told.Add($"remote {remote} lost: {reason}");

    public void LoopFailed(string loop, Exception error) => Told.Add($"bug {error}");
}
